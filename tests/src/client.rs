//! A plain HTTP/1.1 client. It follows no redirect, keeps no cookie, and returns a reply for every status.

use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, Method, Request};

/// The time limit of one answer.
const DEADLINE: Duration = Duration::from_secs(120);

/// A client of one gateway.
#[derive(Clone, Debug)]
pub struct Client {
    agent: ureq::Agent,
    /// The gateway's address, without a trailing slash.
    pub base: String,
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body. If `cut` is true, only the bytes that were received.
    pub body: Vec<u8>,
    /// Whether the connection broke before the body's end.
    pub cut: bool,
}

impl Reply {
    /// A header's text; empty if the header is absent.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{}: {e}: {}", self.status, self.text()))
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Checks the status and that the body is complete, and returns the reply.
    #[must_use]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        assert!(!self.cut, "the body was cut");
        self
    }
}

impl Client {
    /// A client of the gateway at an address.
    #[must_use]
    pub fn new(base: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .allow_non_standard_methods(true)
            .proxy(None)
            .timeout_global(Some(DEADLINE))
            // The client drops idle connections earlier than the gateway does, so that it sends no request on a connection that the gateway closes.
            .max_idle_age(Duration::from_secs(1))
            .build()
            .new_agent();
        Self {
            agent,
            base: base.to_owned(),
        }
    }

    /// The complete address of a path on the gateway. A complete address is returned unchanged.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.base)
        }
    }

    /// `GET` of a path or address, with an optional bearer token.
    #[must_use]
    pub fn get(&self, path: &str, bearer: Option<&str>) -> Reply {
        let authorization = bearer.map(|token| format!("Bearer {token}"));
        let headers: Vec<(&str, &str)> = authorization.iter().map(|value| ("Authorization", value.as_str())).collect();
        self.send("GET", path, &headers, None)
    }

    /// The status of a `GET` of the path. `None` if no server answers.
    #[must_use]
    pub fn try_status(&self, path: &str) -> Option<u16> {
        self.agent
            .run(Request::get(self.url(path)).body(()).unwrap())
            .ok()
            .map(|response| response.status().as_u16())
    }

    /// `POST` of JSON.
    #[must_use]
    pub fn post(&self, path: &str, bearer: Option<&str>, body: &Value) -> Reply {
        let authorization = bearer.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("Content-Type", "application/json")];
        headers.extend(authorization.iter().map(|value| ("Authorization", value.as_str())));
        self.send("POST", path, &headers, Some(body.to_string().as_bytes()))
    }

    /// Any request.
    #[must_use]
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Reply {
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = match body {
            Some(body) => self.agent.run(request.body(body).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        let response = sent.unwrap_or_else(|e| panic!("{method} {path}: {e}"));
        let (parts, mut body) = response.into_parts();
        let mut bytes = Vec::new();
        let cut = std::io::Read::read_to_end(&mut body.as_reader(), &mut bytes).is_err();
        Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: bytes,
            cut,
        }
    }
}
