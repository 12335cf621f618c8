//! Information about the gateway's decisions: the codes of refusals, the access that a passport gives, and the recipients of a patient's data.

mod denials;
mod disclosures;
mod explain;
mod remedies;

use actix_web::HttpResponse;
use gemj_model::ErrorKind;

use super::flow::Refusal;
use super::problem::{self, Problem};
use super::status;

pub(crate) use denials::get_denials;
pub(crate) use disclosures::get_disclosures;
pub(crate) use explain::{get_explain, post_explain};

/// An error of an endpoint below `/access/v1`, rendered as in RFC 9457.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.detail)]
pub(crate) struct Failure(Box<Problem>);

impl Failure {
    pub(crate) fn of(kind: ErrorKind, text: &str) -> Self {
        Self(Box::new(Problem::new(kind, text)))
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        refusal.log();
        Self(Box::new(refusal.problem()))
    }
}

impl actix_web::ResponseError for Failure {
    fn status_code(&self) -> actix_web::http::StatusCode {
        status::of(self.0.kind)
    }

    fn error_response(&self) -> HttpResponse {
        problem::answer(&self.0)
    }
}
