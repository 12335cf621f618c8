//! The HTTP client of the checks. It follows no redirect by itself and limits the size of bodies. It sends the caller's
//! token only to origins that the caller named.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, Request};
use url::Url;

use crate::check::{Stop, fail, skip};
use crate::credentials::Token;

/// The maximum size of an answer in bytes, if a request sets no other limit.
const MAXIMUM_ANSWER_BYTES: u64 = 32 << 20;
/// The maximum number of characters that the report quotes from the text of an error.
const QUOTED_CHARACTERS: usize = 160;

/// An HTTP client that records the requests it sends.
#[derive(Debug)]
pub(crate) struct Client {
    agent: ureq::Agent,
    trusted: BTreeSet<String>,
    sent: RefCell<Vec<String>>,
}

/// The token that a request carries.
#[derive(Clone, Debug)]
pub(crate) enum Credential {
    /// The caller's own token; `None` if the caller has no token.
    Own(Option<Token>),
    /// No token, because the check tests a request without a token.
    Without,
    /// A token that the check made and that the server must refuse.
    Hostile(Token),
}

/// A request that is being built.
#[derive(Debug)]
pub(crate) struct Ask<'c> {
    client: &'c Client,
    method: &'static str,
    url: Url,
    shown: Option<String>,
    credential: Credential,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    maximum_bytes: u64,
}

/// The answer of a server.
#[derive(Clone, Debug)]
pub(crate) struct HttpAnswer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Whether the request should have carried the caller's token but was sent without it. The caller has no token, or did not name the origin.
    lacked_token: bool,
}

impl Client {
    /// Makes a client. Each request of the client ends within `timeout`.
    pub(crate) fn new(timeout: Duration) -> Self {
        let tls = ureq::tls::TlsConfig::builder()
            .provider(ureq::tls::TlsProvider::Rustls)
            .root_certs(ureq::tls::RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .build();
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("ga4gh-conformance/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build()
            .new_agent();
        Self {
            agent,
            trusted: BTreeSet::new(),
            sent: RefCell::default(),
        }
    }

    /// Adds the origin of a URL that the caller named. The caller's token may then be sent to this origin.
    pub(crate) fn trust(&mut self, url: &Url) {
        self.trusted.insert(url.origin().ascii_serialization());
    }

    /// Whether the caller named the origin of this URL.
    pub(crate) fn trusts(&self, url: &Url) -> bool {
        self.trusted.contains(&url.origin().ascii_serialization())
    }

    /// Begins a request. The request carries no token unless [`Ask::credential`] sets one.
    pub(crate) fn ask(&self, method: &'static str, url: Url) -> Ask<'_> {
        Ask {
            client: self,
            method,
            url,
            shown: None,
            credential: Credential::Without,
            headers: Vec::new(),
            body: None,
            maximum_bytes: MAXIMUM_ANSWER_BYTES,
        }
    }

    /// Methods, paths and queries of the requests that were sent since [`Self::forget_sent`] was called.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.sent.borrow().clone()
    }

    pub(crate) fn forget_sent(&self) {
        self.sent.borrow_mut().clear();
    }
}

impl Ask<'_> {
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn credential(mut self, credential: Credential) -> Self {
        self.credential = credential;
        self
    }

    pub(crate) fn body(mut self, media_type: &str, body: Vec<u8>) -> Self {
        self.body = Some(body);
        self.header("Content-Type", media_type)
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string().into_bytes())
    }

    /// Sets the text that the report shows in place of path and query. It is used for URLs that contain a secret.
    pub(crate) fn shown_as(mut self, shown: impl Into<String>) -> Self {
        self.shown = Some(shown.into());
        self
    }

    pub(crate) fn at_most(mut self, maximum_bytes: u64) -> Self {
        self.maximum_bytes = maximum_bytes;
        self
    }

    /// Sends the request. If no complete answer arrives, the check fails. If the answer is larger than the limit, the check is skipped.
    pub(crate) fn send(self) -> Result<HttpAnswer, Stop> {
        let shown = self.shown.unwrap_or_else(|| {
            let query = self.url.query().map(|query| format!("?{query}")).unwrap_or_default();
            format!("{}{query}", self.url.path())
        });
        self.client.sent.borrow_mut().push(format!("{} {shown}", self.method));
        let mut request = Request::builder().method(self.method).uri(self.url.as_str());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let mut lacked_token = false;
        match &self.credential {
            Credential::Own(Some(token)) if self.client.trusts(&self.url) => {
                request = request.header("Authorization", format!("Bearer {}", token.reveal()));
            }
            Credential::Hostile(token) => request = request.header("Authorization", format!("Bearer {}", token.reveal())),
            Credential::Own(_) => lacked_token = true,
            Credential::Without => {}
        }
        let unsendable = |_| Stop::Fail("the server named a URL or header that cannot be sent".to_owned());
        let result = match self.body {
            Some(body) => self.client.agent.run(request.body(body).map_err(unsendable)?),
            None => self.client.agent.run(request.body(()).map_err(unsendable)?),
        };
        let no_answer = |error: &ureq::Error| Stop::Fail(format!("no answer: {}", said(error)));
        let mut response = result.map_err(|error| no_answer(&error))?;
        let body = response.body_mut().with_config().limit(self.maximum_bytes).read_to_vec();
        let body = match body {
            Ok(body) => body,
            Err(ureq::Error::BodyExceedsLimit(_)) => return skip(format!("an answer over {} bytes is not read", self.maximum_bytes)),
            Err(error) => return fail(format!("the answer is incomplete: {}", said(&error))),
        };
        Ok(HttpAnswer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body,
            lacked_token,
        })
    }
}

/// A description of a connection error, without the URL.
fn said(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "timeout".to_owned(),
        ureq::Error::HostNotFound => "unknown host".to_owned(),
        ureq::Error::ConnectionFailed => "no connection".to_owned(),
        // This error also occurs if the server's certificate is not trusted.
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => "the connection or TLS failed".to_owned(),
        ureq::Error::Io(error) => error.kind().to_string(),
        ureq::Error::BadUri(_) => "not a valid URL for a request".to_owned(),
        ureq::Error::Protocol(_) => "the answer is not valid HTTP".to_owned(),
        // The enum is non-exhaustive. The texts of the other errors are not shown, because they may quote the host of a request.
        _ => "the connection or TLS failed".to_owned(),
    }
}

impl HttpAnswer {
    /// The first value of a header, if it is text; absent if the answer does not have the header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The media type of the answer without parameters, in lower case; empty if the answer states none.
    pub(crate) fn media_type(&self) -> String {
        let value = self.header("Content-Type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// A description of the answer: status and media type. For an error, the beginning of its text is added.
    pub(crate) fn described(&self) -> String {
        let media_type = self.media_type();
        let head = if media_type.is_empty() {
            self.status.to_string()
        } else {
            format!("{} {media_type}", self.status)
        };
        if self.status < 400 || self.body.is_empty() {
            return head;
        }
        let text: String = String::from_utf8_lossy(&self.body)
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(QUOTED_CHARACTERS)
            .collect();
        format!("{head}: {text}")
    }

    /// Requires that the answer has one of these statuses. If the server refuses the request and the request lacked
    /// the caller's token, the check is skipped.
    pub(crate) fn expect(&self, statuses: &[u16]) -> Result<&Self, Stop> {
        if statuses.contains(&self.status) {
            return Ok(self);
        }
        if self.lacked_token && matches!(self.status, 401 | 403) {
            return skip("needs a token: the server requires credentials");
        }
        fail(self.described())
    }

    /// The body of the answer as JSON, whatever its media type. If the body is not JSON, the check fails.
    pub(crate) fn json(&self) -> Result<Value, Stop> {
        let parsed = serde_json::from_slice(&self.body);
        parsed.map_err(|_| Stop::Fail(format!("{} whose body is not JSON", self.described())))
    }

    /// The body of the answer as JSON. The check fails unless the status is 200 and the media type is a JSON media type.
    pub(crate) fn json_200(&self) -> Result<Value, Stop> {
        self.expect(&[200])?;
        let media_type = self.media_type();
        if media_type != "application/json" && !media_type.ends_with("+json") {
            return fail(format!("200 with media type \"{media_type}\""));
        }
        self.json()
    }
}
