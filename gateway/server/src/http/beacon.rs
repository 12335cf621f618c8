//! The endpoints of Beacon 2.1.1.

mod entries;
mod filtering_terms;
mod informational;
mod path;
pub(crate) mod query_budget;
mod render;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use ga4gh_beacon::{BeaconError, BeaconRequest, EntryType, ErrorResponse, Excerpt, MAX_BODY_BYTES, parse_post};
use gemj_model::ErrorKind;
use gemj_services::ServiceError;
use gemj_services::registry::Offered;

use super::body::{self, BodyFault};
use super::flow::Refusal;
use super::gateway::Gateway;
use super::problem::challenge;
use super::routes::Standard;
use super::{shape, status};
pub(crate) use entries::{get_entries, post_entries};
pub(crate) use filtering_terms::{get_filtering_terms, post_filtering_terms};
pub(crate) use informational::{get_configuration, get_entry_types, get_info, get_map};

/// Parses the Beacon query in the body of a POST.
pub(crate) async fn read_post(request: &HttpRequest, body: web::Payload, entry: EntryType) -> Result<BeaconRequest, BeaconError> {
    read_body(request, body, |bytes| parse_post(entry, bytes)).await
}

/// Reads the body of a POST, and parses it with `parse`.
async fn read_body<T>(
    request: &HttpRequest,
    content: web::Payload,
    parse: impl FnOnce(&[u8]) -> Result<T, BeaconError>,
) -> Result<T, BeaconError> {
    if body::media_type(request).is_some_and(|media_type| media_type != "application/json") {
        Err(BeaconError::UnsupportedMediaType)
    } else if !request.query_string().is_empty() {
        Err(BeaconError::InvalidValue {
            name: "query string",
            expected: "a POST carries its parameters in the body",
        })
    } else {
        match body::read(content, MAX_BODY_BYTES).await {
            Ok(bytes) => parse(&bytes),
            Err(BodyFault::Unreadable) => Err(BeaconError::EmptyBody),
            Err(BodyFault::TooLarge) => Err(BeaconError::PayloadTooLarge {
                limit_bytes: MAX_BODY_BYTES,
            }),
        }
    }
}

pub(crate) fn beacon_id(gateway: &Gateway) -> String {
    gemj_services::registry::service_info(&gateway.about, Offered::Beacon).id
}

fn in_beacon_words(refusal: &Refusal) -> BeaconError {
    let explanation = refusal.public_text();
    match refusal.kind() {
        ErrorKind::Unauthenticated => BeaconError::Unauthenticated { explanation },
        ErrorKind::Forbidden => BeaconError::Forbidden { explanation },
        ErrorKind::NotFound => BeaconError::NotFound,
        ErrorKind::Invalid => match refusal {
            Refusal::Service(error) => invalid(error),
            // A faulty declaration of use has its own error code, which `refused` renders. This function is not called for it.
            _ => BeaconError::Internal,
        },
        ErrorKind::TooLarge => BeaconError::InvalidValue {
            name: "the requested interval",
            expected: "fewer bases: at most 60 million bases, 300 million under an approval",
        },
        ErrorKind::MethodNotAllowed => BeaconError::MethodNotAllowed,
        ErrorKind::UnsupportedMediaType => BeaconError::UnsupportedMediaType,
        ErrorKind::TooManyRequests => BeaconError::BudgetSpent { explanation },
        ErrorKind::Unavailable => BeaconError::Unavailable,
        ErrorKind::RangeNotSatisfiable | ErrorKind::Conflict | ErrorKind::Internal => BeaconError::Internal,
    }
}

/// The Beacon error for a query that was parsed but cannot be answered.
fn invalid(error: &ServiceError) -> BeaconError {
    match error {
        ServiceError::Unsupported(feature) => BeaconError::NotSupportedYet { feature },
        ServiceError::NamesNotLoaded => BeaconError::NamesNotLoaded,
        ServiceError::Unbounded => BeaconError::UnboundedQuery,
        ServiceError::UnknownTerm { id } => BeaconError::UnknownFilteringTerm { id: Excerpt::of(id) },
        ServiceError::Filter { expected } => BeaconError::InvalidValue { name: "filters", expected },
        ServiceError::UnknownGene { id } => BeaconError::UnknownGene { id: Excerpt::of(id) },
        ServiceError::AmbiguousGene { candidates } => BeaconError::AmbiguousGene {
            candidates: candidates.iter().map(|symbol| Excerpt::of(symbol)).collect(),
        },
        ServiceError::Carriers(_) => BeaconError::InvalidValue {
            name: "alternateBases",
            expected: "bases in IUPAC codes",
        },
        ServiceError::Catalogue(_) | ServiceError::Objects(_) | ServiceError::NotFound | ServiceError::TooLarge(_) => BeaconError::Internal,
    }
}

/// A refusal in Beacon's error format, with the gateway's additional members.
pub(crate) fn refused(gateway: &Gateway, asked: &BeaconRequest, refusal: &Refusal) -> HttpResponse {
    refusal.log();
    let problem = refusal.problem();
    if let Refusal::Declaration(_) = refusal {
        return shape::shaped(Standard::Beacon, gateway, &problem);
    }
    let body = ErrorResponse::answering(&beacon_id(gateway), asked, &in_beacon_words(refusal));
    let mut response = HttpResponse::build(status::number(body.status()));
    if body.status() == 401 {
        response.insert_header(challenge(problem.told.as_ref()));
    }
    if let Some(seconds) = problem.retry_after_s {
        response.insert_header((header::RETRY_AFTER, seconds));
    }
    match serde_json::to_value(body) {
        Ok(mut body) => {
            problem.add_to(&mut body["error"]);
            response.json(body)
        }
        Err(_) => error(gateway, None, Some(asked), &BeaconError::Internal),
    }
}

/// Renders an error in Beacon's error format.
pub(crate) fn error(gateway: &Gateway, entry: Option<EntryType>, asked: Option<&BeaconRequest>, fault: &BeaconError) -> HttpResponse {
    let id = beacon_id(gateway);
    let body = match asked {
        Some(asked) => ErrorResponse::answering(&id, asked, fault),
        None => ErrorResponse::before_parsing(&id, entry, fault),
    };
    let mut response = HttpResponse::build(status::number(body.status()));
    if body.status() == 401 {
        response.insert_header(challenge(None));
    }
    response.json(body)
}
