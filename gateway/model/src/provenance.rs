//! The origin of a file: the tools and instruments that made it.

use crate::partial_date::PartialDate;

/// The statements of a file's header about the origin of the file. Except for the day, each value is a text of a closed vocabulary. For a tool, a
/// space and the version follow. Headers also contain paths, host names and sample names; these are not stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The day on which the data was made, always a whole day. For reads, it is the last day on which a read group was produced (`@RG DT`). For
    /// variants, it is the day of the calls (`##fileDate`). Absent if the header does not state it.
    pub made: Option<PartialDate>,
    /// The sequencing technology (`@RG PL`), such as `Illumina`. Absent if the header states no technology or several.
    pub platform: Option<String>,
    /// The model of the sequencing instrument (`@RG PM`), such as `Illumina NovaSeq 6000`. Absent if the header states no model or several.
    pub platform_model: Option<String>,
    /// The tool that aligned the reads (`@PG`), such as `bwa 0.7.17`. Absent if the header names no known tool.
    pub aligner: Option<String>,
    /// The tool that called the variants, such as `GATK HaplotypeCaller 4.2.6.1`. Absent if the header names no known tool.
    pub variant_caller: Option<String>,
}

impl Provenance {
    /// Whether the header states nothing about the file's origin.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
