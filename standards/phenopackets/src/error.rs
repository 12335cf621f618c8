//! Why a document is not a phenopacket.

use thiserror::Error;

/// Why a document is rejected. The text names the place of the fault and the expected value. It never repeats a value of the document.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PhenopacketError {
    /// The document exceeds the size limit of a packet.
    #[error("is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The size limit, in bytes.
        limit_bytes: usize,
    },
    /// The document is not JSON.
    #[error("is not JSON (line {line}, column {column})")]
    NotJson {
        /// The 1-based line of the first error; 0 if unknown.
        line: usize,
        /// The 1-based column of the first error; 0 if unknown.
        column: usize,
    },
    /// The document is nested too deeply.
    #[error("is nested more than {limit} levels deep")]
    TooDeep {
        /// The maximum depth of arrays and objects.
        limit: usize,
    },
    /// One object contains a member twice. For example, the same member is in camelCase and in snake_case.
    #[error("has a member twice in one object (line {line}, column {column})")]
    DuplicateMember {
        /// The 1-based line of the second occurrence.
        line: usize,
        /// The 1-based column of the second occurrence.
        column: usize,
    },
    /// The document is not a `Phenopacket` message of version 2.
    #[error("is not a Phenopacket v2 message: {found}")]
    NotAPhenopacket {
        /// The kind of document that was found.
        found: OtherDocument,
    },
    /// A required member is absent or empty.
    #[error("lacks {pointer}")]
    Missing {
        /// The JSON pointer of the member.
        pointer: String,
    },
    /// A member has the wrong JSON type.
    #[error("has {pointer}, which is not {expected}")]
    WrongType {
        /// The JSON pointer of the member.
        pointer: String,
        /// The expected JSON type.
        expected: &'static str,
    },
    /// The specification does not allow the value of a member.
    #[error("has {pointer}, which is not {expected}")]
    InvalidValue {
        /// The JSON pointer of the member.
        pointer: String,
        /// The expected value, in words.
        expected: &'static str,
    },
    /// A `oneof` has more than one alternative, although the specification allows only one.
    #[error("has {pointer} with more than one alternative")]
    SeveralAlternatives {
        /// The JSON pointer of the object that contains the alternatives.
        pointer: String,
    },
}

/// The kind of a document that is not a phenopacket.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum OtherDocument {
    /// A JSON array, string, number, boolean or null.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// A `Family` message.
    #[error("it is a Family message; send the packet of each member separately")]
    Family,
    /// A `Cohort` message.
    #[error("it is a Cohort message; send the packet of each member separately")]
    Cohort,
    /// A packet of schema version 1. In version 1, a feature with `negated` is absent in the patient.
    #[error("it is of Phenopacket schema version 1")]
    VersionOne,
    /// A packet whose stated schema version is neither version 1 nor version 2.
    #[error("it is of a Phenopacket schema version other than 2")]
    OtherVersion,
    /// A FHIR resource.
    #[error("it is a FHIR resource")]
    FhirResource,
    /// Any other JSON object.
    #[error("it has none of a packet's members")]
    Unknown,
}

impl PhenopacketError {
    /// A short stable code of the error, for counts of errors.
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
