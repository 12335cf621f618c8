//! Verified access tokens of the GA4GH AAI OIDC Profile.

use std::fmt;

use serde_json::{Map, Value};

use crate::header::{checked_text, optional_string};
use crate::limits::STRING_MAX_SCALARS;
use crate::passport::PASSPORT_CLAIM;
use crate::reason::{ClaimName, Reason};
use crate::registered_claims::RegisteredClaims;
use crate::token::{VerifiedToken, has_scope};
use crate::token_kind::{TokenKind, short_media_type};
use crate::visa::VISA_CLAIM;

/// The scope that makes an access token passport-scoped (`AAI 1.2.1 § Passport-Scoped Access Token`).
pub const PASSPORT_SCOPE: &str = "ga4gh_passport_v1";

/// Whether an access token with the claim `nonce` is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonceRule {
    /// A token with `nonce` is rejected, because `nonce` is a claim of ID tokens (`OpenID Connect Core 1.0 § 2`).
    Reject,
    /// A token with `nonce` is accepted if the token states that it is an access token: its header has `typ` `at+jwt`, or its claims have
    /// `typ` `Bearer`. Keycloak before version 25 puts `nonce` into access tokens, and marks them with the claim `typ` (`Bearer`; `ID` in ID
    /// tokens).
    AcceptIfMarked,
}

/// A verified access token, or the statement of an issuer about an opaque access token.
#[derive(Clone)]
pub struct AccessToken {
    /// The registered claims of the access token (`iss`, `sub`, `exp` and others).
    pub claims: RegisteredClaims,
    /// Whether `scope` contains both `openid` and `ga4gh_passport_v1`. UserInfo then returns visas for the token.
    pub passport_scoped: bool,
    /// `client_id` (`RFC 9068 § 2.2`), or `azp` if `client_id` is absent; `None` if both are absent.
    pub client_id: Option<String>,
}

impl AccessToken {
    /// Makes an access token from a token with a valid signature.
    ///
    /// # Errors
    /// * [`Reason::WrongTokenType`] if the token is not an access token but, for example, a passport.
    /// * [`Reason::AccessTokenWithGa4ghClaims`] if the token contains visas. The token is then a visa, or its issuer violates the profile.
    /// * [`Reason::IdTokenNotAccepted`] if the token has claims of an ID token. [`NonceRule`] decides about `nonce`.
    /// * [`Reason::ScopeMissing`] if the token's type is only `JWT` and no scope shows that it is an access token.
    pub fn from_token(token: &VerifiedToken, nonce: NonceRule) -> Result<Self, Reason> {
        if token.kind() != TokenKind::AccessToken {
            return Err(Reason::WrongTokenType);
        }
        let payload = token.payload();
        if payload.contains_key(PASSPORT_CLAIM) || payload.contains_key(VISA_CLAIM) {
            return Err(Reason::AccessTokenWithGa4ghClaims);
        }
        if ["at_hash", "c_hash", "s_hash"].iter().any(|name| payload.contains_key(*name)) {
            return Err(Reason::IdTokenNotAccepted);
        }
        let scope = optional_string(payload, "scope", ClaimName::Scope)?;
        let typed_as_access_token = token.header().typ.as_deref().is_some_and(|typ| short_media_type(typ) == "at+jwt");
        if payload.contains_key("nonce") {
            let marked = typed_as_access_token || payload.get("typ").and_then(Value::as_str) == Some("Bearer");
            if nonce == NonceRule::Reject || !marked {
                return Err(Reason::IdTokenNotAccepted);
            }
        }
        if !typed_as_access_token && scope.is_none_or(str::is_empty) {
            return Err(Reason::ScopeMissing);
        }
        Self::from_claims(token.claims().clone(), payload)
    }

    /// Reads `scope` and `client_id` of an access token from its claims, or from the issuer's statement about the token.
    pub(crate) fn from_claims(claims: RegisteredClaims, payload: &Map<String, Value>) -> Result<Self, Reason> {
        let client_id = match optional_string(payload, "client_id", ClaimName::ClientId)? {
            Some(id) => Some(id),
            None => optional_string(payload, "azp", ClaimName::ClientId)?,
        };
        if let Some(id) = client_id {
            checked_text(id, STRING_MAX_SCALARS, ClaimName::ClientId)?;
        }
        Ok(Self {
            claims,
            passport_scoped: has_scope(payload, "openid")? && has_scope(payload, PASSPORT_SCOPE)?,
            client_id: client_id.map(str::to_owned),
        })
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("passport_scoped", &self.passport_scoped)
            .finish_non_exhaustive()
    }
}
