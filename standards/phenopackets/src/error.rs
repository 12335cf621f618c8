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
    /// The document is not YAML, has a tag of an application, or has a list or map in the place of a text.
    #[error("is not YAML as packets have it (line {line}, column {column})")]
    NotYaml {
        /// The 1-based line of the first error; 0 if unknown.
        line: usize,
        /// The 1-based column of the first error; 0 if unknown.
        column: usize,
    },
    /// The YAML document has a merge key (`<<`). YAML 1.2 has no merge keys, and a reader that does not know them loses members.
    #[error("has a merge key (line {line}, column {column}); write the members out")]
    MergeKey {
        /// The 1-based line of the key; 0 if unknown.
        line: usize,
        /// The 1-based column of the key; 0 if unknown.
        column: usize,
    },
    /// The bytes are not a message of the specification in the protobuf form.
    #[error("is not a message of Phenopackets v2 in the protobuf form (byte {at})")]
    NotProtobuf {
        /// The position of the first error, in bytes from 0.
        at: usize,
    },
    /// A member that is not a list occurs twice in the protobuf form.
    #[error("has {pointer} twice; two messages may have been joined without their lengths")]
    RepeatedField {
        /// The JSON pointer of the member, without the positions in lists.
        pointer: String,
    },
    /// The document has more values than a packet may have.
    #[error("has more than {limit} values")]
    TooManyValues {
        /// The largest number of values.
        limit: u32,
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
    #[error("it is a Family message and not one packet")]
    Family,
    /// A `Cohort` message.
    #[error("it is a Cohort message and not one packet")]
    Cohort,
    /// A `Family` or `Cohort` message without packets, or with the members of a packet beside them.
    #[error("it is a Family or Cohort message without packets, or mixed with the members of a packet")]
    NoPackets,
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
            Self::TooLarge { .. } | Self::TooManyValues { .. } => "too-large",
            Self::NotYaml { .. } => "not-yaml",
            Self::MergeKey { .. } => "merge-key",
            Self::NotProtobuf { .. } => "not-protobuf",
            Self::NotJson { .. } => "not-json",
            Self::TooDeep { .. } => "too-deep",
            Self::DuplicateMember { .. } | Self::RepeatedField { .. } => "duplicate-member",
            Self::NotAPhenopacket { .. } => "not-a-phenopacket",
            Self::Missing { .. } => "missing-member",
            Self::WrongType { .. } => "wrong-type",
            Self::InvalidValue { .. } => "invalid-value",
            Self::SeveralAlternatives { .. } => "several-alternatives",
        }
    }
}
