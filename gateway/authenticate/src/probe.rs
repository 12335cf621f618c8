//! Single requests to issuers, partners and the gateway's own public address, for the operator's commands (`doctor`, `init`). No request of a caller
//! uses this module.

mod discovered;
mod http_date;
mod slow_body;

use std::error::Error as _;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use gemj_model::Timestamp;
use reqwest::{Body, Certificate, Client};
use thiserror::Error;

use crate::fetch::{DOCUMENT_MAX_BYTES, FetchUrl};
use crate::jwk::KeySet;

pub use discovered::{Discovered, DiscoveryFault};

/// The largest body that is read, in bytes.
const BODY_MAX_BYTES: usize = 1024 * 1024;

/// A client for single requests. It follows no redirect, sends no cookie and uses no proxy of the environment.
pub struct Probe {
    client: Client,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The status code.
    pub status: u16,
    /// The time in the answer's `Date` header; absent if there is none that can be read.
    pub date: Option<Timestamp>,
    /// The media type of the body; empty if not stated.
    pub content_type: String,
    /// The header `Server`; empty if not stated.
    pub server: String,
    /// The header `Location`; empty if not stated.
    pub location: String,
    /// The header `Gemj-Signing-Key`: the mark of the key with which a gateway signs; empty if not stated.
    pub signing_key: String,
    /// The body, cut after 1 MiB.
    pub body: Vec<u8>,
}

/// Why no answer was received. The texts name no credentials, because a probe sends none.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ProbeFault {
    /// The gateway never fetches such a URL.
    #[error("{0}: https is expected (http only for this machine), without user and fragment")]
    Url(String),
    /// No client could be set up.
    #[error("no TLS client can be set up: the machine has no certificate authorities, or `ca_file` cannot be read")]
    Client,
    /// The host did not answer.
    #[error("{host}: {cause}")]
    NoAnswer {
        /// The host that was asked.
        host: String,
        /// The causes, from the outermost to the innermost.
        cause: String,
    },
}

impl Probe {
    /// A probe with a time limit for each request, and with further certificate authorities from a PEM file.
    ///
    /// # Errors
    /// [`ProbeFault::Client`].
    pub fn new(ca_file: Option<&Path>, timeout: Duration) -> Result<Self, ProbeFault> {
        let roots = match ca_file {
            None => Vec::new(),
            Some(path) => {
                let pem = std::fs::read(path).map_err(|_| ProbeFault::Client)?;
                let roots = Certificate::from_pem_bundle(&pem).map_err(|_| ProbeFault::Client)?;
                // The gateway itself does not start with a file without certificates.
                if roots.is_empty() {
                    return Err(ProbeFault::Client);
                }
                roots
            }
        };
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .timeout(timeout)
            .tls_backend_rustls()
            .tls_certs_merge(roots)
            .build()
            .map_err(|_| ProbeFault::Client)?;
        Ok(Self { client })
    }

    /// `GET` of a URL with further headers.
    ///
    /// # Errors
    /// A [`ProbeFault`].
    pub async fn get(&self, url: &str, headers: &[(&str, &str)]) -> Result<Seen, ProbeFault> {
        self.send(url, headers, None).await
    }

    /// `POST` of JSON to a URL.
    ///
    /// # Errors
    /// A [`ProbeFault`].
    pub async fn post_json(&self, url: &str, body: Vec<u8>) -> Result<Seen, ProbeFault> {
        self.send(url, &[("Content-Type", "application/json")], Some(body.into())).await
    }

    /// `POST` of JSON to a URL, with a pause after the first byte of the body.
    ///
    /// # Errors
    /// A [`ProbeFault`].
    pub async fn post_json_slowly(&self, url: &str, body: Vec<u8>, pause: Duration) -> Result<Seen, ProbeFault> {
        let mut first = Bytes::from(body);
        let second = first.split_off(first.len().min(1));
        let body = Body::wrap(slow_body::SlowBody::new(first, second, pause));
        self.send(url, &[("Content-Type", "application/json")], Some(body)).await
    }

    async fn send(&self, url: &str, headers: &[(&str, &str)], body: Option<Body>) -> Result<Seen, ProbeFault> {
        if FetchUrl::parse(url).is_none() {
            return Err(ProbeFault::Url(url.to_owned()));
        }
        let mut request = match body {
            Some(body) => self.client.post(url).body(body),
            None => self.client.get(url),
        };
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let no_answer = |error: reqwest::Error| ProbeFault::NoAnswer {
            host: url::Url::parse(url)
                .ok()
                .and_then(|url| url.host_str().map(str::to_owned))
                .unwrap_or_default(),
            cause: causes(&error.without_url()),
        };
        let mut response = request.send().await.map_err(no_answer)?;
        let header = |name: &str| {
            let value = response.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let mut seen = Seen {
            status: response.status().as_u16(),
            date: http_date::parse(&header("date")),
            content_type: header("content-type"),
            server: header("server"),
            location: header("location"),
            signing_key: header("gemj-signing-key"),
            body: Vec::new(),
        };
        while let Some(chunk) = response.chunk().await.map_err(no_answer)? {
            seen.body.extend_from_slice(&chunk);
            if seen.body.len() > BODY_MAX_BYTES {
                seen.body.truncate(BODY_MAX_BYTES);
                break;
            }
        }
        Ok(seen)
    }
}

/// The number of keys in a key set that the gateway can verify signatures of issuers with.
///
/// # Errors
/// The text is not a key set, or contains a key that must not be there; the text says why.
pub fn usable_key_count(jwks: &[u8]) -> Result<usize, String> {
    if jwks.len() > DOCUMENT_MAX_BYTES {
        return Err(format!(
            "is larger than {} KiB, which the gateway does not read",
            DOCUMENT_MAX_BYTES >> 10
        ));
    }
    let keys = KeySet::parse(jwks).map_err(|_| "is not a JWK Set".to_owned())?;
    Ok(keys.len())
}

/// A text of another side for a terminal. Control characters, which could forge lines or change the terminal, and characters that change the direction of
/// the text are escaped.
#[must_use]
pub fn printable(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || turns(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// An error with its causes, without repeated texts.
fn causes(error: &reqwest::Error) -> String {
    let mut texts = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !texts.contains(&text) {
            texts.push(text);
        }
        cause = error.source();
    }
    texts.join(": ")
}
