//! Finds the endpoints of a configured issuer by OpenID Connect Discovery 1.0.

use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use ga4gh_passport::parse_json_object;
use gemj_model::{Clock, Timestamp};
use openidconnect::core::CoreProviderMetadata;
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use crate::fetch::{DOCUMENT_MAX_BYTES, FetchFault, FetchUrl, Fetcher};
use crate::key_store::younger_than;
use crate::trouble::Trouble;

/// The time after which a discovery document is read again, in seconds.
const MAX_AGE_S: u32 = 3600;

/// The endpoints that an issuer's discovery document states. Each endpoint is on the issuer's own origin or on a configured host.
#[derive(Clone)]
pub(crate) struct Endpoints {
    pub(crate) jwks: FetchUrl,
    pub(crate) userinfo: Option<FetchUrl>,
    /// The token endpoint, or why it cannot be used. A token endpoint on a host that is not allowed is no fault of the document, because for most
    /// issuers the token endpoint is never used.
    pub(crate) token: Result<FetchUrl, Trouble>,
    /// The introspection endpoint (RFC 8414 § 2), under the same rule as the token endpoint.
    pub(crate) introspection: Result<FetchUrl, Trouble>,
}

/// The discovery document of one issuer, with its cache.
pub(crate) struct Discovery {
    issuer: String,
    hosts: Vec<String>,
    min_interval_s: u32,
    fetcher: Arc<Fetcher>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// The host that the last attempt contacted, or that the last attempt refused.
    host: StdMutex<String>,
}

#[derive(Default)]
struct State {
    endpoints: Option<(Endpoints, Timestamp)>,
    failed_at: Option<Timestamp>,
    /// The reason why the last attempt failed.
    fault: Option<FetchFault>,
}

/// The content of a discovery document. Absent if it lacks a member that OpenID Connect Discovery 1.0 § 3 requires, or a member has another type.
pub(crate) fn provider_metadata(document: Map<String, Value>) -> Option<CoreProviderMetadata> {
    serde_json::from_value(Value::Object(document)).ok()
}

impl Discovery {
    pub(crate) fn new(issuer: &str, hosts: &[String], min_interval_s: u32, fetcher: Arc<Fetcher>, clock: Arc<dyn Clock>) -> Self {
        Self {
            issuer: issuer.to_owned(),
            hosts: hosts.to_vec(),
            min_interval_s,
            fetcher,
            clock,
            state: Mutex::default(),
            host: StdMutex::default(),
        }
    }

    /// The host that the last attempt contacted or refused; empty before the first attempt.
    pub(crate) fn host(&self) -> String {
        self.host.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn concerns(&self, host: &str) {
        host.clone_into(&mut self.host.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The endpoints of the issuer. The cached document is used for one hour and then fetched again. After a failed fetch, the method returns an
    /// error without a fetch until `min_interval_s` has passed.
    pub(crate) async fn endpoints(&self) -> Result<Endpoints, FetchFault> {
        let mut state = self.state.lock().await;
        let now = self.clock.now();
        if let Some((endpoints, _)) = state.endpoints.as_ref().filter(|(_, at)| younger_than(*at, now, MAX_AGE_S)) {
            return Ok(endpoints.clone());
        }
        if state.failed_at.is_some_and(|at| younger_than(at, now, self.min_interval_s)) {
            return Err(state.fault.unwrap_or(FetchFault::Transfer));
        }
        match self.discover().await {
            Ok(endpoints) => {
                *state = State {
                    endpoints: Some((endpoints.clone(), now)),
                    failed_at: None,
                    fault: None,
                };
                Ok(endpoints)
            }
            Err(fault) => {
                state.failed_at = Some(now);
                state.fault = Some(fault);
                Err(fault)
            }
        }
    }

    /// Drops the cached document, so that the next call reads it again.
    pub(crate) async fn forget(&self) {
        self.state.lock().await.endpoints = None;
    }

    async fn discover(&self) -> Result<Endpoints, FetchFault> {
        // OpenID Connect Discovery 1.0 § 4.1: a terminating "/" of the issuer is removed before the path is appended.
        let base = self.issuer.strip_suffix('/').unwrap_or(&self.issuer);
        let url = FetchUrl::parse(&format!("{base}/.well-known/openid-configuration")).ok_or(FetchFault::Document)?;
        let own_host = url.host().unwrap_or_default();
        self.concerns(own_host);
        let bytes = self.fetcher.get(&url, DOCUMENT_MAX_BYTES).await?;
        let document = parse_json_object(&bytes).map_err(|_| FetchFault::Document)?;
        // OpenID Connect Discovery 1.0 § 4.3: "The issuer value returned MUST be identical to the Issuer URL that was used".
        if document.get("issuer").and_then(Value::as_str) != Some(self.issuer.as_str()) {
            tracing::warn!(
                "a discovery document names another issuer than the configuration; the names are compared byte for byte, including the last slash"
            );
            return Err(FetchFault::Document);
        }
        let optional = |stated: Option<&str>| match stated {
            Some(endpoint) => self.endpoint(&url, endpoint),
            None => Err(Trouble {
                fault: FetchFault::NotStated,
                host: own_host.to_owned(),
            }),
        };
        let required = |endpoint: &str| {
            self.endpoint(&url, endpoint).map_err(|trouble| {
                self.concerns(&trouble.host);
                trouble.fault
            })
        };
        let introspection = optional(document.get("introspection_endpoint").and_then(Value::as_str));
        let metadata = provider_metadata(document).ok_or_else(|| {
            tracing::warn!("a discovery document lacks a member that OpenID Connect Discovery 1.0 § 3 requires; set `jwks_url` and `userinfo_url` to avoid discovery");
            FetchFault::Document
        })?;
        let jwks = required(metadata.jwks_uri().as_str())?;
        let userinfo = metadata
            .userinfo_endpoint()
            .map(|endpoint| required(endpoint.as_str()))
            .transpose()?;
        let token = optional(metadata.token_endpoint().map(|endpoint| endpoint.as_str()));
        self.concerns(jwks.host().unwrap_or_default());
        Ok(Endpoints {
            jwks,
            userinfo,
            token,
            introspection,
        })
    }

    fn endpoint(&self, issuer: &FetchUrl, text: &str) -> Result<FetchUrl, Trouble> {
        let Some(url) = FetchUrl::parse(text) else {
            let url = url::Url::parse(text).ok();
            let host = url.as_ref().and_then(url::Url::host_str).unwrap_or_default().to_owned();
            tracing::warn!(
                host,
                issuer = self.issuer,
                "a discovery document names a URL that the gateway does not fetch: https is expected (http only on this machine), without user and fragment"
            );
            return Err(Trouble {
                fault: FetchFault::UrlNotAllowed,
                host,
            });
        };
        let configured = url.host().is_some_and(|host| self.hosts.iter().any(|allowed| allowed == host));
        if url.same_origin(issuer) || configured {
            Ok(url)
        } else {
            let host = url.host().unwrap_or_default();
            tracing::warn!(
                host,
                issuer = self.issuer,
                "a discovery document places an endpoint on another host; `endpoint_hosts` of the issuer does not name it"
            );
            Err(Trouble {
                fault: FetchFault::HostNotListed,
                host: host.to_owned(),
            })
        }
    }
}
