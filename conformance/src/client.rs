//! HTTP as a careful client: nothing is followed on its own, bodies are capped, and the caller's token goes to the origins the caller
//! named and to no other.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, Request};
use url::Url;

use crate::check::{Stop, fail, skip};
use crate::credentials::Token;

/// A JSON answer above this is not read on.
const MAXIMUM_ANSWER_BYTES: u64 = 32 << 20;
/// So much of an error's text is quoted.
const QUOTED_CHARACTERS: usize = 160;

/// Sends, and remembers what was sent.
#[derive(Debug)]
pub(crate) struct Client {
    agent: ureq::Agent,
    trusted: BTreeSet<String>,
    sent: RefCell<Vec<String>>,
}

/// Which token a request carries.
#[derive(Clone, Debug)]
pub(crate) enum Credential {
    /// The caller's own, or none where none was given.
    Own(Option<Token>),
    /// None, on purpose.
    Without,
    /// One made for the check.
    Hostile(Token),
}

/// A request in the making.
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

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Whether it was asked without a token only because the caller gave none.
    lacked_token: bool,
}

impl Client {
    /// A client whose requests each end within `timeout`.
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

    /// The caller named this origin: its token may go there.
    pub(crate) fn trust(&mut self, url: &Url) {
        self.trusted.insert(url.origin().ascii_serialization());
    }

    /// Whether the caller named the origin of the URL.
    pub(crate) fn trusts(&self, url: &Url) -> bool {
        self.trusted.contains(&url.origin().ascii_serialization())
    }

    /// A request without a token as yet.
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

    /// Methods and paths since [`Self::forget_sent`].
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

    /// What the report shows instead of the path, for URLs that are secrets themselves.
    pub(crate) fn shown_as(mut self, shown: impl Into<String>) -> Self {
        self.shown = Some(shown.into());
        self
    }

    pub(crate) fn at_most(mut self, maximum_bytes: u64) -> Self {
        self.maximum_bytes = maximum_bytes;
        self
    }

    /// Sends it. No answer, a broken one, or one over the limit is a failed check.
    pub(crate) fn send(self) -> Result<Answer, Stop> {
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
            Err(error) => return fail(format!("the answer breaks off: {}", said(&error))),
        };
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body,
            lacked_token,
        })
    }
}

/// What went wrong, without the URL.
fn said(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "time is up".to_owned(),
        ureq::Error::HostNotFound => "the host is not known".to_owned(),
        ureq::Error::ConnectionFailed => "no connection".to_owned(),
        // How a certificate that is not trusted arrives here too.
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => "the connection or TLS failed".to_owned(),
        ureq::Error::Io(error) => error.kind().to_string(),
        ureq::Error::BadUri(_) => "not a URL that can be asked".to_owned(),
        ureq::Error::Protocol(_) => "not HTTP as it should be".to_owned(),
        // The enum is open; the other kinds quote nothing of a request's URL but may of its host.
        _ => "the connection or TLS failed".to_owned(),
    }
}

impl Answer {
    /// The header, where it is there once and text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The media type without parameters, lower case; empty where absent.
    pub(crate) fn media_type(&self) -> String {
        let value = self.header("Content-Type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// Status, media type and, of an error, the beginning of its text.
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

    /// Insists on one of these statuses. Refused for want of a token that the caller did not give: skipped.
    pub(crate) fn expect(&self, statuses: &[u16]) -> Result<&Self, Stop> {
        if statuses.contains(&self.status) {
            return Ok(self);
        }
        if self.lacked_token && matches!(self.status, 401 | 403) {
            return skip("needs a token: the server asks for credentials");
        }
        fail(self.described())
    }

    /// The body as JSON, whatever the media type says.
    pub(crate) fn json(&self) -> Result<Value, Stop> {
        let parsed = serde_json::from_slice(&self.body);
        parsed.map_err(|_| Stop::Fail(format!("{} whose body is not JSON", self.described())))
    }

    /// Insists on 200 and JSON under a JSON media type.
    pub(crate) fn json_200(&self) -> Result<Value, Stop> {
        self.expect(&[200])?;
        let media_type = self.media_type();
        if media_type != "application/json" && !media_type.ends_with("+json") {
            return fail(format!("200 with media type \"{media_type}\""));
        }
        self.json()
    }
}
