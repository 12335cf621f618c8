//! Why a service did not answer although the caller may.

use gemj_catalogue::CatalogueError;
use gemj_model::ErrorKind;
use gemj_objects::ObjectError;
use gemj_variants::VariantError;

/// A failure behind a Grant. Its text is for the log; protocols render [`ServiceError::kind`].
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The catalogue failed.
    #[error("catalogue: {0}")]
    Catalogue(#[from] CatalogueError),
    /// The object store failed.
    #[error("objects: {0}")]
    Objects(#[from] ObjectError),
    /// The carrier index failed.
    #[error("carriers: {0}")]
    Carriers(#[from] VariantError),
    /// The Grant does not open it after all, or it went in between.
    #[error("not found")]
    NotFound,
    /// The question would need more work than is done for one request.
    #[error("too large: {0}")]
    TooLarge(&'static str),
    /// The question is of a kind that is not answered.
    #[error("{0}")]
    Unsupported(&'static str),
    /// The question is by name, and no dataset of it has loaded names to answer by, as far as the caller may learn.
    #[error("no names are loaded")]
    NamesNotLoaded,
    /// The question restricts nothing, and would list the programme.
    #[error("a question about variants must say which")]
    Unbounded,
    /// A filter names a term or field that is not known here, or not to this caller.
    #[error("unknown filtering term")]
    UnknownTerm {
        /// The term as sent.
        id: String,
    },
    /// A filter asks for what its field cannot answer, or not at this tier.
    #[error("a filter is not valid: {expected} is expected")]
    Filter {
        /// What is expected instead, in words for the caller.
        expected: &'static str,
    },
    /// A question names a gene that the gene model does not have.
    #[error("unknown gene")]
    UnknownGene {
        /// The gene as sent.
        id: String,
    },
    /// A question names a gene by another name that several genes have.
    #[error("a gene's name is ambiguous")]
    AmbiguousGene {
        /// Their symbols.
        candidates: Vec<String>,
    },
}

impl ServiceError {
    /// How it looks to a caller.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Catalogue(CatalogueError::Unavailable) => ErrorKind::Unavailable,
            Self::Catalogue(_) => ErrorKind::Internal,
            Self::Objects(error) => error.kind(),
            Self::Carriers(error) => error.kind(),
            Self::NotFound => ErrorKind::NotFound,
            Self::TooLarge(_) => ErrorKind::TooLarge,
            Self::Unsupported(_)
            | Self::NamesNotLoaded
            | Self::Unbounded
            | Self::UnknownTerm { .. }
            | Self::Filter { .. }
            | Self::UnknownGene { .. }
            | Self::AmbiguousGene { .. } => ErrorKind::Invalid,
        }
    }
}
