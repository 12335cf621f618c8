//! All outgoing connections of this crate: requests to configured URLs and to the endpoints in discovery documents, with limits on time and size.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Certificate, Client, ClientBuilder, RequestBuilder, Response};
use thiserror::Error;
use url::{Host, Url, form_urlencoded};

use crate::config::ConfigFault;

/// The largest accepted key set or discovery document, in bytes.
pub(crate) const DOCUMENT_MAX_BYTES: usize = 256 * 1024;

/// A URL that the gateway may fetch: https, or http on a loopback host (for the demo and tests). The URL contains no user, password or fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FetchUrl(Url);

impl FetchUrl {
    /// Parses a URL. Absent if the gateway may not fetch it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let host = url.host()?;
        let allowed = match url.scheme() {
            "https" => true,
            "http" => is_loopback(&host),
            _ => false,
        };
        let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        (allowed && plain).then_some(Self(url))
    }

    /// The host of the URL, in the form in which `endpoint_hosts` compares hosts.
    pub(crate) fn host(&self) -> Option<&str> {
        self.0.host_str()
    }

    /// Whether two URLs have the same scheme, host and port.
    pub(crate) fn same_origin(&self, other: &Self) -> bool {
        self.0.origin() == other.0.origin()
    }

    fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// The reason why a fetch failed. The texts contain no URL and no token.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum FetchFault {
    /// The gateway has no TLS client, for example because the machine has no certificate authorities.
    #[error("no TLS client could be set up")]
    Client,
    /// The server is not reachable, TLS failed, the time limit passed, or the transfer broke off.
    #[error("the server did not answer in time or at all")]
    Transfer,
    /// The server answered with another status than 200. Redirects are not followed.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// The answer is larger than the limit.
    #[error("the answer is too large")]
    TooLarge,
    /// The answer is not the expected document.
    #[error("the answer is not the expected document")]
    Document,
    /// The discovery document places the endpoint on a host that is not allowed.
    #[error("the discovery document names a host that `endpoint_hosts` of the issuer does not list")]
    HostNotListed,
    /// The discovery document names a URL that the gateway never fetches.
    #[error("the discovery document names a URL that the gateway does not fetch")]
    UrlNotAllowed,
    /// The discovery document does not name the endpoint.
    #[error("the discovery document does not name the endpoint")]
    NotStated,
}

/// The answer to a posted form: status and body.
pub(crate) struct FormAnswer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// The body of an answer with status 200, and its media type.
pub(crate) struct Fetched {
    pub(crate) body: Vec<u8>,
    /// The media type in lower case, without parameters; empty if the answer states none.
    pub(crate) media_type: String,
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// The media types of a UserInfo answer (`OpenID Connect Core 1.0 § 5.3.2`).
const JSON_OR_JWT: HeaderValue = HeaderValue::from_static("application/json, application/jwt");

/// HTTP clients without proxy, redirects, cookies, decompression or retries.
pub(crate) struct Fetcher {
    timeout: Duration,
    extra_roots: Vec<Certificate>,
    http: Client,
    /// The client for https. It is created at first use, so that a machine without certificate authorities can still run the demo.
    https: OnceLock<Option<Client>>,
}

impl Fetcher {
    pub(crate) fn new(timeout: Duration, ca_file: Option<&Path>) -> Result<Self, ConfigFault> {
        let extra_roots = match ca_file {
            None => Vec::new(),
            Some(path) => {
                let pem = std::fs::read(path).map_err(|_| ConfigFault::CaFile)?;
                let roots = Certificate::from_pem_bundle(&pem).map_err(|_| ConfigFault::CaFile)?;
                if roots.is_empty() {
                    return Err(ConfigFault::CaFile);
                }
                roots
            }
        };
        let http = strict(timeout)
            .tls_certs_only(std::iter::empty())
            .build()
            .map_err(|_| ConfigFault::HttpClient)?;
        Ok(Self {
            timeout,
            extra_roots,
            http,
            https: OnceLock::new(),
        })
    }

    /// Fetches a URL with GET and returns the body of an answer with status 200.
    pub(crate) async fn get(&self, url: &FetchUrl, max_bytes: usize) -> Result<Vec<u8>, FetchFault> {
        let request = self.client(url)?.get(url.0.clone()).header(ACCEPT, JSON);
        Ok(fetched(request, max_bytes).await?.body)
    }

    /// Fetches a UserInfo answer with an access token.
    pub(crate) async fn get_userinfo(&self, url: &FetchUrl, token: &str, max_bytes: usize) -> Result<Fetched, FetchFault> {
        let request = self.client(url)?.get(url.0.clone()).header(ACCEPT, JSON_OR_JWT);
        let request = request.header(AUTHORIZATION, secret_header(&format!("Bearer {token}"))?);
        fetched(request, max_bytes).await
    }

    /// Sends a form with POST, with optional basic credentials (the text after `Basic `). Returns status and body, for every status.
    pub(crate) async fn post_form(
        &self,
        url: &FetchUrl,
        form: &[(&str, &str)],
        basic: Option<&str>,
        max_bytes: usize,
    ) -> Result<FormAnswer, FetchFault> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = self
            .client(url)?
            .post(url.0.clone())
            .header(ACCEPT, JSON)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
            .body(body);
        if let Some(credentials) = basic {
            request = request.header(AUTHORIZATION, secret_header(&format!("Basic {credentials}"))?);
        }
        let response = request.send().await.map_err(|_| FetchFault::Transfer)?;
        Ok(FormAnswer {
            status: response.status().as_u16(),
            body: read_body(response, max_bytes).await?,
        })
    }

    fn client(&self, url: &FetchUrl) -> Result<&Client, FetchFault> {
        if url.is_https() { self.https() } else { Ok(&self.http) }
    }

    fn https(&self) -> Result<&Client, FetchFault> {
        self.https
            .get_or_init(|| {
                strict(self.timeout)
                    .https_only(true)
                    .tls_certs_merge(self.extra_roots.clone())
                    .build()
                    .ok()
            })
            .as_ref()
            .ok_or(FetchFault::Client)
    }
}

async fn fetched(request: RequestBuilder, max_bytes: usize) -> Result<Fetched, FetchFault> {
    let response = request.send().await.map_err(|_| FetchFault::Transfer)?;
    if response.status().as_u16() != 200 {
        return Err(FetchFault::Status(response.status().as_u16()));
    }
    let stated = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = stated.and_then(|text| text.split(';').next()).unwrap_or_default();
    Ok(Fetched {
        media_type: media_type.trim().to_ascii_lowercase(),
        body: read_body(response, max_bytes).await?,
    })
}

fn secret_header(text: &str) -> Result<HeaderValue, FetchFault> {
    let mut value = HeaderValue::from_str(text).map_err(|_| FetchFault::Document)?;
    value.set_sensitive(true);
    Ok(value)
}

async fn read_body(mut response: Response, max_bytes: usize) -> Result<Vec<u8>, FetchFault> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| FetchFault::Transfer)? {
        if body.len() + chunk.len() > max_bytes {
            return Err(FetchFault::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn strict(timeout: Duration) -> ClientBuilder {
    Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(timeout)
        .timeout(timeout)
        .tls_backend_rustls()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_loopback_http_may_be_fetched() {
        for url in [
            "https://a.example/jwks",
            "http://127.0.0.1:9/x",
            "http://localhost/x",
            "http://[::1]:1/x",
            "http://127.5.5.5/",
        ] {
            assert!(FetchUrl::parse(url).is_some(), "{url}");
        }
        for url in [
            "http://a.example/jwks",
            "http://169.254.169.254/latest",
            "http://10.0.0.1/",
            "http://localhost.evil.example/",
            "https://good@evil.example/",
            "https://u:p@a.example/",
            "https://a.example/#x",
            "ftp://a.example/",
            "file:///etc/passwd",
            "data:application/json,{}",
            "//a.example/",
            "a.example",
            "",
        ] {
            assert!(FetchUrl::parse(url).is_none(), "{url}");
        }
    }
}
