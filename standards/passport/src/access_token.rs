//! Verified access tokens of the GA4GH AAI OIDC Profile.

use std::fmt;

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

/// A verified access token.
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
    /// * [`Reason::IdTokenNotAccepted`] if the token has claims of an ID token.
    /// * [`Reason::ScopeMissing`] if the token's type is only `JWT` and no scope shows that it is an access token.
    pub fn from_token(token: &VerifiedToken) -> Result<Self, Reason> {
        if token.kind() != TokenKind::AccessToken {
            return Err(Reason::WrongTokenType);
        }
        let payload = token.payload();
        if payload.contains_key(PASSPORT_CLAIM) || payload.contains_key(VISA_CLAIM) {
            return Err(Reason::AccessTokenWithGa4ghClaims);
        }
        if ["nonce", "at_hash", "c_hash", "s_hash"]
            .iter()
            .any(|name| payload.contains_key(*name))
        {
            return Err(Reason::IdTokenNotAccepted);
        }
        let scope = optional_string(payload, "scope", ClaimName::Scope)?;
        let typed_as_access_token = token.header().typ.as_deref().is_some_and(|typ| short_media_type(typ) == "at+jwt");
        if !typed_as_access_token && scope.is_none_or(str::is_empty) {
            return Err(Reason::ScopeMissing);
        }
        let client_id = match optional_string(payload, "client_id", ClaimName::ClientId)? {
            Some(id) => Some(id),
            None => optional_string(payload, "azp", ClaimName::ClientId)?,
        };
        if let Some(id) = client_id {
            checked_text(id, STRING_MAX_SCALARS, ClaimName::ClientId)?;
        }
        Ok(Self {
            claims: token.claims().clone(),
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
