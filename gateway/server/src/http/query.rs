//! The query part of a URL.

use actix_web::HttpRequest;

/// The names and values in the query part of the request's URL, percent-decoded, in order.
pub(crate) fn query_pairs(request: &HttpRequest) -> Vec<(String, String)> {
    url::form_urlencoded::parse(request.query_string().as_bytes())
        .into_owned()
        .collect()
}
