//! From credentials to a caller.

use std::sync::{Arc, PoisonError, RwLock};

use ga4gh_passport::{Reason, limits::PASSPORTS_MAX_COUNT};
use gemj_access::{Caller, CapabilityKey};
use gemj_model::Clock;

use crate::binding::{BindingFault, HolderCheck};
use crate::config::{ConfigFault, DenyList, TrustedIssuers};
use crate::error::AuthError;
use crate::evaluate;
use crate::presented::Presented;
use crate::smart::{self, IssuedToken, SmartClients, SmartFault, TokenRequest, VerifiedClient};
use crate::verify::{Audience, Verifier};

/// Establishes who is asking. Made once; shared by all requests. Its deny list and its whole configuration can be replaced while requests are
/// answered: each request is verified under the one that it began with.
pub struct Authenticator {
    current: RwLock<Arc<Current>>,
    /// Proofs that were seen are remembered across configurations: each is accepted once.
    holder: Arc<HolderCheck>,
    clock: Arc<dyn Clock>,
    token_endpoint: Option<(CapabilityKey, String)>,
}

/// What one configuration comes to.
struct Current {
    config: TrustedIssuers,
    verifier: Verifier,
    smart: SmartClients,
}

impl Current {
    fn new(config: &TrustedIssuers, holder: &Arc<HolderCheck>, clock: &Arc<dyn Clock>) -> Result<Self, ConfigFault> {
        let verifier = Verifier::new(config, Arc::clone(clock))?;
        let fetcher = Arc::clone(&verifier.fetcher);
        let smart = SmartClients::new(&config.clients, fetcher, Arc::clone(holder), Arc::clone(clock))?;
        smart.replace_bans(config.deny.bans());
        Ok(Self {
            config: config.clone(),
            verifier,
            smart,
        })
    }
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
        let holder = Arc::new(HolderCheck::new(config, Arc::clone(&clock)));
        Ok(Self {
            current: RwLock::new(Arc::new(Current::new(config, &holder, &clock)?)),
            holder,
            clock,
            token_endpoint: None,
        })
    }

    /// The same authenticator, which also gives tokens to the configured clients: sealed with the installation's key, at this endpoint
    /// (the whole URL, which their assertions must name as audience).
    #[must_use]
    pub fn with_token_endpoint(mut self, key: CapabilityKey, token_endpoint: String) -> Self {
        let current = self.current.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(current) = Arc::get_mut(current) {
            current.smart.seal_with(key.clone(), token_endpoint.clone());
        }
        self.token_endpoint = Some((key, token_endpoint));
        self
    }

    fn current(&self) -> Arc<Current> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Another configuration from now on: issuers, visas trusted, roles, clients, deny list; for every token of every request that begins after
    /// this. What was remembered of tokens and keys is forgotten, so that an issuer that does not answer now is one whose tokens are refused. False
    /// where it says the same as before but for the deny list, which is replaced then. The ages of proofs stay as they were.
    ///
    /// # Errors
    /// A [`ConfigFault`]; then nothing was replaced.
    pub fn replace(&self, config: &TrustedIssuers) -> Result<bool, ConfigFault> {
        let before = self.current();
        let same = TrustedIssuers {
            deny: before.config.deny.clone(),
            ..config.clone()
        } == before.config;
        if same {
            self.replace_deny_list(&config.deny);
            return Ok(false);
        }
        let mut made = Current::new(config, &self.holder, &self.clock)?;
        if let Some((key, token_endpoint)) = &self.token_endpoint {
            made.smart.seal_with(key.clone(), token_endpoint.clone());
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(made);
        Ok(true)
    }

    /// Checks a client's token request. The assertion is not yet used up: the caller remembers its digest until it expires, refuses it the
    /// second time, and only then asks for the token.
    ///
    /// # Errors
    /// A [`SmartFault`].
    pub async fn verify_client(&self, request: &TokenRequest) -> Result<VerifiedClient, SmartFault> {
        self.current().smart.verify(request).await
    }

    /// Binds the token that a verified client will get, before its assertion is used up: to the key that the DPoP header of its request
    /// proves, if there was one (the proof is used up with this), and to the certificate that it showed, where its entry demands that
    /// (`binding`). A client whose entry demands neither and that shows no proof comes back as it was.
    ///
    /// # Errors
    /// A [`BindingFault`]; the `error` of the answer is its [`BindingFault::token_error`].
    pub fn bind_client(
        &self,
        client: VerifiedClient,
        proof: Option<&str>,
        certificate: Option<&[u8]>,
    ) -> Result<VerifiedClient, BindingFault> {
        self.current().smart.bind(client, proof, certificate)
    }

    /// The token of a verified client.
    ///
    /// # Errors
    /// A [`SmartFault`].
    pub fn issue_token(&self, client: &VerifiedClient) -> Result<IssuedToken, SmartFault> {
        self.current().smart.issue(client)
    }

    /// Another deny list from now on: for every token of every request that begins after this, cached or not.
    pub fn replace_deny_list(&self, list: &DenyList) {
        let current = self.current();
        current.verifier.trust.replace_deny_list(list);
        current.smart.replace_bans(list.bans());
    }

    /// [`Self::verify`] of a bearer token (without the word) and passports, where nothing proves a binding: a token bound to a key or a
    /// certificate is refused.
    ///
    /// # Errors
    /// An [`AuthError`]: never an anonymous caller instead.
    pub async fn authenticate(&self, bearer: Option<&str>, passports: &[String]) -> Result<Caller, AuthError> {
        self.verify(&Presented::bearer(bearer, passports)).await
    }

    /// Verifies everything presented: the token of the Authorization header, that it is its holder who presents it, and the passports of the
    /// request body (`DRS 1.5 § PostObjectBody`). Nothing presented is an anonymous caller. All of it must hold, and all must be of one
    /// person. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// An [`AuthError`]: never an anonymous caller instead.
    pub async fn verify(&self, presented: &Presented<'_>) -> Result<Caller, AuthError> {
        let bearer = presented.authorization.map(|authorization| authorization.token);
        let passports = presented.passports;
        if bearer.is_none() && passports.is_empty() {
            return Ok(Caller::anonymous());
        }
        let current = self.current();
        let (verifier, smart) = (&current.verifier, &current.smart);
        if let Some(token) = bearer.filter(|token| token.starts_with(smart::TOKEN_PREFIX)) {
            // A system is no person: it has no passports to show.
            let known = smart.caller(token).filter(|_| passports.is_empty());
            let client = known.ok_or(AuthError::Bearer(Reason::SignatureInvalid))?;
            self.holder.check(&client.confirmation, client.binding, presented)?;
            return Ok(client.caller);
        }
        if passports.len() > PASSPORTS_MAX_COUNT {
            return Err(AuthError::Together(Reason::TooManyPassports));
        }
        let mut credentials = Vec::with_capacity(passports.len() + 2);
        if let Some(token) = bearer {
            let verified = verifier.bearer(token).await?;
            self.holder.check(verified.confirmation(), verified.issuer().binding, presented)?;
            credentials.extend(verifier.credentials(verified, token).await?);
        }
        for (index, token) in passports.iter().enumerate() {
            let at = |reason| AuthError::Passport {
                position: index + 1,
                reason,
            };
            let shown = verifier.passport(token, Audience::Shown).await;
            let credential = shown.map_err(|refused| refused.at(at))?;
            if credential.confirmation.is_bound() || !credential.issuer.binding.is_none() {
                return Err(BindingFault::InBody.into());
            }
            credentials.push(credential);
        }
        evaluate::caller(&verifier.trust, verifier.now(), &credentials).map_err(AuthError::Together)
    }
}
