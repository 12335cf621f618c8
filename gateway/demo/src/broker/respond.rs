//! The broker's HTTP responses, without an HTTP framework. The server sends these responses on the broker's own port.

use ga4gh_passport::{AccessToken, Algorithm, NonceRule, TokenKind, UnverifiedToken};
use gemj_model::Timestamp;
use jsonwebtoken::DecodingKey;
use serde::Serialize;

use super::tokens::Life;
use super::{Broker, jwks};
use crate::error::DemoError;
use crate::personas::Persona;

const JSON: &str = "application/json";

/// A response of the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerResponse {
    /// The HTTP status code.
    pub status: u16,
    /// The value of the header `Content-Type`.
    pub content_type: &'static str,
    /// The value of the header `WWW-Authenticate`; absent if the response does not have this header.
    pub www_authenticate: Option<&'static str>,
    /// The value of the header `Allow`; absent if the response does not have this header.
    pub allow: Option<&'static str>,
    /// The body of the response.
    pub body: String,
}

impl BrokerResponse {
    fn json(status: u16, body: String) -> Self {
        Self {
            status,
            content_type: JSON,
            www_authenticate: None,
            allow: None,
            body,
        }
    }

    fn error(status: u16, error: &str) -> Self {
        Self::json(status, format!(r#"{{"error":"{error}"}}"#))
    }

    fn unauthorized(www_authenticate: &'static str, error: &str) -> Self {
        Self {
            www_authenticate: Some(www_authenticate),
            ..Self::error(401, error)
        }
    }
}

/// The discovery document of the passport issuer (OpenID Connect Discovery 1.0 § 3).
#[derive(Serialize)]
struct Discovery {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    scopes_supported: [&'static str; 2],
    response_types_supported: [&'static str; 1],
    grant_types_supported: [&'static str; 1],
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [&'static str; 1],
    claims_supported: [&'static str; 2],
}

#[derive(Serialize)]
struct UserInfo {
    sub: String,
    ga4gh_passport_v1: Vec<String>,
}

/// The reasons why UserInfo returns no visas.
enum Refused {
    NoToken,
    InvalidToken,
    InsufficientScope,
}

impl Broker {
    /// Answers a request to the broker. `path` is relative to the base URL and starts with a slash; a query is ignored. `authorization` is
    /// the value of the `Authorization` header.
    #[must_use]
    pub fn respond(&self, method: &str, path: &str, authorization: Option<&str>, now: Timestamp) -> BrokerResponse {
        let path = path.split('?').next().unwrap_or(path);
        let get = matches!(method, "GET" | "HEAD");
        match path {
            "/.well-known/openid-configuration" | "/jwks" | "/visas/jwks" if !get => BrokerResponse {
                allow: Some("GET, HEAD"),
                ..BrokerResponse::error(405, "method_not_allowed")
            },
            "/.well-known/openid-configuration" => self.discovery(),
            "/jwks" => BrokerResponse::json(200, self.passport_jwks.clone()),
            "/visas/jwks" => BrokerResponse::json(200, self.visa_jwks.clone()),
            // UserInfo accepts GET and POST (OpenID Connect Core 1.0 § 5.3).
            "/userinfo" if !get && method != "POST" => BrokerResponse {
                allow: Some("GET, HEAD, POST"),
                ..BrokerResponse::error(405, "method_not_allowed")
            },
            "/userinfo" => self.user_info(authorization, now),
            // Discovery must name these endpoints, but the demo mints its tokens on the command line.
            "/authorize" | "/token" => BrokerResponse::error(501, "use_demo_passport"),
            _ => BrokerResponse::error(404, "not_found"),
        }
    }

    fn discovery(&self) -> BrokerResponse {
        let base = &self.base_url;
        let document = Discovery {
            issuer: base.clone(),
            authorization_endpoint: format!("{base}/authorize"),
            token_endpoint: format!("{base}/token"),
            userinfo_endpoint: format!("{base}/userinfo"),
            jwks_uri: format!("{base}/jwks"),
            scopes_supported: ["openid", "ga4gh_passport_v1"],
            response_types_supported: ["code"],
            grant_types_supported: ["authorization_code"],
            subject_types_supported: ["public"],
            id_token_signing_alg_values_supported: ["RS256"],
            claims_supported: ["sub", "ga4gh_passport_v1"],
        };
        match serde_json::to_string(&document) {
            Ok(body) => BrokerResponse::json(200, body),
            Err(_) => BrokerResponse::error(500, "server_error"),
        }
    }

    fn user_info(&self, authorization: Option<&str>, now: Timestamp) -> BrokerResponse {
        let (persona, ends) = match self.access_token_holder(authorization, now) {
            Ok(holder) => holder,
            Err(Refused::NoToken) => return BrokerResponse::unauthorized("Bearer", "token_required"),
            Err(Refused::InvalidToken) => {
                return BrokerResponse::unauthorized(r#"Bearer error="invalid_token""#, "invalid_token");
            }
            Err(Refused::InsufficientScope) => {
                return BrokerResponse {
                    www_authenticate: Some(r#"Bearer error="insufficient_scope", scope="openid ga4gh_passport_v1""#),
                    ..BrokerResponse::error(403, "insufficient_scope")
                };
            }
        };
        let life = Life {
            issued: now.seconds(),
            ends,
        };
        let body = self.visas(persona, life).and_then(|visas| {
            let info = UserInfo {
                sub: persona.subject(),
                ga4gh_passport_v1: visas,
            };
            serde_json::to_string(&info).map_err(DemoError::from)
        });
        match body {
            Ok(body) => BrokerResponse::json(200, body),
            Err(_) => BrokerResponse::error(500, "server_error"),
        }
    }

    /// The persona of an access token, and the end of the token's validity in seconds since 1970. Only tokens of this broker are accepted.
    fn access_token_holder(&self, authorization: Option<&str>, now: Timestamp) -> Result<(Persona, i64), Refused> {
        let (scheme, token) = authorization.and_then(|value| value.split_once(' ')).ok_or(Refused::NoToken)?;
        if !scheme.eq_ignore_ascii_case("Bearer") {
            return Err(Refused::NoToken);
        }
        let unverified = UnverifiedToken::parse(token.trim(), TokenKind::AccessToken).map_err(|_| Refused::InvalidToken)?;
        let key_matches = jwks::key_id(&self.passport_key).is_ok_and(|id| id == unverified.header().key_id);
        if !key_matches || unverified.claimed_issuer() != self.base_url {
            return Err(Refused::InvalidToken);
        }
        let jwk = jwks::public_jwk(&self.passport_key).map_err(|_| Refused::InvalidToken)?;
        let key = DecodingKey::from_jwk(&jwk).map_err(|_| Refused::InvalidToken)?;
        let verified = unverified
            .verify(|input| match input.algorithm {
                Algorithm::Rs256 => {
                    jsonwebtoken::crypto::verify(input.signature_base64url, input.signing_input, &key, jsonwebtoken::Algorithm::RS256)
                        .unwrap_or(false)
                }
                Algorithm::Es256 => false,
            })
            .map_err(|_| Refused::InvalidToken)?;
        let token = AccessToken::from_token(&verified, NonceRule::Reject).map_err(|_| Refused::InvalidToken)?;
        let ends = token.claims.expires_at.seconds();
        if ends <= now.seconds() {
            return Err(Refused::InvalidToken);
        }
        if !token.passport_scoped {
            return Err(Refused::InsufficientScope);
        }
        let persona = Persona::of_subject(&token.claims.identity.subject).ok_or(Refused::InvalidToken)?;
        Ok((persona, ends))
    }
}
