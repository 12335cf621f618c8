//! Checks of every request before its handler: no token in the URL, no encoded body, and not too many anonymous requests from one address.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap};
use actix_web::middleware::Next;
use actix_web::{Error, web};
use gemj_model::ErrorKind;

use super::credentials::address;
use super::flow::Refusal;
use super::gateway::Gateway;
use super::problem::Problem;
use super::refusal_members::RefusalMembers;
use super::request_code::RequestCode;
use super::routes::standard_of;
use super::shape::shaped;

/// Answers a refused request with an error in the format of the path's standard. Every other request is passed to its handler.
pub(crate) async fn gate<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let refused = request
        .app_data::<web::Data<Gateway>>()
        .and_then(|gateway| refused(gateway, &request).map(|problem| shaped(standard_of(request.path()), gateway, &problem)));
    match refused {
        Some(response) => Ok(request.into_response(response).map_into_right_body()),
        None => Ok(next.call(request).await?.map_into_left_body()),
    }
}

fn refused(gateway: &Gateway, request: &ServiceRequest) -> Option<Problem> {
    if gateway.trusted_proxies.is_empty() {
        gateway.proxy_warning.look(request.headers());
    }
    if has_token(request.query_string()) {
        // RFC 6750 § 2.3 advises against tokens in URLs, because proxies and servers log URLs. A token in the URL alone is not accepted as a credential (401).
        // With an Authorization header it is a second method of presenting credentials, which § 3.1 calls malformed (400).
        let kind = if request.headers().contains_key(header::AUTHORIZATION) {
            ErrorKind::Invalid
        } else {
            ErrorKind::Unauthenticated
        };
        let detail = "tokens are accepted in the Authorization header and in bodies, never in a URL";
        let mut problem = Problem::new(kind, detail);
        problem.told = Some(RefusalMembers::of_request(RequestCode::TokenInUrl));
        return Some(problem);
    }
    if is_encoded(request.headers()) {
        let detail = "a request body with a Content-Encoding is not supported: send it uncompressed";
        return Some(Problem::new(ErrorKind::UnsupportedMediaType, detail));
    }
    if is_watched_elsewhere(request.path()) || request.headers().contains_key(header::AUTHORIZATION) {
        return None;
    }
    let place = address(gateway, request.request());
    gateway
        .limits
        .address(place)
        .err()
        .map(|too_many| Refusal::from(too_many).problem())
}

/// Whether the body is compressed or otherwise encoded (RFC 9110 § 8.4). Without this check, an encoded body would be rejected as malformed.
fn is_encoded(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::CONTENT_ENCODING)
        .any(|value| !value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity"))
}

/// Whether the query of a URL contains a token.
fn has_token(query: &str) -> bool {
    const NAMES: [&str; 8] = [
        "access_token",
        "id_token",
        "passport",
        "token",
        "jwt",
        "bearer",
        "authorization",
        "dpop",
    ];
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| NAMES.iter().any(|token| name.eq_ignore_ascii_case(token)))
}

/// Whether a path is exempt from the limit of anonymous requests by address. Requests with signed URLs count for their holder, and monitoring
/// must always reach the process.
fn is_watched_elsewhere(path: &str) -> bool {
    ["/htsget/blocks/", "/bytes/", "/healthz", "/readyz", "/metrics"]
        .iter()
        .any(|start| path.starts_with(start))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{CONTENT_ENCODING, HeaderMap, HeaderValue};

    use super::{has_token, is_encoded};

    #[test]
    fn a_body_is_encoded_unless_its_encoding_is_absent_or_identity() {
        let with = |encoding: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(encoding) = encoding {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
            }
            is_encoded(&headers)
        };
        assert!(!with(None) && !with(Some("identity")) && !with(Some("Identity ")));
        assert!(with(Some("gzip")) && with(Some("identity, gzip")) && with(Some("br")) && with(Some("x")));
    }

    #[test]
    fn a_token_is_detected_in_every_spelling_of_its_name() {
        for query in [
            "access_token=a",
            "x=1&access_token=",
            "Access_Token=a",
            "%61ccess_token=a",
            "access%5ftoken=a",
            "passport=x",
        ] {
            assert!(has_token(query), "{query}");
        }
        for query in ["", "x=access_token", "page_token=a", "access_tokens=a"] {
            assert!(!has_token(query), "{query}");
        }
    }
}
