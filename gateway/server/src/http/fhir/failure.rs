//! OperationOutcomes.

use actix_web::HttpResponse;
use gemj_model::ErrorKind;
use gemj_services::fhir::FhirFailure;
use hl7_fhir::{CONTENT_TYPE, FhirError};

use crate::http::flow::Refusal;
use crate::http::problem::CHALLENGE;
use crate::http::status;

/// Why FHIR does not answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(pub(crate) FhirError);

impl From<FhirError> for Failure {
    fn from(error: FhirError) -> Self {
        Self(error)
    }
}

impl From<FhirFailure> for Failure {
    fn from(failure: FhirFailure) -> Self {
        match failure {
            FhirFailure::Fhir(error) => Self(error),
            FhirFailure::Service(error) => Refusal::Service(error).into(),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        refusal.log();
        let explanation = refusal.public_text();
        Self(match refusal.kind() {
            ErrorKind::Unauthenticated => FhirError::Unauthorized { explanation },
            ErrorKind::Forbidden => FhirError::Forbidden { explanation },
            ErrorKind::TooManyRequests => FhirError::TooManyRequests,
            ErrorKind::NotFound => FhirError::NotFound,
            ErrorKind::MethodNotAllowed => FhirError::MethodNotAllowed,
            ErrorKind::UnsupportedMediaType => FhirError::UnsupportedMediaType,
            ErrorKind::Unavailable => FhirError::Unavailable,
            ErrorKind::TooLarge | ErrorKind::Invalid | ErrorKind::RangeNotSatisfiable | ErrorKind::Internal => FhirError::Internal,
        })
    }
}

impl From<gemj_catalogue::CatalogueError> for Failure {
    fn from(error: gemj_catalogue::CatalogueError) -> Self {
        Refusal::Store(error).into()
    }
}

impl actix_web::ResponseError for Failure {
    fn status_code(&self) -> actix_web::http::StatusCode {
        status::number(self.0.status())
    }

    fn error_response(&self) -> HttpResponse {
        error(&self.0)
    }
}

/// An error in FHIR's shape.
pub(crate) fn error(error: &FhirError) -> HttpResponse {
    let mut response = HttpResponse::build(status::number(error.status()));
    if error.status() == 401 {
        response.insert_header(CHALLENGE);
    }
    response.content_type(CONTENT_TYPE).body(error.to_json().to_string())
}
