//! Why a text is not a phenopacket.

use thiserror::Error;

/// Why a document is refused. The text names a place and what was expected there; it never repeats a value.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PhenopacketError {
    /// More bytes than one packet may have.
    #[error("is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// Not a JSON document.
    #[error("is not JSON (line {line}, column {column})")]
    NotJson {
        /// 1-based line of the first fault; 0 where there is no text.
        line: usize,
        /// 1-based column.
        column: usize,
    },
    /// Nested more deeply than any packet.
    #[error("is nested more than {limit} levels deep")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// One object has a member twice, be it once in camelCase and once in snake_case.
    #[error("has a member twice in one object (line {line}, column {column})")]
    DuplicateMember {
        /// 1-based line.
        line: usize,
        /// 1-based column.
        column: usize,
    },
    /// Something else than a version 2 `Phenopacket` message.
    #[error("is not a Phenopacket v2 message: {found}")]
    NotAPhenopacket {
        /// What it looks like.
        found: OtherDocument,
    },
    /// A required member is absent or empty.
    #[error("lacks {pointer}")]
    Missing {
        /// JSON pointer of the member.
        pointer: String,
    },
    /// A member is of the wrong JSON type.
    #[error("has {pointer}, which is not {expected}")]
    WrongType {
        /// JSON pointer of the member.
        pointer: String,
        /// The type expected.
        expected: &'static str,
    },
    /// A member's value is outside what the specification allows.
    #[error("has {pointer}, which is not {expected}")]
    InvalidValue {
        /// JSON pointer of the member.
        pointer: String,
        /// What was expected.
        expected: &'static str,
    },
    /// More than one alternative of a `oneof`.
    #[error("has {pointer} with more than one alternative")]
    SeveralAlternatives {
        /// JSON pointer of the member.
        pointer: String,
    },
}

/// What a document that is no phenopacket looks like.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum OtherDocument {
    /// A JSON array, string, number, boolean or null.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// A `Family` message.
    #[error("it is a Family message; give each member's packet by itself")]
    Family,
    /// A `Cohort` message.
    #[error("it is a Cohort message; give each member's packet by itself")]
    Cohort,
    /// A packet of schema version 1, where a `negated` feature is an absent one.
    #[error("it is of Phenopacket schema version 1")]
    VersionOne,
    /// A packet of a later major version.
    #[error("it is of a Phenopacket schema version other than 2")]
    OtherVersion,
    /// A FHIR resource.
    #[error("it is a FHIR resource")]
    FhirResource,
    /// Some other JSON object.
    #[error("it has none of a packet's members")]
    Unknown,
}

impl PhenopacketError {
    /// A short stable code, for counting.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too-large",
            Self::NotJson { .. } => "not-json",
            Self::TooDeep { .. } => "too-deep",
            Self::DuplicateMember { .. } => "duplicate-member",
            Self::NotAPhenopacket { .. } => "not-a-phenopacket",
            Self::Missing { .. } => "missing-member",
            Self::WrongType { .. } => "wrong-type",
            Self::InvalidValue { .. } => "invalid-value",
            Self::SeveralAlternatives { .. } => "several-alternatives",
        }
    }
}
