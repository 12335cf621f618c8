//! Why FHIR does not answer.

use gemj_catalogue::CatalogueError;
use hl7_fhir::FhirError;

use crate::ServiceError;

/// A failure that FHIR has a shape for, or one of the stores.
#[derive(Debug, thiserror::Error)]
pub enum FhirFailure {
    /// For the caller.
    #[error("{0}")]
    Fhir(#[from] FhirError),
    /// For the log.
    #[error("{0}")]
    Service(#[from] ServiceError),
}

impl From<CatalogueError> for FhirFailure {
    fn from(error: CatalogueError) -> Self {
        Self::Service(error.into())
    }
}
