//! From credentials to a caller.

use std::sync::Arc;

use ga4gh_passport::{Reason, limits::PASSPORTS_MAX_COUNT};
use gemj_access::{Caller, CapabilityKey};
use gemj_model::Clock;

use crate::config::{ConfigFault, TrustedIssuers};
use crate::error::AuthError;
use crate::evaluate;
use crate::smart::{self, IssuedToken, SmartClients, SmartFault, TokenRequest, VerifiedClient};
use crate::verify::Verifier;

/// Establishes who is asking. Made once; shared by all requests. Its configuration never changes: a changed one is a new
/// authenticator, with empty caches.
pub struct Authenticator {
    verifier: Verifier,
    smart: SmartClients,
}

impl std::fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authenticator").finish_non_exhaustive()
    }
}

impl Authenticator {
    /// Checks the configuration and prepares the caches. Fetches nothing: an issuer that is down at the start is no reason not to
    /// start.
    ///
    /// # Errors
    /// A [`ConfigFault`].
    pub fn new(config: &TrustedIssuers, clock: Arc<dyn Clock>) -> Result<Self, ConfigFault> {
        let verifier = Verifier::new(config, Arc::clone(&clock))?;
        let smart = SmartClients::new(&config.clients, Arc::clone(&verifier.fetcher), clock)?;
        Ok(Self { verifier, smart })
    }

    /// The same authenticator, which also gives tokens to the configured clients: sealed with the installation's key, at this endpoint
    /// (the whole URL, which their assertions must name as audience).
    #[must_use]
    pub fn with_token_endpoint(mut self, key: CapabilityKey, token_endpoint: String) -> Self {
        self.smart.seal_with(key, token_endpoint);
        self
    }

    /// Checks a client's token request. The assertion is not yet used up: the caller remembers its digest until it expires, refuses it the
    /// second time, and only then asks for the token.
    ///
    /// # Errors
    /// A [`SmartFault`].
    pub async fn verify_client(&self, request: &TokenRequest) -> Result<VerifiedClient, SmartFault> {
        self.smart.verify(request).await
    }

    /// The token of a verified client.
    ///
    /// # Errors
    /// A [`SmartFault`].
    pub fn issue_token(&self, client: &VerifiedClient) -> Result<IssuedToken, SmartFault> {
        self.smart.issue(client)
    }

    /// Verifies everything presented: the token of `Authorization: Bearer` (without the word) and the passports of the request body
    /// (`DRS 1.5 § PostObjectBody`). Nothing presented is an anonymous caller. All of it must hold, and all must be of one person.
    /// Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// An [`AuthError`]: never an anonymous caller instead.
    pub async fn authenticate(&self, bearer: Option<&str>, passports: &[String]) -> Result<Caller, AuthError> {
        if bearer.is_none() && passports.is_empty() {
            return Ok(Caller::anonymous());
        }
        if let Some(token) = bearer.filter(|token| token.starts_with(smart::TOKEN_PREFIX)) {
            // A system is no person: it has no passports to show.
            let caller = self.smart.caller(token).filter(|_| passports.is_empty());
            return caller.ok_or(AuthError::Bearer(Reason::SignatureInvalid));
        }
        if passports.len() > PASSPORTS_MAX_COUNT {
            return Err(AuthError::Together(Reason::TooManyPassports));
        }
        let mut credentials = Vec::with_capacity(passports.len() + 1);
        if let Some(token) = bearer {
            credentials.push(self.verifier.bearer(token).await.map_err(AuthError::Bearer)?);
        }
        for (index, token) in passports.iter().enumerate() {
            let at = |reason| AuthError::Passport {
                position: index + 1,
                reason,
            };
            credentials.push(self.verifier.passport(token).await.map_err(at)?);
        }
        evaluate::caller(&self.verifier.trust, self.verifier.now(), &credentials).map_err(AuthError::Together)
    }
}
