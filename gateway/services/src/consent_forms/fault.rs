//! Faults of consent forms.

use std::io;

/// Why the forms cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// The folder cannot be read.
    #[error("consent forms: {0}")]
    Io(io::ErrorKind),
    /// The folder has too many files.
    #[error("consent forms: more than {0} files")]
    TooMany(usize),
    /// A file is not a form or a decision about a form.
    #[error("consent form {file}: {fault}")]
    NotAForm {
        /// The file's name.
        file: String,
        /// What is wrong.
        fault: serde_json::Error,
    },
    /// A form contains an invalid value.
    #[error("consent form {file}: {fault}")]
    Form {
        /// The file's name.
        file: String,
        /// What is wrong.
        fault: FormFault,
    },
    /// A decision about an older form contains an invalid value.
    #[error("equivalence of consent forms {file}: {fault}")]
    Equivalence {
        /// The file's name.
        file: String,
        /// What is wrong.
        fault: EquivalenceFault,
    },
    /// Two files have the same id.
    #[error("consent form '{0}' is defined twice")]
    Twice(String),
}

/// The fault of a form.
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
    /// A value is not a date.
    #[error("'{0}' is not a date such as 2024-04-01")]
    Day(&'static str),
    /// The form ends before it begins.
    #[error("'effective_until' is not after 'effective_from'")]
    EndsFirst,
    /// A country that is not two capital letters, is Japan, or occurs twice.
    #[error("'overseas_countries': '{0}' is not the two capital letters of an overseas country, or occurs twice")]
    Country(String),
    /// The form has no clause.
    #[error("'clauses' is empty")]
    NoClause,
    /// The form has a clause twice.
    #[error("'clauses': {0} occurs twice")]
    ClauseTwice(&'static str),
    /// A code with another format.
    #[error("'data_use': '{0}' is not 'DUO:' and seven digits")]
    Code(String),
    /// A row of `data_use` without a code, or with a clause that the form does not contain.
    #[error("'data_use': a row has no code, or a clause that the form does not ask about")]
    DataUse,
    /// A digest with another format.
    #[error("'document_sha256' is not 64 digits of lower-case hex")]
    Digest,
    /// A text without its digest.
    #[error("'document' needs 'document_sha256'")]
    NoDigest,
    /// The text's name is not a plain file name.
    #[error("'document' is not the name of a file beside the form")]
    DocumentName,
    /// A text that is not the signed text.
    #[error("'document' has another SHA-256 ({0}) than 'document_sha256'")]
    OtherDocument(String),
}

/// The fault of a decision about an older form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EquivalenceFault {
    /// A form that is not known.
    #[error("form '{0}' is not known")]
    UnknownForm(String),
    /// A form that is declared equivalent to itself.
    #[error("'form' is 'legacy_form'")]
    SameForm,
    /// The decision has no site, or has a site twice.
    #[error("'sites' is empty, or names a site twice")]
    Sites,
    /// The decision's text is empty.
    #[error("'decision' is empty")]
    NoDecision,
    /// The decision has no row, or has a row twice.
    #[error("'clauses' is empty, or has a row twice")]
    Rows,
    /// A clause that the older form does not ask about.
    #[error("'agreed': the older form does not ask about {0}")]
    AgreedNotAsked(&'static str),
    /// A clause that the newer form does not ask about.
    #[error("'opens': the newer form does not ask about {0}")]
    OpensNotAsked(&'static str),
    /// A clause that the older form contains. The participant answered that clause there.
    #[error("'opens': the older form itself asks about {0}, and the answer given there counts")]
    AnsweredThere(&'static str),
    /// Commercial use on a ground other than consent.
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
