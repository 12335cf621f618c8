//! Redacts a variant file. The result looks as if the file had never contained the participants outside the Grant. It also looks as if the
//! kept participants had no relatives outside the Grant.
//!
//! The samples outside the Grant are removed, with all data that was computed from these samples:
//! * their columns, and header lines that can name them;
//! * cohort statistics, QUAL and FILTER;
//! * sites and alternative alleles that no kept sample carries;
//! * traces in the form of a record: bases of REF that only removed alleles need, FORMAT fields without a value in a kept sample, widths
//!   and types of BCF vectors.
//!
//! If a kept sample has a relative outside the Grant, the data that can come from that relative is removed too: phase and inheritance.

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

/// A sample column that the redaction keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeptColumn {
    /// The place of the column among the sample columns, from 0.
    pub(crate) at: usize,
    /// Whether the Grant covers all members of the sample's family. Only then are phase and inheritance returned.
    pub(crate) whole_family: bool,
}

/// The sample columns of a file that the redaction keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptColumns {
    /// The kept columns, in ascending order of their places.
    pub(crate) columns: Vec<KeptColumn>,
    /// Whether at least one column is removed. If no column is removed, data that is computed over all columns is kept.
    pub(crate) some_go: bool,
}

impl KeptColumns {
    /// Whether the file can be returned unchanged: no column is removed, and every kept participant's relatives are covered.
    pub(crate) fn is_everything(&self) -> bool {
        !self.some_go && !self.lacks_relatives()
    }

    /// Whether a kept participant has a relative outside the Grant.
    pub(crate) fn lacks_relatives(&self) -> bool {
        self.columns.iter().any(|column| !column.whole_family)
    }

    /// Whether the FORMAT field with this name is kept for at least one column.
    pub(crate) fn keeps_format(&self, name: &str) -> bool {
        family::format_stays(name) || self.columns.iter().any(|column| column.whole_family)
    }
}
