use crate::Format;

/// The ticket endpoint of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// `/reads/{id}`: alignments.
    Reads,
    /// `/variants/{id}`: variant calls.
    Variants,
}

impl Endpoint {
    /// Both endpoints.
    pub const ALL: [Self; 2] = [Self::Reads, Self::Variants];

    /// The path segment of the endpoint, which is also the `datatype` in service-info.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Variants => "variants",
        }
    }

    /// The format of the answer if the request names none (htsget 1.3 § Query parameters, "BAM (default)", "VCF (default)").
    #[must_use]
    pub const fn default_format(self) -> Format {
        match self {
            Self::Reads => Format::Bam,
            Self::Variants => Format::Vcf,
        }
    }

    /// The formats that the specification allows at this endpoint. A server may offer fewer.
    #[must_use]
    pub const fn formats(self) -> [Format; 2] {
        match self {
            Self::Reads => [Format::Bam, Format::Cram],
            Self::Variants => [Format::Vcf, Format::Bcf],
        }
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
