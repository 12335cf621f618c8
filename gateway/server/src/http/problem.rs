//! Errors of paths that belong to no standard, in the format of RFC 9457.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, WWW_AUTHENTICATE};
use gemj_model::ErrorKind;
use serde_json::{Value, json};

use super::body::BodyFault;
use super::refusal::Refusal;
use super::refusal_members::{ANONYMOUS, RefusalMembers};
use super::status;

/// The header `WWW-Authenticate` of a 401 (RFC 6750 § 3). The header does not repeat the presented credentials.
pub(crate) fn challenge(told: Option<&RefusalMembers>) -> (HeaderName, &'static str) {
    (WWW_AUTHENTICATE, told.map_or(ANONYMOUS, |told| told.challenge))
}

/// The path of the list of refusal codes, relative to the gateway's public address.
pub(crate) const CODES: &str = "/access/v1/denials";

/// An error, before it is rendered in the format of a standard.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) kind: ErrorKind,
    /// The text for the caller, which may be public.
    pub(crate) detail: String,
    /// The machine-readable members. Absent if the problem has none.
    pub(crate) told: Option<RefusalMembers>,
    /// Seconds until a new request can succeed.
    pub(crate) retry_after_s: Option<u32>,
}

impl Problem {
    pub(crate) fn new(kind: ErrorKind, detail: &str) -> Self {
        Self {
            kind,
            detail: detail.to_owned(),
            told: None,
            retry_after_s: None,
        }
    }

    /// Adds the problem's machine-readable members to a JSON object of the answer.
    pub(crate) fn add_to(&self, object: &mut Value) {
        if let Some(told) = &self.told {
            told.add_to(object);
        }
    }
}

/// An error of a path that belongs to no standard, rendered as in RFC 9457.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.detail)]
pub(crate) struct ProblemFailure(Box<Problem>);

impl ProblemFailure {
    pub(crate) fn of(kind: ErrorKind, text: &str) -> Self {
        Self(Box::new(Problem::new(kind, text)))
    }

    pub(crate) fn invalid(text: &str) -> Self {
        Self::of(ErrorKind::Invalid, text)
    }
}

impl From<Refusal> for ProblemFailure {
    fn from(refusal: Refusal) -> Self {
        refusal.log();
        Self(Box::new(refusal.problem()))
    }
}

impl From<BodyFault> for ProblemFailure {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::Unreadable => Self::invalid("the body cannot be read"),
            BodyFault::TooLarge => Self::of(ErrorKind::TooLarge, "the body is too large"),
        }
    }
}

impl actix_web::ResponseError for ProblemFailure {
    fn status_code(&self) -> StatusCode {
        status::of(self.0.kind)
    }

    fn error_response(&self) -> HttpResponse {
        answer(&self.0)
    }
}

/// A problem document. `detail` is public text.
pub(crate) fn problem(kind: ErrorKind, detail: &str) -> HttpResponse {
    answer(&Problem::new(kind, detail))
}

/// Renders a problem document (RFC 9457) with all members. If the problem has a code, `type` links to the list of codes (RFC 9457 § 3.1.1).
pub(crate) fn answer(problem: &Problem) -> HttpResponse {
    let status = status::of(problem.kind);
    let mut response = HttpResponse::build(status);
    if problem.kind == ErrorKind::Unauthenticated {
        response.insert_header(challenge(problem.told.as_ref()));
    }
    if let Some(seconds) = problem.retry_after_s {
        response.insert_header((header::RETRY_AFTER, seconds));
    }
    let mut body = json!({
        "type": problem.told.as_ref().map_or("about:blank".to_owned(), |told| format!("{CODES}#{}", told.code)),
        "status": status.as_u16(),
        "detail": problem.detail,
    });
    problem.add_to(&mut body);
    if body.get("title").is_none() {
        body["title"] = status.canonical_reason().unwrap_or("Error").into();
    }
    response.content_type("application/problem+json").body(body.to_string())
}
