//! The query of a URL.

use actix_web::HttpRequest;

/// The query's names and values, percent-decoded, in order.
pub(crate) fn query_pairs(request: &HttpRequest) -> Vec<(String, String)> {
    url::form_urlencoded::parse(request.query_string().as_bytes())
        .into_owned()
        .collect()
}
