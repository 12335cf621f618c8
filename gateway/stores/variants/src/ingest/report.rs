//! What became of a file's records.

use std::collections::BTreeMap;

use gemj_model::carrier::NotAnAllele;

/// How far an ingest has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Records read.
    pub records: u64,
    /// Bytes of the file read, compressed as it is.
    pub bytes: u64,
}

/// Why an alternative allele, or a record, made no entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkipReason {
    /// `.`, `*`, `<NON_REF>` or `<*>`.
    NoAlternative,
    /// REF and ALT are the same.
    SameAsReference,
    /// A character that is no base.
    BadBase,
    /// A breakend.
    Breakend,
    /// Position 0, or an end before the start.
    BadPosition,
    /// The record has no GT.
    NoGenotypes,
}

impl From<NotAnAllele> for SkipReason {
    fn from(reason: NotAnAllele) -> Self {
        match reason {
            NotAnAllele::NoAlternative => Self::NoAlternative,
            NotAnAllele::Same => Self::SameAsReference,
            NotAnAllele::BadBase => Self::BadBase,
            NotAnAllele::Breakend => Self::Breakend,
            NotAnAllele::BadPosition => Self::BadPosition,
        }
    }
}

impl SkipReason {
    /// The words of a load report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoAlternative => "no alternative allele",
            Self::SameAsReference => "same as reference",
            Self::BadBase => "not a base",
            Self::Breakend => "breakend",
            Self::BadPosition => "impossible position",
            Self::NoGenotypes => "no genotypes",
        }
    }
}

/// What was read of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IngestReport {
    /// Records read.
    pub records: u64,
    /// Alternative alleles with at least one mapped carrier, record by record.
    pub alleles: u64,
    /// Entries made: pairs of such an allele and a carrier.
    pub entries: u64,
    /// Alternative alleles left out, by reason; for [`SkipReason::NoGenotypes`] records.
    pub skipped: BTreeMap<SkipReason, u64>,
}

impl IngestReport {
    pub(super) fn skip(&mut self, reason: SkipReason) {
        *self.skipped.entry(reason).or_default() += 1;
    }
}
