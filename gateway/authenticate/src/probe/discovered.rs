//! What an issuer's discovery document states.

use ga4gh_passport::parse_json_object;
use gemj_model::Timestamp;
use serde_json::Value;
use thiserror::Error;

use super::{Probe, ProbeFault, printable};
use crate::discovery::provider_metadata;
use crate::fetch::{DOCUMENT_MAX_BYTES, FetchUrl};

/// The members of a discovery document that a configuration needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovered {
    /// The `issuer`, byte for byte.
    pub issuer: String,
    /// `jwks_uri`.
    pub jwks_uri: String,
    /// `userinfo_endpoint`; absent if not stated.
    pub userinfo: Option<String>,
    /// `token_endpoint`; absent if not stated.
    pub token: Option<String>,
    /// `introspection_endpoint`; absent if not stated.
    pub introspection: Option<String>,
    /// `scopes_supported`.
    pub scopes: Vec<String>,
    /// `grant_types_supported`.
    pub grants: Vec<String>,
    /// `id_token_signing_alg_values_supported`, which is the best hint at the algorithms of other tokens.
    pub algorithms: Vec<String>,
    /// The hosts of the key set, UserInfo, token and introspection endpoints that are not the issuer's own: for `endpoint_hosts`.
    pub other_hosts: Vec<String>,
    /// Those of `other_hosts` that the gateway needs without opaque tokens.
    pub required_hosts: Vec<String>,
    /// The time in the answer's `Date` header.
    pub date: Option<Timestamp>,
}

/// Why a discovery document cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DiscoveryFault {
    /// The server did not answer.
    #[error("{0}")]
    Probe(#[from] ProbeFault),
    /// The server answered with another status than 200.
    #[error("{url} answered with status {status}{}", redirect(location))]
    Status {
        /// The URL of the document.
        url: String,
        /// The status.
        status: u16,
        /// The header `Location`; empty if not stated.
        location: String,
    },
    /// The answer is not a JSON object with `issuer` and `jwks_uri`.
    #[error("{url} is not a discovery document (a JSON object with `issuer` and `jwks_uri`)")]
    Form {
        /// The URL of the document.
        url: String,
    },
    /// The document lacks a member that OpenID Connect Discovery 1.0 § 3 requires.
    #[error(
        "{url} lacks a member that OpenID Connect Discovery 1.0 § 3 requires (authorization_endpoint, response_types_supported, \
         subject_types_supported, id_token_signing_alg_values_supported), so the gateway refuses it; set jwks_url and userinfo_url to avoid discovery"
    )]
    Incomplete {
        /// The URL of the document.
        url: String,
    },
    /// The document is of another issuer.
    #[error(
        "the discovery document names the issuer '{stated}', not '{asked}'; the names are compared byte for byte, including the last slash"
    )]
    Issuer {
        /// The issuer that was asked for.
        asked: String,
        /// The issuer that the document names.
        stated: String,
    },
}

fn redirect(location: &str) -> String {
    if location.is_empty() {
        String::new()
    } else {
        format!(" and points to {location}; the gateway follows no redirect, so use the address behind it")
    }
}

impl Probe {
    /// Fetches the discovery document of an issuer (OpenID Connect Discovery 1.0 § 4).
    ///
    /// # Errors
    /// A [`DiscoveryFault`].
    pub async fn discover(&self, issuer: &str) -> Result<Discovered, DiscoveryFault> {
        let url = format!("{}/.well-known/openid-configuration", issuer.strip_suffix('/').unwrap_or(issuer));
        let seen = self.get(&url, &[("Accept", "application/json")]).await?;
        if seen.status != 200 {
            return Err(DiscoveryFault::Status {
                url,
                status: seen.status,
                location: printable(&seen.location),
            });
        }
        // The limits and the parser of the gateway itself, so that a document that the gateway refuses is never reported as good.
        let form = || DiscoveryFault::Form { url: url.clone() };
        if seen.body.len() > DOCUMENT_MAX_BYTES {
            return Err(form());
        }
        let document = parse_json_object(&seen.body).map_err(|_| form())?;
        let text = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
        let texts = |name: &str| -> Vec<String> {
            let items = document.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            items.iter().filter_map(|item| item.as_str().map(printable)).collect()
        };
        let (Some(stated), Some(jwks_uri)) = (text("issuer"), text("jwks_uri")) else {
            return Err(DiscoveryFault::Form { url });
        };
        if stated != issuer {
            return Err(DiscoveryFault::Issuer {
                asked: issuer.to_owned(),
                stated: printable(&stated),
            });
        }
        if provider_metadata(document.clone()).is_none() {
            return Err(DiscoveryFault::Incomplete { url });
        }
        let mut found = Discovered {
            issuer: stated,
            jwks_uri,
            userinfo: text("userinfo_endpoint"),
            token: text("token_endpoint"),
            introspection: text("introspection_endpoint"),
            scopes: texts("scopes_supported"),
            grants: texts("grant_types_supported"),
            algorithms: texts("id_token_signing_alg_values_supported"),
            other_hosts: Vec::new(),
            required_hosts: Vec::new(),
            date: seen.date,
        };
        let without_introspection = [Some(&found.jwks_uri), found.userinfo.as_ref(), found.token.as_ref()];
        found.required_hosts = other_hosts(&url, &without_introspection);
        found.other_hosts = other_hosts(&url, &[&without_introspection[..], &[found.introspection.as_ref()]].concat());
        Ok(found)
    }
}

fn other_hosts(document: &str, endpoints: &[Option<&String>]) -> Vec<String> {
    let Some(own) = FetchUrl::parse(document) else { return Vec::new() };
    let mut hosts: Vec<String> = endpoints
        .iter()
        .flatten()
        .filter_map(|endpoint| FetchUrl::parse(endpoint))
        .filter(|endpoint| !endpoint.same_origin(&own))
        .filter_map(|endpoint| endpoint.host().map(str::to_owned))
        .collect();
    hosts.sort_unstable();
    hosts.dedup();
    hosts
}
