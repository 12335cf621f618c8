//! Determines the caller of a request from the Authorization header, the passports in the body, and the declaration of use.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use gemj_access::{Caller, Capability, Declared};
use gemj_authenticate::{Authorization, DpopProof, Presented};
use gemj_model::ErrorKind;

use super::declaration;
use super::flow::Refusal;
use super::gateway::Gateway;
use super::request_caller::RequestCaller;
use super::{client_certificate, language, peer, trail};

/// The name of the header with a DPoP proof of possession (RFC 9449 § 4.1).
pub(crate) const DPOP: &str = "dpop";

const UNREADABLE: &str = "a bearer token is expected in the Authorization header";

/// The caller of a request. A request without credentials has an anonymous caller. Invalid credentials are an error, and never give an
/// anonymous caller.
pub(crate) async fn caller(gateway: &Gateway, request: &HttpRequest) -> Result<RequestCaller, Refusal> {
    caller_with(gateway, request, &[], Declared::default()).await
}

/// The caller of a request whose body can contain passports and a declaration of use.
pub(crate) async fn caller_with(
    gateway: &Gateway,
    request: &HttpRequest,
    passports: &[String],
    in_body: Declared,
) -> Result<RequestCaller, Refusal> {
    let caller = authenticated(gateway, request, passports).await?;
    let declared = declaration::joined(declaration::of_headers(request.headers())?, in_body)?;
    let asker = RequestCaller::new(caller, declared, language::of(request.headers()));
    if asker.is_anonymous() {
        let place = trail::place(&gateway.key, address(gateway, request), gateway.clock.now());
        return Ok(asker.at_place(place));
    }
    Ok(asker)
}

/// The holder of a signed URL. A request with a signed URL needs no credentials. If credentials are present, they must be the holder's.
pub(crate) async fn holder(gateway: &Gateway, request: &HttpRequest, capability: &Capability) -> Result<RequestCaller, Refusal> {
    let presented = authenticated(gateway, request, &[]).await?;
    let holder = RequestCaller::holder(capability, language::of(request.headers()));
    if presented.is_anonymous() {
        gateway.limits.caller(&holder.pseudonym)?;
    } else if presented.pseudonym != holder.pseudonym {
        return Err(Refusal::Credentials("this URL was issued to another caller"));
    }
    Ok(holder)
}

/// Checks, before a signed URL is opened, that the number of recent invalid URLs and credentials from the request's address is below the limit.
pub(crate) fn may_present(gateway: &Gateway, request: &HttpRequest) -> Result<(), Refusal> {
    Ok(gateway.limits.may_authenticate(address(gateway, request))?)
}

/// Counts an invalid signed URL as a failed authentication from the request's address.
pub(crate) fn failed(gateway: &Gateway, request: &HttpRequest) {
    gateway.limits.failed(address(gateway, request));
}

pub(crate) fn address(gateway: &Gateway, request: &HttpRequest) -> IpAddr {
    peer::of(request, &gateway.trusted_proxies)
}

async fn authenticated(gateway: &Gateway, request: &HttpRequest, passports: &[String]) -> Result<Caller, Refusal> {
    let authorization = match one(request, AUTHORIZATION.as_str(), "the Authorization header occurs more than once")? {
        None if passports.is_empty() => return Ok(Caller::anonymous()),
        None => None,
        Some(text) => Some(Authorization::parse(text).ok_or(Refusal::Credentials(UNREADABLE))?),
    };
    let address = address(gateway, request);
    gateway.limits.may_authenticate(address)?;
    let url = gateway.url(request.uri().path());
    let proof = one(request, DPOP, "the DPoP header occurs more than once")?;
    let certificate = client_certificate::of(gateway, request)?;
    let presented = Presented {
        authorization,
        passports,
        proof: proof.map(|proof| DpopProof {
            proof,
            method: request.method().as_str(),
            url: &url,
        }),
        client_certificate: certificate.as_deref(),
    };
    let caller = gateway.authenticator.verify(&presented).await.map_err(|error| {
        if error.kind() == ErrorKind::Unauthenticated {
            gateway.limits.failed(address);
        }
        let names = gateway.authenticator.names(&presented, &error);
        Refusal::Authentication(error, Box::new(names))
    })?;
    gateway.limits.caller(&caller.pseudonym)?;
    Ok(caller)
}

/// The text of a header; absent if the request does not have the header.
///
/// # Errors
/// The header occurs more than once, or its value is not text.
pub(crate) fn one<'a>(request: &'a HttpRequest, name: &str, twice: &'static str) -> Result<Option<&'a str>, Refusal> {
    let mut values = request.headers().get_all(name);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(Refusal::Credentials(twice)),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Refusal::Credentials(UNREADABLE)),
    }
}
