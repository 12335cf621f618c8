//! Errors that a standard does not define, in the standard's error format: for example an unreadable declaration, or too many requests.

use actix_web::HttpResponse;
use actix_web::http::header;
use ga4gh_htsget::CONTENT_TYPE as HTSGET;
use gemj_model::ErrorKind;
use hl7_fhir::CONTENT_TYPE as FHIR;
use serde_json::{Value, json};

use super::beacon::beacon_id;
use super::gateway::Gateway;
use super::problem::{self, Problem};
use super::routes::Standard;
use super::status;

/// Renders an error in the format of a standard. For Beacon, the member `meta` describes the gateway and no query.
pub(crate) fn shaped(standard: Standard, gateway: &Gateway, problem: &Problem) -> HttpResponse {
    let body = match standard {
        Standard::Beacon => beacon(&beacon_id(gateway), problem),
        _ => return without_meta(standard, problem),
    };
    finished(problem, "application/json", &body)
}

/// Renders an error in the format of a standard, without the gateway's description. Beacon's format needs the description, so errors of Beacon
/// paths get the format of RFC 9457.
pub(crate) fn without_meta(standard: Standard, problem: &Problem) -> HttpResponse {
    let number = status::of(problem.kind).as_u16();
    match standard {
        Standard::Htsget => {
            let mut inner = json!({"error": htsget_type(problem.kind), "message": problem.detail});
            problem.add_to(&mut inner);
            finished(problem, HTSGET, &json!({"htsget": inner}))
        }
        Standard::Drs | Standard::Wes => {
            let mut body = json!({"msg": problem.detail, "status_code": number});
            problem.add_to(&mut body);
            finished(problem, "application/json", &body)
        }
        Standard::Fhir => {
            let mut body = json!({
                "resourceType": "OperationOutcome",
                "issue": [{"severity": "error", "code": fhir_code(problem.kind), "diagnostics": problem.detail}],
            });
            add_to_outcome(&mut body, problem);
            finished(problem, FHIR, &body)
        }
        Standard::Registry => {
            let mut body = json!({
                "status": number,
                "title": status::of(problem.kind).canonical_reason().unwrap_or("Error"),
                "detail": problem.detail,
            });
            problem.add_to(&mut body);
            finished(problem, "application/json", &body)
        }
        Standard::Beacon | Standard::Own => problem::answer(problem),
    }
}

/// Adds the code and title of a refusal to an OperationOutcome, as `details` of its first issue (FHIR R4 § OperationOutcome.issue.details).
/// The `jti` of the visa, if the refusal has one, is added to `diagnostics`.
pub(crate) fn add_to_outcome(outcome: &mut Value, problem: &Problem) {
    let Some(told) = &problem.told else { return };
    let Some(issue) = outcome["issue"].get_mut(0) else { return };
    issue["details"] = json!({"coding": [{"system": problem::CODES, "code": told.code}]});
    if let Some(title) = told.title {
        issue["details"]["text"] = title.into();
    }
    if let Some(visa) = &told.visa {
        let text = issue["diagnostics"].as_str().unwrap_or_default();
        issue["diagnostics"] = format!("{text} (visa {visa})").into();
    }
    let named = told.as_text();
    if !named.is_empty() {
        let text = issue["diagnostics"].as_str().unwrap_or_default();
        issue["diagnostics"] = format!("{text} ({named})").into();
    }
}

fn beacon(id: &str, problem: &Problem) -> Value {
    let fault = ga4gh_beacon::BeaconError::Internal;
    let body = ga4gh_beacon::ErrorResponse::before_parsing(id, None, &fault);
    let mut body = serde_json::to_value(body).unwrap_or_default();
    body["error"]["errorCode"] = status::of(problem.kind).as_u16().into();
    body["error"]["errorMessage"] = problem.detail.as_str().into();
    problem.add_to(&mut body["error"]);
    body
}

fn finished(problem: &Problem, content_type: &str, body: &Value) -> HttpResponse {
    let mut response = HttpResponse::build(status::of(problem.kind));
    if problem.kind == ErrorKind::Unauthenticated {
        response.insert_header(problem::challenge(problem.told.as_ref()));
    }
    if let Some(seconds) = problem.retry_after_s {
        response.insert_header((header::RETRY_AFTER, seconds));
    }
    response.content_type(content_type).body(body.to_string())
}

/// The type name of an htsget error (htsget 1.3 § Errors). htsget defines no type for too many requests. This error gets the type
/// `PermissionDenied`, and only its HTTP status (429) states the reason.
fn htsget_type(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Unauthenticated => "InvalidAuthentication",
        ErrorKind::Forbidden | ErrorKind::TooManyRequests => "PermissionDenied",
        ErrorKind::NotFound => "NotFound",
        ErrorKind::TooLarge => "PayloadTooLarge",
        ErrorKind::RangeNotSatisfiable => "InvalidRange",
        ErrorKind::Invalid | ErrorKind::Conflict | ErrorKind::MethodNotAllowed | ErrorKind::UnsupportedMediaType => "InvalidInput",
        ErrorKind::Unavailable | ErrorKind::Internal => "InternalServerError",
    }
}

/// The code of an OperationOutcome issue, from the value set `issue-type` (FHIR R4).
fn fhir_code(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Unauthenticated => "login",
        ErrorKind::Forbidden => "forbidden",
        ErrorKind::NotFound => "not-found",
        ErrorKind::Invalid | ErrorKind::RangeNotSatisfiable => "invalid",
        ErrorKind::MethodNotAllowed | ErrorKind::UnsupportedMediaType => "not-supported",
        ErrorKind::Conflict => "conflict",
        ErrorKind::TooLarge => "too-long",
        ErrorKind::TooManyRequests => "throttled",
        ErrorKind::Unavailable => "transient",
        ErrorKind::Internal => "exception",
    }
}
