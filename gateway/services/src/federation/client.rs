//! The way to partners: bounded POSTs to configured addresses.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Certificate, ClientBuilder};

use super::member::MemberStatus;
use super::partner::{Partner, PartnerFault};
use super::question::Question;
use super::reply::{self, Found, MAX_BYTES};

/// The longest token, in bytes.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// HTTP clients without proxy, redirects, cookies, decompression or retries.
pub(super) struct Client {
    timeout: Duration,
    extra_roots: Vec<Certificate>,
    http: reqwest::Client,
    /// Made at first use: a machine without certificate authorities can still ask its neighbours.
    https: OnceLock<Option<reqwest::Client>>,
}

impl Client {
    pub(super) fn new(timeout: Duration, ca_file: Option<&Path>) -> Result<Self, PartnerFault> {
        let extra_roots = match ca_file {
            None => Vec::new(),
            Some(path) => {
                let pem = std::fs::read(path).map_err(|_| PartnerFault::CaFile)?;
                Certificate::from_pem_bundle(&pem).map_err(|_| PartnerFault::CaFile)?
            }
        };
        let http = strict(timeout)
            .tls_certs_only(std::iter::empty())
            .build()
            .map_err(|_| PartnerFault::Client)?;
        Ok(Self {
            timeout,
            extra_roots,
            http,
            https: OnceLock::new(),
        })
    }

    /// Asks one partner. The caller sees to the deadline.
    pub(super) async fn ask(&self, partner: &Partner, question: &Question, with_token: bool) -> Result<Found, MemberStatus> {
        let client = match partner.g_variants.scheme() {
            "https" => self.https().ok_or(MemberStatus::Unreachable)?,
            _ => &self.http,
        };
        let mut request = client
            .post(partner.g_variants.clone())
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(question.body.clone());
        if let Some(path) = partner.token_file.as_deref().filter(|_| with_token) {
            // Read anew each time, so that a token can be changed under a running gateway. Without it the partner is not asked at all:
            // the public's answer in the place of a better one would be a wrong one.
            let header = bearer(path).await.ok_or_else(|| {
                tracing::error!(partner = partner.id(), "the partner's token cannot be read");
                MemberStatus::Unreachable
            })?;
            request = request.header(AUTHORIZATION, header);
        }
        let mut response = request.send().await.map_err(|_| MemberStatus::Unreachable)?;
        match response.status().as_u16() {
            200 => {}
            400..=499 => return Err(MemberStatus::Refused),
            500..=599 => return Err(MemberStatus::Unreachable),
            _ => return Err(MemberStatus::BadAnswer),
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| MemberStatus::BadAnswer)? {
            if body.len() + chunk.len() > MAX_BYTES {
                return Err(MemberStatus::BadAnswer);
            }
            body.extend_from_slice(&chunk);
        }
        reply::read(&body, question.counts).ok_or(MemberStatus::BadAnswer)
    }

    fn https(&self) -> Option<&reqwest::Client> {
        self.https
            .get_or_init(|| {
                strict(self.timeout)
                    .https_only(true)
                    .tls_certs_merge(self.extra_roots.clone())
                    .build()
                    .ok()
            })
            .as_ref()
    }
}

async fn bearer(path: &Path) -> Option<HeaderValue> {
    let path = path.to_owned();
    let text = tokio::task::spawn_blocking(move || std::fs::read_to_string(path))
        .await
        .ok()?
        .ok()?;
    let token = text.trim();
    if token.is_empty() || token.len() > MAX_TOKEN_BYTES {
        return None;
    }
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn strict(timeout: Duration) -> ClientBuilder {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(timeout)
        // The caller's deadline comes first; this one only ends what was left behind.
        .timeout(timeout.saturating_mul(2))
        .tls_backend_rustls()
}
