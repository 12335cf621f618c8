//! The failures of a service after the decision has allowed the request.

use gemj_catalogue::CatalogueError;
use gemj_model::ErrorKind;
use gemj_objects::ObjectError;
use gemj_variants::VariantError;

/// A failure after the decision. The text of the failure is for the log; each protocol renders [`ServiceError::kind`].
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The catalogue failed, so the service could not answer.
    #[error("catalogue: {0}")]
    Catalogue(#[from] CatalogueError),
    /// The object store failed, so the service could not answer.
    #[error("objects: {0}")]
    Objects(#[from] ObjectError),
    /// The carrier index failed, so the service could not answer.
    #[error("carriers: {0}")]
    Carriers(#[from] VariantError),
    /// The Grant does not cover the resource, or the resource was removed after the decision.
    #[error("not found")]
    NotFound,
    /// The request would need more work than one request may use.
    #[error("too large: {0}")]
    TooLarge(&'static str),
    /// The gateway does not support this kind of request.
    #[error("{0}")]
    Unsupported(&'static str),
    /// The query is by an allele's name (HGVS), and none of its datasets has enough participants with loaded names for the tier.
    #[error("no names are loaded")]
    NamesNotLoaded,
    /// A query about variants names neither a variant nor a region, so its answer would list the whole programme.
    #[error("a variant query must name a variant or a region")]
    Unbounded,
    /// A filter names a term or field that is unknown, or not visible to this caller.
    #[error("unknown filtering term")]
    UnknownTerm {
        /// The term as the client sent it.
        id: String,
    },
    /// A filter has a value or an operator that its field does not support, or does not support at this tier.
    #[error("a filter is not valid: {expected} is expected")]
    Filter {
        /// A text for the caller that states the expected filter.
        expected: &'static str,
    },
    /// A query names a gene that is not in the gene model.
    #[error("unknown gene")]
    UnknownGene {
        /// The gene as the client sent it.
        id: String,
    },
    /// A query names a gene by a name that several genes have.
    #[error("a gene's name is ambiguous")]
    AmbiguousGene {
        /// The symbols of the genes that have this name.
        candidates: Vec<String>,
    },
}

impl ServiceError {
    /// The kind of error that the caller sees.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Catalogue(
                CatalogueError::Unavailable | CatalogueError::NotConnected { .. } | CatalogueError::Sealed | CatalogueError::OtherHistory,
            ) => ErrorKind::Unavailable,
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
