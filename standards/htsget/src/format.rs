use crate::Endpoint;

/// The format of a file that htsget returns (htsget 1.3 § Query parameters, `format`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Binary alignments (Binary Alignment Map).
    Bam,
    /// Reference-compressed alignments.
    Cram,
    /// Variant call text. Most servers send it BGZF-compressed.
    Vcf,
    /// Binary variant calls.
    Bcf,
}

impl Format {
    /// All formats that htsget 1.3 defines.
    pub const ALL: [Self; 4] = [Self::Bam, Self::Cram, Self::Vcf, Self::Bcf];

    /// The name of the format in tickets and service-info.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bam => "BAM",
            Self::Cram => "CRAM",
            Self::Vcf => "VCF",
            Self::Bcf => "BCF",
        }
    }

    /// The endpoint that serves this format.
    #[must_use]
    pub const fn endpoint(self) -> Endpoint {
        match self {
            Self::Bam | Self::Cram => Endpoint::Reads,
            Self::Vcf | Self::Bcf => Endpoint::Variants,
        }
    }

    /// The media type of the file, used in inline `data:` blocks (htsget 1.3 § Inline data block URIs).
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Bam => "application/vnd.ga4gh.bam",
            Self::Cram => "application/vnd.ga4gh.cram",
            Self::Vcf => "application/vnd.ga4gh.vcf",
            Self::Bcf => "application/vnd.ga4gh.bcf",
        }
    }

    /// The format with this name, in any letter case; `None` if no format has this name.
    ///
    /// The specification lists upper-case names, but its own POST example requests `"bam"`. Case is therefore not significant.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str().eq_ignore_ascii_case(name))
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
