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
    /// On a contig that is called as the mitochondrion is and is, or may be, another sequence (UCSC hg19's chrM).
    OtherMitochondrion,
    /// More bases than are indexed; a symbolic allele has no such limit.
    TooLong,
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
            Self::OtherMitochondrion => "chrM of another sequence than NC_012920",
            Self::TooLong => "more bases than are indexed",
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
    /// Records that FILTER does not pass. They are indexed as all others are.
    pub filtered: u64,
    /// Genotypes of mapped samples that state no allele at all (`./.`): nobody carries anything by them.
    pub no_calls: u64,
    /// Names of alleles that somebody carries.
    pub names: u64,
    /// Names beyond the most that are kept of one file, and those that are too long.
    pub names_left_out: u64,
    /// Whether insertions and deletions were brought to their leftmost place, for which a reference is needed.
    pub leftmost: bool,
}

impl IngestReport {
    pub(super) fn skip(&mut self, reason: SkipReason) {
        *self.skipped.entry(reason).or_default() += 1;
    }
}
