//! Conditional requests to FHIR endpoints. The gateway must not ignore a condition that it does not evaluate: an ignored `If-None-Exist` would
//! create a second resource, and an ignored `If-Match` would overwrite another client's change.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use hl7_fhir::FhirError;
use hl7_fhir::search::{Handling, check_read};

use crate::http::query::query_pairs;

/// The headers that make a request conditional (FHIR R4 § 3.1.0.5 `If-Match`, § 3.1.0.8.1 `If-None-Exist`, § 3.1.0.1.7 conditional read; RFC 9110
/// § 13.1).
const CONDITIONS: [(&str, &str); 5] = [
    ("if-none-exist", "If-None-Exist"),
    ("if-match", "If-Match"),
    ("if-none-match", "If-None-Match"),
    ("if-modified-since", "If-Modified-Since"),
    ("if-unmodified-since", "If-Unmodified-Since"),
];

/// Refuses a write (status 412) if the request has a condition that the interaction does not evaluate. `evaluated` lists the headers of the
/// evaluated conditions.
pub(crate) fn refuse_on_write(request: &HttpRequest, evaluated: &[&str]) -> Result<(), FhirError> {
    match first(request, evaluated) {
        Some(header) => Err(FhirError::ConditionNotEvaluated { header }),
        None => Ok(()),
    }
}

/// Refuses a conditional read or search (status 501). Clients may not store answers (`no-store`), so they have no earlier answer to compare
/// with.
pub(crate) fn refuse_on_read(request: &HttpRequest) -> Result<(), FhirError> {
    match first(request, &[]) {
        Some(header) => Err(FhirError::ConditionalReadNotSupported { header }),
        None => Ok(()),
    }
}

/// Refuses a read with an unsupported parameter, unless the request prefers lenient handling (`Prefer: handling=lenient`).
pub(crate) fn refuse_parameters(request: &HttpRequest) -> Result<(), FhirError> {
    let prefer = super::header_text(request, &HeaderName::from_static("prefer"));
    check_read(&query_pairs(request), Handling::preferred(Some(prefer)).unwrap_or(Handling::Strict))
}

fn first(request: &HttpRequest, evaluated: &[&str]) -> Option<&'static str> {
    CONDITIONS
        .into_iter()
        .filter(|(name, _)| !evaluated.contains(name))
        .find(|(name, _)| request.headers().contains_key(*name))
        .map(|(_, shown)| shown)
}
