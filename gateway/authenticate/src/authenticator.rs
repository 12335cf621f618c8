//! From credentials to a caller.

use std::sync::Arc;

use ga4gh_passport::{Reason, limits::PASSPORTS_MAX_COUNT};
use gemj_access::Caller;
use gemj_model::Clock;

use crate::config::{ConfigFault, TrustedIssuers};
use crate::error::AuthError;
use crate::evaluate;
use crate::verify::Verifier;

/// Establishes who is asking. Made once; shared by all requests. Its configuration never changes: a changed one is a new
/// authenticator, with empty caches.
pub struct Authenticator {
    verifier: Verifier,
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
        Ok(Self {
            verifier: Verifier::new(config, clock)?,
        })
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
