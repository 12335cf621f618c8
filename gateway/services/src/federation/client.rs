//! The HTTP client for partners: it sends requests only to configured addresses and limits their time and size.

use std::path::Path;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde_json::Value;
use url::Url;

use super::dialect::{self, Dialect};
use super::member::MemberStatus;
use super::partner::{Partner, PartnerFault};
use super::partner_query::PartnerQuery;
use super::reply::{self, MAX_BYTES, MemberFinding};
use crate::outgoing::{ClientFault, Clients, TimeLimits};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The maximum length of a partner's token, in bytes.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// The client for all partners.
pub(super) struct Client {
    timeout: Duration,
    clients: Clients,
}

impl Client {
    pub(super) fn new(timeout: Duration, ca_file: Option<&Path>) -> Result<Self, PartnerFault> {
        let limits = TimeLimits {
            connect: timeout,
            read: None,
            // The deadline of the whole query comes first. This timeout only ends abandoned requests.
            total: timeout.saturating_mul(2),
        };
        let clients = Clients::new(limits, ca_file).map_err(|fault| match fault {
            ClientFault::CaFile => PartnerFault::CaFile,
            ClientFault::Client => PartnerFault::Client,
        })?;
        Ok(Self { timeout, clients })
    }

    /// Queries one partner, in the partner's own form of query. This function has no deadline of its own; its caller applies one.
    pub(super) async fn ask(&self, partner: &Partner, question: &PartnerQuery, with_token: bool) -> Result<MemberFinding, MemberStatus> {
        let client = self.clients.of(&partner.g_variants).ok_or(MemberStatus::Unreachable)?;
        let learned = partner.learned().dialect();
        let (dialects, address) = match (partner.configured_dialect(), learned) {
            (Some(configured), _) => (vec![configured], partner.g_variants.clone()),
            (None, Some(learned)) => (
                dialect::starting_with(Some(learned)),
                partner.learned().address().unwrap_or(partner.g_variants.clone()),
            ),
            (None, None) => self.described(client, partner).await,
        };
        let mut asked = false;
        for dialect in dialects {
            match self.ask_in(client, partner, question, (dialect, &address), with_token).await {
                Ok(found) => {
                    partner.learned().learn(dialect, &address);
                    return Ok(found);
                }
                Err(Attempt::NotUnderstood) => asked = true,
                Err(Attempt::CannotHold) => {}
                Err(Attempt::Failed(status)) => return Err(status),
            }
        }
        Err(if asked { MemberStatus::Refused } else { MemberStatus::Unsupported })
    }

    /// The forms of query to try and the address, from the partner's own descriptions (`service-info` or `info`, and `map`). Reading the
    /// descriptions may take a third of the timeout.
    async fn described(&self, client: &reqwest::Client, partner: &Partner) -> (Vec<Dialect>, Url) {
        let describe = async |name: &str| {
            let mut response = client.get(partner.description(name)?).header(ACCEPT, JSON).send().await.ok()?;
            if response.status() != 200 {
                return None;
            }
            serde_json::from_slice::<Value>(&whole(&mut response).await?).ok()
        };
        let about = async {
            match describe("service-info").await {
                Some(about) => Some(about),
                None => describe("info").await,
            }
        };
        let described = tokio::time::timeout(self.timeout / 3, async { tokio::join!(about, describe("map")) }).await;
        let (about, map) = described.unwrap_or((None, None));
        let named = map.as_ref().and_then(dialect::variants_address);
        let address = named.and_then(|named| partner.address_of(named));
        (
            dialect::starting_with(about.as_ref().and_then(dialect::likely)),
            address.unwrap_or_else(|| partner.g_variants.clone()),
        )
    }

    async fn ask_in(
        &self,
        client: &reqwest::Client,
        partner: &Partner,
        question: &PartnerQuery,
        (dialect, address): (Dialect, &Url),
        with_token: bool,
    ) -> Result<MemberFinding, Attempt> {
        let mut request = match question.body(dialect) {
            Some(body) => client.post(address.clone()).header(CONTENT_TYPE, JSON).body(body.to_owned()),
            None => {
                let mut address = address.clone();
                address.set_query(Some(question.query().ok_or(Attempt::CannotHold)?));
                client.get(address)
            }
        };
        request = request.header(ACCEPT, JSON);
        if let Some(path) = partner.token_file.as_deref().filter(|_| with_token) {
            // The token is read for each request, so that an operator can change it while the gateway runs. If the token cannot be read,
            // the partner is not queried: without a token the partner would give its public answer, which is wrong for a registered caller.
            let header = bearer(path).await.ok_or_else(|| {
                tracing::error!(partner = partner.id(), "the partner's token cannot be read");
                Attempt::Failed(MemberStatus::Unreachable)
            })?;
            request = request.header(AUTHORIZATION, header);
        }
        let failed = Attempt::Failed;
        let mut response = request.send().await.map_err(|_| failed(MemberStatus::Unreachable))?;
        match response.status().as_u16() {
            200 => {}
            // A Beacon that does not support a form of query answers with one of these status codes.
            400 | 404 | 405 | 415 | 422 | 501 => return Err(Attempt::NotUnderstood),
            401..=499 => return Err(failed(MemberStatus::Refused)),
            500..=599 => return Err(failed(MemberStatus::Unreachable)),
            _ => return Err(failed(MemberStatus::BadAnswer)),
        }
        let body = whole(&mut response).await.ok_or(failed(MemberStatus::BadAnswer))?;
        if question.has_parameters && reply::lost_the_parameters(&body) {
            return Err(Attempt::NotUnderstood);
        }
        reply::read(&body, question.counts).ok_or(failed(MemberStatus::BadAnswer))
    }
}

/// Why a query in one form got no answer.
enum Attempt {
    /// The partner does not support this form.
    NotUnderstood,
    /// This form cannot express the query.
    CannotHold,
    /// The query failed for a reason that applies to every form.
    Failed(MemberStatus),
}

/// The whole body of a response; absent if the connection breaks or the body is too large.
async fn whole(response: &mut reqwest::Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > MAX_BYTES {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
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
