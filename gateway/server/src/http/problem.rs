//! Errors in our own shape, for paths that belong to no standard: RFC 9457.

use actix_web::HttpResponse;
use actix_web::http::header::WWW_AUTHENTICATE;
use gemj_model::ErrorKind;
use serde_json::json;

use super::status;

/// The challenge of every 401 (RFC 6750 § 3). It repeats nothing of what was presented.
pub(crate) const CHALLENGE: (actix_web::http::header::HeaderName, &str) = (WWW_AUTHENTICATE, "Bearer realm=\"gemj-gateway\"");

/// A problem document. `detail` is public text.
pub(crate) fn problem(kind: ErrorKind, detail: &str) -> HttpResponse {
    let status = status::of(kind);
    let mut response = HttpResponse::build(status);
    if kind == ErrorKind::Unauthenticated {
        response.insert_header(CHALLENGE);
    }
    response.content_type("application/problem+json").body(
        json!({
            "type": "about:blank",
            "title": status.canonical_reason().unwrap_or("Error"),
            "status": status.as_u16(),
            "detail": detail,
        })
        .to_string(),
    )
}
