//! A variant file as if the participants outside the Grant had never been in it, nor been anybody's relatives.
//!
//! Samples outside go, with everything computed from them: columns, header lines that can name them, cohort statistics, QUAL and FILTER,
//! sites and alternative alleles that none of the kept samples carries, and the traces that they leave in the form of a record: bases of REF that
//! only their alleles need, FORMAT fields of which nobody else has a value, widths and types of BCF vectors. Of a kept sample with a relative outside the Grant goes what can be
//! owed to that relative: phase and inheritance.

mod alleles;
mod bcf;
mod consequences;
mod family;
mod fields;
mod header;
mod ids;
mod info;
mod names;
mod plan;
mod sample_text;
mod site;
mod vcf;

pub(crate) use self::bcf::RecordRedactor;
pub(crate) use self::header::redact_header;
pub(crate) use self::vcf::LineRedactor;

/// A column that stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeptColumn {
    /// Its number among the sample columns.
    pub(crate) at: usize,
    /// Whether everybody of the sample's family is covered too, so that phase and inheritance may be told.
    pub(crate) whole_family: bool,
}

/// What stays of a file's samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptColumns {
    /// The columns that stay, ascending.
    pub(crate) columns: Vec<KeptColumn>,
    /// Whether a column goes. Where none does, what is computed over all columns stays.
    pub(crate) some_go: bool,
}

impl KeptColumns {
    /// Whether nothing has to be taken away.
    pub(crate) fn is_everything(&self) -> bool {
        !self.some_go && !self.lacks_relatives()
    }

    /// Whether one of the kept people has a relative outside the Grant.
    pub(crate) fn lacks_relatives(&self) -> bool {
        self.columns.iter().any(|column| !column.whole_family)
    }

    /// Whether a FORMAT field stays for one of the columns at least.
    pub(crate) fn keeps_format(&self, name: &str) -> bool {
        family::format_stays(name) || self.columns.iter().any(|column| column.whole_family)
    }
}
