//! How a file was made.

use crate::partial_date::PartialDate;

/// What a file's header says of how it was made. Everything but the day is a word of a closed vocabulary, a tool's with its version behind a
/// space: headers hold paths, host names and sample names, and none of them is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Reads: the last day on which a read group was produced (`@RG DT`). Variants: the day of the calls (`##fileDate`). Always a whole day;
    /// absent where the header does not say.
    pub made: Option<PartialDate>,
    /// The sequencing technology (`@RG PL`), such as `Illumina`; absent where the header does not say, or says several.
    pub platform: Option<String>,
    /// The instrument's model (`@RG PM`), such as `Illumina NovaSeq 6000`; absent as above.
    pub platform_model: Option<String>,
    /// What aligned the reads (`@PG`), such as `bwa 0.7.17`; absent where the header names none that is known.
    pub aligner: Option<String>,
    /// What called the variants, such as `GATK HaplotypeCaller 4.2.6.1`; absent as above.
    pub variant_caller: Option<String>,
}

impl Provenance {
    /// Whether the header says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
