//! Token exchange (RFC 8693): this gateway, as a client of an issuer, exchanges a passport-scoped access token for a passport (`AAI 1.2.1 §
//! Passport-Scoped Access Token to Passport exchange`).
//!
//! The passport is verified like a passport that a caller presents: issuer, key, signature, times, deny list. Its issuer and subject
//! must equal those of the access token, unless the configuration names another issuer or accepts another subject (pairwise subjects). If the passport names audiences, one of them must be a name of the gateway (`audience`,
//! `audiences`) or the gateway's `client_id` at the issuer.

use std::sync::Arc;

use ga4gh_passport::{AccessToken, Reason, limits::PASSPORT_MAX_BYTES, parse_json_object};
use gemj_model::ErrorKind;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::client_authentication::ClientAuthentication;
use crate::config::TokenExchange;
use crate::discovery::Discovery;
use crate::error::AuthError;
use crate::fetch::{FetchFault, FetchUrl, FormAnswer};
use crate::token_answers::{Ages, Weighed};
use crate::token_cache::{TokenHash, hash_for};
use crate::trouble::{LastTrouble, Trouble};
use crate::verify::{Audience, Credential, Refused, Verifier};

/// The value of `grant_type` in a token exchange (RFC 8693 § 2.1).
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// The token type of a passport-scoped access token (RFC 8693 § 3).
const ACCESS_TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:access_token";
/// The requested token type (`AAI 1.2.1`).
const PASSPORT_TYPE: &str = "urn:ga4gh:params:oauth:token-type:passport";
/// The largest accepted answer of a token endpoint, in bytes: a passport and the JSON around it.
const ANSWER_MAX_BYTES: usize = PASSPORT_MAX_BYTES + 16 * 1024;

/// The reason why an issuer's token endpoint returned no usable passport. The texts contain no part of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ExchangeFault {
    /// The endpoint did not answer, answered with an error that is not about the token, or did not answer as RFC 8693 requires.
    #[error("the issuer of the token cannot return a passport for it at the moment")]
    Unavailable,
    /// The endpoint refuses the token (RFC 8693 § 2.2.2: `invalid_request`; RFC 6749 § 5.2: `invalid_grant`).
    #[error("the issuer of the token refuses to return a passport for it")]
    Refused,
    /// The endpoint returned a token of another type than requested (`issued_token_type`), or no token.
    #[error("the issuer of the token returned a token that is not a passport")]
    NotAPassport,
    /// The passport belongs to another issuer or person than the access token.
    #[error("the issuer of the token returned the passport of another issuer or person")]
    OtherPerson,
    /// The passport is not valid.
    #[error("the passport that the issuer of the token returned: {0}")]
    Passport(Reason),
}

impl ExchangeFault {
    /// Every fault except [`ExchangeFault::Passport`].
    pub const OWN: [Self; 4] = [Self::Unavailable, Self::Refused, Self::NotAPassport, Self::OtherPerson];

    /// The stable kebab-case code of the fault.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unavailable => "token-exchange-unavailable",
            Self::Refused => "token-exchange-refused",
            Self::NotAPassport => "token-exchange-no-passport",
            Self::OtherPerson => "token-exchange-other-person",
            Self::Passport(reason) => reason.code(),
        }
    }

    pub(crate) fn kind(self) -> ErrorKind {
        match self {
            Self::Unavailable => ErrorKind::Unavailable,
            Self::Passport(reason) if reason.is_issuer_unavailable() => ErrorKind::Unavailable,
            Self::Refused | Self::NotAPassport | Self::OtherPerson | Self::Passport(_) => ErrorKind::Unauthenticated,
        }
    }
}

/// Token exchange at one issuer.
pub(crate) struct Exchange {
    endpoint: Endpoint,
    client: ClientAuthentication,
    /// Further parameters of the request: `resource`, `audience` and `scope`.
    parameters: Vec<(&'static str, String)>,
    /// The `iss` that the passports must have.
    passport_issuer: String,
    /// Whether the `sub` of the passport may differ from the `sub` of the access token.
    pairwise_subjects: bool,
    max_age_s: u32,
    /// The trouble at the last use of the token endpoint.
    pub(crate) trouble: LastTrouble,
}

/// The source of the token endpoint's URL.
enum Endpoint {
    /// The URL is configured.
    Url(FetchUrl),
    /// The URL is in the issuer's discovery document.
    Discovered(Arc<Discovery>),
}

impl Exchange {
    /// Prepares token exchange at one issuer. Absent if the secret cannot be read, or if the gateway may not fetch the configured URL.
    pub(crate) fn new(config: &TokenExchange, issuer: &str, discovery: &Arc<Discovery>) -> Option<Self> {
        let endpoint = match &config.token_url {
            Some(url) => Endpoint::Url(FetchUrl::parse(url)?),
            None => Endpoint::Discovered(Arc::clone(discovery)),
        };
        let values = |name, list: &[String]| list.iter().map(|value| (name, value.clone())).collect::<Vec<_>>();
        let mut parameters = values("resource", &config.resource);
        parameters.extend(values("audience", &config.audience));
        parameters.extend(config.scope.iter().map(|scope| ("scope", scope.clone())));
        Some(Self {
            endpoint,
            client: ClientAuthentication::new(config.client(), issuer)?,
            parameters,
            passport_issuer: config.passport_issuer.as_deref().unwrap_or(issuer).to_owned(),
            pairwise_subjects: config.pairwise_subjects,
            max_age_s: config.max_age_s,
            trouble: LastTrouble::default(),
        })
    }

    /// The gateway's `client_id` at the issuer.
    pub(crate) fn client_id(&self) -> &str {
        self.client.id()
    }

    /// The `iss` that the passports of this exchange must have.
    pub(crate) fn passport_issuer(&self) -> &str {
        &self.passport_issuer
    }

    async fn endpoint(&self) -> Result<FetchUrl, Trouble> {
        match &self.endpoint {
            Endpoint::Url(url) => Ok(url.clone()),
            Endpoint::Discovered(discovery) => {
                let found = discovery.endpoints().await.map_err(|fault| Trouble {
                    fault,
                    host: discovery.host(),
                })?;
                found.token
            }
        }
    }
}

impl Verifier {
    /// The passport that the issuer returns for a verified access token. The exchange runs at most once for each token within the configured time. If
    /// the cached passport is no longer valid, the exchange runs again.
    pub(crate) async fn exchanged_passport(
        &self,
        exchange: &Exchange,
        access: &AccessToken,
        token: &str,
        hash: &TokenHash,
    ) -> Result<Credential, AuthError> {
        let ages = Ages {
            good_s: exchange.max_age_s,
            bad_s: self.trust.keys.min_refresh_interval_s,
        };
        // With pairwise subjects, the passport itself does not show to which subject of the token it belongs.
        let hash = &hash_for(hash, &access.claims.identity);
        let ask = || async {
            let passport = self.exchange(exchange, token).await?;
            // If the new passport is not valid, the failure is cached, so that the exchange is not repeated for every request.
            self.obtained(exchange, access, &passport).await?;
            Ok(Weighed {
                bytes: passport.len(),
                value: passport,
            })
        };
        let (passport, just_asked) = self.exchanges.get(hash, ages, ask()).await;
        let first = self.obtained(exchange, access, &passport?).await;
        if first.is_ok() || just_asked {
            return first;
        }
        // The cached passport is no longer valid, for example because it has expired or the issuer has changed its keys.
        self.exchanges.forget(hash);
        let (passport, _) = self.exchanges.get(hash, ages, ask()).await;
        self.obtained(exchange, access, &passport?).await
    }

    async fn obtained(&self, exchange: &Exchange, access: &AccessToken, passport: &str) -> Result<Credential, AuthError> {
        let audience = Audience::Obtained {
            client_id: exchange.client_id(),
        };
        let refused = |refused: Refused| refused.at(|reason| ExchangeFault::Passport(reason).into());
        let credential = self.passport(passport, audience).await.map_err(refused)?;
        let (of_token, of_passport) = (&access.claims.identity, &credential.claims.identity);
        if of_passport == of_token {
            return Ok(credential);
        }
        // The issuer returned this passport in exchange for the token, on a connection that the gateway made and authenticated. This is its statement
        // that both subjects are one person. The operator must have configured that the gateway believes it.
        if exchange.pairwise_subjects && of_passport.issuer == exchange.passport_issuer {
            return Ok(Credential {
                joined_to: Some(of_token.clone()),
                ..credential
            });
        }
        Err(ExchangeFault::OtherPerson.into())
    }

    async fn exchange(&self, exchange: &Exchange, token: &str) -> Result<String, AuthError> {
        let unavailable = |Trouble { fault, host }: Trouble| {
            tracing::warn!(%fault, host, "a token endpoint did not answer as expected");
            exchange.trouble.failed(fault, host);
            ExchangeFault::Unavailable
        };
        let url = exchange.endpoint().await.map_err(unavailable)?;
        let authentication = exchange.client.prove(self.now()).await.ok_or_else(|| {
            tracing::error!("the secret or private key for token exchange cannot be read");
            ExchangeFault::Unavailable
        })?;
        let mut form = vec![
            ("grant_type", GRANT_TYPE),
            ("requested_token_type", PASSPORT_TYPE),
            ("subject_token", token),
            ("subject_token_type", ACCESS_TOKEN_TYPE),
        ];
        form.extend(exchange.parameters.iter().map(|(name, value)| (*name, value.as_str())));
        form.extend(authentication.form.iter().map(|(name, value)| (*name, value.as_str())));
        let trouble = |fault| Trouble {
            fault,
            host: url.host().unwrap_or_default().to_owned(),
        };
        let answer = self
            .fetcher
            .post_form(&url, &form, authentication.basic.as_deref(), ANSWER_MAX_BYTES)
            .await
            .map_err(|fault| unavailable(trouble(fault)))?;
        let passport = read_answer(&answer);
        if passport == Err(ExchangeFault::Unavailable) {
            let fault = match answer.status {
                200 => FetchFault::Document,
                status => FetchFault::Status(status),
            };
            exchange.trouble.failed(fault, trouble(fault).host);
        }
        Ok(passport?)
    }
}

/// Reads the passport from the answer of the token endpoint (RFC 8693 § 2.2).
fn read_answer(answer: &FormAnswer) -> Result<String, ExchangeFault> {
    let document = parse_json_object(&answer.body);
    let text = |document: &Map<String, Value>, name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
    if answer.status != 200 {
        let error = document.ok().and_then(|document| text(&document, "error")).unwrap_or_default();
        return Err(match (answer.status, error.as_str()) {
            (400, "invalid_request" | "invalid_grant") => ExchangeFault::Refused,
            (status, "invalid_client" | "unauthorized_client" | "unsupported_grant_type" | "invalid_target" | "invalid_scope") => {
                tracing::error!(
                    status,
                    "an issuer does not allow this gateway to exchange tokens: check the registration of the gateway there"
                );
                ExchangeFault::Unavailable
            }
            (status, _) => {
                tracing::warn!(status, "a token endpoint answered with an error");
                ExchangeFault::Unavailable
            }
        });
    }
    let document = document.map_err(|_| ExchangeFault::Unavailable)?;
    if document.get("issued_token_type").and_then(Value::as_str) != Some(PASSPORT_TYPE) {
        return Err(ExchangeFault::NotAPassport);
    }
    text(&document, "access_token").ok_or(ExchangeFault::NotAPassport)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn read(status: u16, body: &str) -> Result<String, ExchangeFault> {
        read_answer(&FormAnswer {
            status,
            body: body.as_bytes().to_vec(),
        })
    }

    #[test]
    fn only_an_answer_with_a_passport_is_accepted() {
        let good = json!({"access_token": "a.b.c", "issued_token_type": PASSPORT_TYPE, "token_type": "N_A", "refresh_token": "no"});
        assert_eq!(read(200, &good.to_string()).unwrap(), "a.b.c");
        for issued in [
            json!(ACCESS_TOKEN_TYPE),
            json!(null),
            json!([PASSPORT_TYPE]),
            json!("URN:GA4GH:params:oauth:token-type:passport"),
        ] {
            let mut other = good.clone();
            other["issued_token_type"] = issued;
            assert_eq!(read(200, &other.to_string()), Err(ExchangeFault::NotAPassport), "{other}");
        }
        let mut untyped = good.clone();
        untyped.as_object_mut().unwrap().remove("issued_token_type");
        assert_eq!(read(200, &untyped.to_string()), Err(ExchangeFault::NotAPassport));
        let mut empty = good.clone();
        empty["access_token"] = json!({"token": "a.b.c"});
        assert_eq!(read(200, &empty.to_string()), Err(ExchangeFault::NotAPassport));
        let twice = good.to_string().replacen('{', "{\"access_token\":\"x\",", 1);
        assert_eq!(read(200, &twice), Err(ExchangeFault::Unavailable));
        for none in ["", "a.b.c", "[]", "null", "<html>"] {
            assert_eq!(read(200, none), Err(ExchangeFault::Unavailable), "{none}");
        }
    }

    #[test]
    fn errors_about_the_token_differ_from_errors_about_the_gateway() {
        for error in ["invalid_request", "invalid_grant"] {
            assert_eq!(read(400, &json!({"error": error}).to_string()), Err(ExchangeFault::Refused));
        }
        for (status, body) in [
            (401, json!({"error": "invalid_client"}).to_string()),
            (400, json!({"error": "unauthorized_client"}).to_string()),
            (400, json!({"error": "invalid_target"}).to_string()),
            (400, "<html>".to_owned()),
            (429, String::new()),
            (500, json!({"error": "invalid_grant"}).to_string()),
            (302, String::new()),
            (
                201,
                json!({"access_token": "a.b.c", "issued_token_type": PASSPORT_TYPE}).to_string(),
            ),
        ] {
            assert_eq!(read(status, &body), Err(ExchangeFault::Unavailable), "{status} {body}");
        }
    }
}
