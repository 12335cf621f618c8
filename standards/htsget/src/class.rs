/// The part of the file in a data block (htsget 1.3 § Response JSON fields, `class`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The file's header, without records.
    Header,
    /// Records and the end-of-file marker.
    Body,
}

impl Class {
    /// The value of `class` in tickets.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Body => "body",
        }
    }
}

/// The requested part of the file.
///
/// A request for the body alone does not exist: "If `class` is specified, its value MUST be" `header` (htsget 1.3 § Query parameters).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum RequestedClass {
    /// A complete file: header, records and end-of-file marker. The request has no `class`.
    #[default]
    Complete,
    /// The header only: `class=header`.
    Header,
}
