//! The counts of reading a variant file, and the reasons for skipped alleles.

use std::collections::BTreeMap;

use gemj_model::carrier::NotAnAllele;

/// The progress of reading a variant file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The number of records read so far.
    pub records: u64,
    /// The number of bytes read so far from the file as stored. For a compressed file, these are compressed bytes.
    pub bytes: u64,
}

/// The reasons why an alternative allele, or a record, made no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkipReason {
    /// ALT is `.`, `*`, `<NON_REF>` or `<*>`.
    NoAlternative,
    /// REF and ALT are equal.
    SameAsReference,
    /// REF or ALT contains a character that is not a base.
    BadBase,
    /// ALT is a breakend.
    Breakend,
    /// The position is 0, or the end is before the start.
    BadPosition,
    /// The record has no GT.
    NoGenotypes,
    /// The contig has a name of the mitochondrion, but is or may be another sequence (chrM of UCSC hg19).
    OtherMitochondrion,
    /// The allele has more bases than the index accepts. Symbolic alleles are not limited.
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
    /// The text of the reason in a load report.
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

/// The counts of reading one variant file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IngestReport {
    /// The number of records read.
    pub records: u64,
    /// The number of alternative alleles with at least one carrier among the mapped samples. An allele is counted in each record that has
    /// it.
    pub alleles: u64,
    /// The number of entries made. Each entry is an alternative allele and one of its carriers.
    pub entries: u64,
    /// The number of skipped alternative alleles, by reason. For [`SkipReason::NoGenotypes`], this is the number of records.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// The number of records that do not pass FILTER. These records are indexed too.
    pub filtered: u64,
    /// The number of genotypes of mapped samples without a called allele (`./.`). These genotypes make no entries.
    pub no_calls: u64,
    /// The number of stored names of alleles. Only alleles with carriers have stored names.
    pub names: u64,
    /// The number of names of alleles that were not stored, because the file has too many names or because a name is too long.
    pub names_left_out: u64,
    /// Whether insertions and deletions were shifted to their leftmost position. This requires a reference sequence.
    pub leftmost: bool,
}

impl IngestReport {
    pub(super) fn skip(&mut self, reason: SkipReason) {
        *self.skipped.entry(reason).or_default() += 1;
    }
}
