//! The error of a request to a standard: an error that the standard defines, or another error in the standard's format.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use gemj_model::ErrorKind;
use serde_json::Value;

use super::problem::{Problem, challenge};
use super::refusal::Refusal;
use super::refusal_members::RefusalMembers;
use super::routes::Standard;
use super::{shape, status};

/// The errors that a standard defines, and their JSON format.
pub(crate) trait StandardError: std::error::Error + Sized + 'static {
    /// The standard.
    const STANDARD: Standard;
    /// The media type of an error.
    const CONTENT_TYPE: &'static str;

    /// The standard's error for a kind of refusal. `explanation` is public text. Absent if the standard defines no error for the kind.
    fn of(kind: ErrorKind, explanation: String) -> Option<Self>;

    /// The HTTP status.
    fn http_status(&self) -> u16;

    /// The body of the answer.
    fn body(&self) -> Value;

    /// The object of the body to which the gateway's members are added.
    fn object(body: &mut Value) -> &mut Value {
        body
    }
}

/// An error of a request to a standard.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StandardFailure<E: StandardError> {
    /// An error of the standard, with the gateway's additional members.
    #[error("{0}")]
    Standard(E, Option<RefusalMembers>),
    /// An error that the standard does not define.
    #[error("{}", .0.detail)]
    Other(Box<Problem>),
}

impl<E: StandardError> From<E> for StandardFailure<E> {
    fn from(error: E) -> Self {
        Self::Standard(error, None)
    }
}

impl<E: StandardError> From<Refusal> for StandardFailure<E> {
    fn from(refusal: Refusal) -> Self {
        refusal.log();
        let error = match refusal {
            // The error of the standard has no place for `Retry-After`.
            Refusal::Busy(_) => None,
            // The standard's own text for an unavailable service does not name the issuer's host that did not answer.
            Refusal::Authentication(ref error, _) if error.kind() == ErrorKind::Unavailable => None,
            _ => E::of(refusal.kind(), refusal.public_text()),
        };
        match error {
            Some(error) => Self::Standard(error, refusal.told()),
            None => Self::Other(Box::new(refusal.problem())),
        }
    }
}

impl<E: StandardError> actix_web::ResponseError for StandardFailure<E> {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Standard(error, _) => status::number(error.http_status()),
            Self::Other(problem) => status::of(problem.kind),
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Standard(error, told) => answer(error, told.as_ref()),
            Self::Other(problem) => shape::without_meta(E::STANDARD, problem),
        }
    }
}

/// An error in the format of the standard, without the gateway's additional members.
pub(crate) fn error<E: StandardError>(error: &E) -> HttpResponse {
    answer(error, None)
}

fn answer<E: StandardError>(error: &E, told: Option<&RefusalMembers>) -> HttpResponse {
    let mut response = HttpResponse::build(status::number(error.http_status()));
    if error.http_status() == 401 {
        response.insert_header(challenge(told));
    }
    let mut body = error.body();
    if let Some(told) = told {
        told.add_to(E::object(&mut body));
    }
    response.content_type(E::CONTENT_TYPE).body(body.to_string())
}
