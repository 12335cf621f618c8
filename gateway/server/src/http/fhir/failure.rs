//! Errors of FHIR requests, rendered as OperationOutcome.

use actix_web::HttpResponse;
use actix_web::http::header;
use gemj_model::ErrorKind;
use gemj_services::fhir::FhirFailure;
use hl7_fhir::{CONTENT_TYPE, FhirError, Issue, IssueCode};

use crate::http::flow::Refusal;
use crate::http::problem::{Problem, challenge};
use crate::http::shape;
use crate::http::status;

/// An error answer of a FHIR request.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub(crate) struct OutcomeFailure {
    error: FhirError,
    /// The gateway's additional members. Absent if the error has none.
    problem: Option<Box<Problem>>,
}

impl From<FhirError> for OutcomeFailure {
    fn from(error: FhirError) -> Self {
        Self { error, problem: None }
    }
}

impl From<FhirFailure> for OutcomeFailure {
    fn from(failure: FhirFailure) -> Self {
        match failure {
            FhirFailure::Fhir(error) => error.into(),
            FhirFailure::Service(error) => Refusal::Service(error).into(),
        }
    }
}

impl From<Refusal> for OutcomeFailure {
    fn from(refusal: Refusal) -> Self {
        refusal.log();
        let explanation = refusal.public_text();
        let problem = refusal.problem();
        let error = match refusal.kind() {
            ErrorKind::Unauthenticated => FhirError::Unauthorized { explanation },
            ErrorKind::Forbidden => FhirError::Forbidden { explanation },
            ErrorKind::Conflict => FhirError::Conflict { explanation },
            ErrorKind::TooManyRequests => FhirError::TooManyRequests,
            ErrorKind::NotFound => FhirError::NotFound,
            ErrorKind::MethodNotAllowed => FhirError::MethodNotAllowed,
            ErrorKind::UnsupportedMediaType => FhirError::UnsupportedMediaType,
            ErrorKind::Unavailable => FhirError::Unavailable,
            ErrorKind::Invalid => FhirError::invalid(Issue::error(IssueCode::Value, explanation)),
            ErrorKind::TooLarge | ErrorKind::RangeNotSatisfiable | ErrorKind::Internal => FhirError::Internal,
        };
        let problem = Some(Box::new(problem));
        Self { error, problem }
    }
}

impl From<gemj_catalogue::CatalogueError> for OutcomeFailure {
    fn from(error: gemj_catalogue::CatalogueError) -> Self {
        Refusal::Store(error).into()
    }
}

impl actix_web::ResponseError for OutcomeFailure {
    fn status_code(&self) -> actix_web::http::StatusCode {
        status::number(self.error.status())
    }

    fn error_response(&self) -> HttpResponse {
        answer_error(&self.error, self.problem.as_deref())
    }
}

/// Renders an error as an OperationOutcome.
pub(crate) fn error(error: &FhirError) -> HttpResponse {
    answer_error(error, None)
}

fn answer_error(error: &FhirError, problem: Option<&Problem>) -> HttpResponse {
    let mut response = HttpResponse::build(status::number(error.status()));
    if error.status() == 401 {
        response.insert_header(challenge(problem.and_then(|p| p.told.as_ref())));
    }
    let mut body = error.to_json();
    if let Some(problem) = problem {
        shape::add_to_outcome(&mut body, problem);
        if let Some(seconds) = problem.retry_after_s {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
    }
    response.content_type(CONTENT_TYPE).body(body.to_string())
}
