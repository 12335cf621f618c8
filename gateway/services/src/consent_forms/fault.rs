//! Why forms cannot be used.

use std::io;

/// Why the forms cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// The folder cannot be read.
    #[error("consent forms: {0}")]
    Io(io::ErrorKind),
    /// More files than are read.
    #[error("consent forms: more than {0} files")]
    TooMany(usize),
    /// A file is no form, or no decision about one.
    #[error("consent form {file}: {fault}")]
    NotAForm {
        /// The file's name.
        file: String,
        /// What is wrong.
        fault: serde_json::Error,
    },
    /// A form that says what cannot be.
    #[error("consent form {file}: {fault}")]
    Form {
        /// The file's name.
        file: String,
        /// What is wrong.
        fault: FormFault,
    },
    /// A decision about an older form that says what cannot be.
    #[error("equivalence of consent forms {file}: {fault}")]
    Equivalence {
        /// The file's name.
        file: String,
        /// What is wrong.
        fault: EquivalenceFault,
    },
    /// Two files have one id.
    #[error("consent form '{0}' is there twice")]
    Twice(String),
}

/// What is wrong with a form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormFault {
    /// A file cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    /// A file is too long.
    #[error("is longer than {0} bytes")]
    TooLong(u64),
    /// The file is not text.
    #[error("is not UTF-8")]
    NotUtf8,
    /// A day that is none.
    #[error("'{0}' is no date (2024-04-01)")]
    Day(&'static str),
    /// It ends before it begins.
    #[error("'effective_until' is not after 'effective_from'")]
    EndsFirst,
    /// A country that is no two capital letters, is Japan, or is there twice.
    #[error("'overseas_countries': '{0}' is not an overseas country's two capital letters, or is there twice")]
    Country(String),
    /// It asks nothing.
    #[error("'clauses' is empty")]
    NoClause,
    /// It asks about a clause twice.
    #[error("'clauses': {0} is there twice")]
    ClauseTwice(&'static str),
    /// A code of another shape.
    #[error("'data_use': '{0}' is not DUO: and seven digits")]
    Code(String),
    /// A code of a clause that it does not ask about, or no code.
    #[error("'data_use': a row has no code, or a clause that the form does not ask about")]
    DataUse,
    /// A digest of another shape.
    #[error("'document_sha256' is not 64 digits of lower-case hex")]
    Digest,
    /// A text without its digest.
    #[error("'document' needs 'document_sha256'")]
    NoDigest,
    /// A text that is not a plain file's name.
    #[error("'document' is not the name of a file beside the form")]
    DocumentName,
    /// A text that is not the one signed.
    #[error("'document' has another SHA-256 ({0}) than 'document_sha256'")]
    OtherDocument(String),
}

/// What is wrong with a decision about an older form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EquivalenceFault {
    /// A form that is not known.
    #[error("form '{0}' is not known")]
    UnknownForm(String),
    /// A form that is to be equivalent to itself.
    #[error("'form' is 'legacy_form'")]
    SameForm,
    /// It is for no site, or for one twice.
    #[error("'sites' is empty, or names a site twice")]
    Sites,
    /// It names no decision.
    #[error("'decision' is empty")]
    NoDecision,
    /// It has no row, or one twice.
    #[error("'clauses' is empty, or has a row twice")]
    Rows,
    /// A clause that the older form does not ask about.
    #[error("'agreed': the older form does not ask about {0}")]
    AgreedNotAsked(&'static str),
    /// A clause that the newer form does not ask about.
    #[error("'opens': the newer form does not ask about {0}")]
    OpensNotAsked(&'static str),
    /// A clause that the older form asks about: the person answered it.
    #[error("'opens': the older form itself asks about {0}, and what was answered there counts")]
    AnsweredThere(&'static str),
    /// Use by companies on another ground than consent.
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
