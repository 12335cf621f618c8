//! The errors of FHIR requests.

use gemj_catalogue::CatalogueError;
use hl7_fhir::FhirError;

use crate::ServiceError;

/// An error that FHIR can express, or an error of the stores.
#[derive(Debug, thiserror::Error)]
pub enum FhirFailure {
    /// An error whose text is for the caller.
    #[error("{0}")]
    Fhir(#[from] FhirError),
    /// An error whose text is only for the log.
    #[error("{0}")]
    Service(#[from] ServiceError),
}

impl From<CatalogueError> for FhirFailure {
    fn from(error: CatalogueError) -> Self {
        Self::Service(error.into())
    }
}
