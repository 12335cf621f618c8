//! The faults of consent forms and of decisions about older forms.

use std::io;

/// Why the consent forms of a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// The folder cannot be read.
    #[error("consent forms: {0}")]
    Io(io::ErrorKind),
    /// The folder has too many files.
    #[error("consent forms: more than {0} files")]
    TooMany(usize),
    /// A file is neither a consent form nor a decision about a form.
    #[error("consent form {file}: {fault}")]
    NotAForm {
        /// The name of the file.
        file: String,
        /// The error of the JSON parser.
        fault: serde_json::Error,
    },
    /// A consent form contains an invalid value.
    #[error("consent form {file}: {fault}")]
    Form {
        /// The name of the file.
        file: String,
        /// The fault of the form.
        fault: FormFault,
    },
    /// A decision about an older form contains an invalid value.
    #[error("equivalence of consent forms {file}: {fault}")]
    Equivalence {
        /// The name of the file.
        file: String,
        /// The fault of the decision.
        fault: EquivalenceFault,
    },
    /// Two forms have the same id.
    #[error("consent form '{0}' is defined twice")]
    Twice(String),
}

/// Why a consent form is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormFault {
    /// The file of the form or of its text cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    /// The file of the form or of its text is too long.
    #[error("is longer than {0} bytes")]
    TooLong(u64),
    /// The file is not UTF-8 text.
    #[error("is not UTF-8")]
    NotUtf8,
    /// The value of this member is not a date.
    #[error("'{0}' is not a date such as 2024-04-01")]
    Day(&'static str),
    /// The day `effective_until` of the form is not after its day `effective_from`.
    #[error("'effective_until' is not after 'effective_from'")]
    EndsFirst,
    /// A country of the form is not two capital letters, is Japan, or occurs twice.
    #[error("'overseas_countries': '{0}' is not the two capital letters of an overseas country, or occurs twice")]
    Country(String),
    /// The form has no clause.
    #[error("'clauses' is empty")]
    NoClause,
    /// The form contains a clause twice.
    #[error("'clauses': {0} occurs twice")]
    ClauseTwice(&'static str),
    /// A code in `data_use` does not have the format of a DUO code.
    #[error("'data_use': '{0}' is not 'DUO:' and seven digits")]
    Code(String),
    /// A row of `data_use` has no code, or has a clause that the form does not contain.
    #[error("'data_use': a row has no code, or a clause that the form does not ask about")]
    DataUse,
    /// The value of `document_sha256` does not have the format of a SHA-256.
    #[error("'document_sha256' is not 64 digits of lower-case hex")]
    Digest,
    /// The form names a text without the digest of the text.
    #[error("'document' needs 'document_sha256'")]
    NoDigest,
    /// The name of the text is not a plain file name.
    #[error("'document' is not the name of a file beside the form")]
    DocumentName,
    /// The text is not the signed text: its SHA-256 is this value.
    #[error("'document' has another SHA-256 ({0}) than 'document_sha256'")]
    OtherDocument(String),
}

/// Why a decision about an older form is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EquivalenceFault {
    /// The decision names a form that is not known.
    #[error("form '{0}' is not known")]
    UnknownForm(String),
    /// The decision declares a form equivalent to itself.
    #[error("'form' is 'legacy_form'")]
    SameForm,
    /// The decision names no site, or names a site twice.
    #[error("'sites' is empty, or names a site twice")]
    Sites,
    /// The text of the decision is empty.
    #[error("'decision' is empty")]
    NoDecision,
    /// The decision has no row of clauses, or has a row twice.
    #[error("'clauses' is empty, or has a row twice")]
    Rows,
    /// A row's `agreed` names a clause that the older form does not contain.
    #[error("'agreed': the older form does not ask about {0}")]
    AgreedNotAsked(&'static str),
    /// A row's `opens` names a clause that the newer form does not contain.
    #[error("'opens': the newer form does not ask about {0}")]
    OpensNotAsked(&'static str),
    /// A row's `opens` names a clause that the older form contains. The participant answered that clause in the older form.
    #[error("'opens': the older form itself asks about {0}, and the answer given there counts")]
    AnsweredThere(&'static str),
    /// The decision permits commercial use on a ground other than consent.
    #[error("'opens': commercial needs the ground 'consent'")]
    CommercialWithoutConsent,
}

impl FormError {
    pub(super) fn form(file: &str, fault: FormFault) -> Self {
        Self::Form {
            file: file.to_owned(),
            fault,
        }
    }

    pub(super) fn equivalence(file: &str, fault: EquivalenceFault) -> Self {
        Self::Equivalence {
            file: file.to_owned(),
            fault,
        }
    }
}
