//! A check of SMART's `GET /.well-known/smart-configuration`.

use url::Url;

use crate::check::{Finding, fail, not_offered};
use crate::client::Credential;
use crate::shape;
use crate::target::Target;

use super::STANDARD;

pub(super) fn names_the_token_endpoint(target: &Target) -> Finding {
    let ask = target.get(STANDARD, &[".well-known", "smart-configuration"]);
    // The request carries no token, because clients read this document to find the token endpoint.
    let answer = ask.credential(Credential::Without).send()?;
    if answer.status == 404 {
        return not_offered("404: the server does not support SMART");
    }
    let value = answer.json_200()?;
    if Url::parse(shape::text(&value, "/token_endpoint")?).is_err() {
        return fail("/token_endpoint is not absolute");
    }
    let capabilities = shape::list(&value, "/capabilities")?;
    let grants = shape::list(&value, "/grant_types_supported")?;
    if capabilities.is_empty() || grants.is_empty() {
        return fail("no capability or no grant type");
    }
    // The authorization code flow requires PKCE with S256. A server that only has backend services does not need PKCE.
    if grants.iter().any(|grant| grant == "authorization_code") {
        shape::text(&value, "/authorization_endpoint")?;
        let methods = shape::list(&value, "/code_challenge_methods_supported")?;
        if !methods.iter().any(|method| method == "S256") || methods.iter().any(|method| method == "plain") {
            return fail("code_challenge_methods_supported must have S256 and not plain");
        }
    }
    Ok(format!("{} capabilities, {} grant types", capabilities.len(), grants.len()))
}
