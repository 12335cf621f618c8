//! The Authorization header.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use gemj_access::Caller;

use super::flow::Refusal;
use super::gateway::Gateway;

/// Who sent a request. Absent credentials are an anonymous caller; anything that is there must hold, and never turns into anonymous.
pub(crate) async fn caller(gateway: &Gateway, request: &HttpRequest) -> Result<Caller, Refusal> {
    caller_with(gateway, request, &[]).await
}

/// The same, with the passports of the request's body.
pub(crate) async fn caller_with(gateway: &Gateway, request: &HttpRequest, passports: &[String]) -> Result<Caller, Refusal> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let bearer = match (headers.next(), headers.next()) {
        (None, _) => None,
        (Some(_), Some(_)) => return Err(Refusal::Credentials("the Authorization header is given more than once")),
        (Some(value), None) => Some(
            value
                .to_str()
                .ok()
                .and_then(bearer_token)
                .ok_or(Refusal::Credentials("a bearer token is expected in the Authorization header"))?,
        ),
    };
    gateway
        .authenticator
        .authenticate(bearer, passports)
        .await
        .map_err(Refusal::Authentication)
}

/// The token of `Bearer TOKEN` (RFC 6750 § 2.1; the scheme in any case, RFC 9110 § 11.1).
fn bearer_token(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim_matches(' ');
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::bearer_token;

    #[test]
    fn only_bearer_tokens_are_read() {
        assert_eq!(bearer_token("Bearer a.b.c"), Some("a.b.c"));
        assert_eq!(bearer_token("bearer  a.b.c"), Some("a.b.c"));
        for other in ["", "Bearer", "Bearer ", "Basic YTpi", "a.b.c"] {
            assert_eq!(bearer_token(other), None, "{other}");
        }
    }
}
