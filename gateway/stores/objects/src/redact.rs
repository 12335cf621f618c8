//! A variant file as if the participants outside the Grant had never been in it, nor been anybody's relatives.
//!
//! Samples outside go, with everything computed from them: columns, header lines that can name them, cohort statistics, QUAL and FILTER,
//! sites and alternative alleles that none of the kept samples carries. Of a kept sample with a relative outside the Grant goes what can be
//! owed to that relative: phase and inheritance.

pub(crate) mod bcf;
pub(crate) mod family;
pub(crate) mod header;
pub(crate) mod info;
pub(crate) mod plan;
pub(crate) mod vcf;

pub(crate) use header::redact_header;

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
