//! The results of reading a file.

use std::collections::BTreeMap;

use gemj_model::carrier::NotAnAllele;

/// The progress of an ingest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Number of records read.
    pub records: u64,
    /// Number of bytes read of the file as stored, so compressed bytes for a compressed file.
    pub bytes: u64,
}

/// The reasons why an alternative allele, or a record, made no entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkipReason {
    /// `.`, `*`, `<NON_REF>` or `<*>`.
    NoAlternative,
    /// REF and ALT are the same.
    SameAsReference,
    /// A character that is not a base.
    BadBase,
    /// A breakend.
    Breakend,
    /// Position 0, or an end before the start.
    BadPosition,
    /// The record has no GT.
    NoGenotypes,
    /// The contig is named like the mitochondrion and is, or may be, another sequence (UCSC hg19's chrM).
    OtherMitochondrion,
    /// The allele has more bases than the index accepts. Symbolic alleles have no such limit.
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
    /// The text for a load report.
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

/// The counts of reading one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IngestReport {
    /// Number of records read.
    pub records: u64,
    /// Number of alternative alleles with at least one mapped carrier, counted in each record.
    pub alleles: u64,
    /// Number of entries made: pairs of such an allele and a carrier.
    pub entries: u64,
    /// Number of alternative alleles that were skipped, by reason. For [`SkipReason::NoGenotypes`], the number of records.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// Number of records that do not pass FILTER. These records are indexed too.
    pub filtered: u64,
    /// Number of genotypes of mapped samples that state no allele (`./.`). These genotypes make no entries.
    pub no_calls: u64,
    /// Number of names of alleles that have carriers.
    pub names: u64,
    /// Number of names that were left out because the file has too many, or because they are too long.
    pub names_left_out: u64,
    /// Whether insertions and deletions were shifted to their leftmost place, which requires a reference.
    pub leftmost: bool,
}

impl IngestReport {
    pub(super) fn skip(&mut self, reason: SkipReason) {
        *self.skipped.entry(reason).or_default() += 1;
    }
}
