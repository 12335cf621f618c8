//! Builds the caller of a request from the presented credentials.

use std::sync::{Arc, PoisonError, RwLock};

use ga4gh_passport::{Reason, limits::PASSPORTS_MAX_COUNT};
use gemj_access::{Caller, CapabilityKey};
use gemj_model::Clock;

use crate::binding::{BindingFault, HolderCheck};
use crate::config::{ConfigFault, DenyList, NamedFiles, TrustedIssuers};
use crate::error::{AuthError, ErrorNames};
use crate::evaluate;
use crate::presented::Presented;
use crate::smart::{self, IssuedToken, SmartClients, SmartFault, TokenRequest, VerifiedClient};
use crate::verify::{Audience, Verifier};

/// Verifies credentials and builds the caller. All requests share one authenticator. The deny list and the whole configuration can be replaced at run
/// time. Each request is verified with the configuration with which the request began.
pub struct Authenticator {
    current: RwLock<Arc<Current>>,
    /// The check of token bindings, with the memory of used DPoP proofs. The memory is kept when the configuration is replaced,
    /// because each proof is accepted only once.
    holder: Arc<HolderCheck>,
    clock: Arc<dyn Clock>,
    token_endpoint: Option<(CapabilityKey, String)>,
}

/// The objects built from one configuration.
struct Current {
    config: TrustedIssuers,
    files: NamedFiles,
    verifier: Verifier,
    smart: SmartClients,
}

impl Current {
    fn new(config: &TrustedIssuers, holder: &Arc<HolderCheck>, clock: &Arc<dyn Clock>) -> Result<Self, ConfigFault> {
        // The digests are taken first. If a file changes while the keys are read, the next replacement finds a difference.
        let files = NamedFiles::of(config);
        let verifier = Verifier::new(config, Arc::clone(clock))?;
        let fetcher = Arc::clone(&verifier.fetcher);
        let smart = SmartClients::new(&config.clients, fetcher, Arc::clone(holder), Arc::clone(clock))?;
        smart.replace_bans(config.deny.bans());
        Ok(Self {
            config: config.clone(),
            files,
            verifier,
            smart,
        })
    }
}

/// The numbers of key sets of the configured issuers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeySetNumbers {
    /// The key sets that the gateway holds and may use now.
    pub usable: usize,
    /// The key sets whose last fetch failed. Old keys may still be usable.
    pub failing: usize,
    /// The key sets that were not needed yet, or that became too old while no token needed them.
    pub absent: usize,
}

impl std::fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authenticator").finish_non_exhaustive()
    }
}

impl Authenticator {
    /// Checks the configuration and prepares the caches. The function fetches nothing, so that the gateway can start while an issuer is
    /// down.
    ///
    /// # Errors
    /// A [`ConfigFault`] if the configuration is not valid.
    pub fn new(config: &TrustedIssuers, clock: Arc<dyn Clock>) -> Result<Self, ConfigFault> {
        let holder = Arc::new(HolderCheck::new(config, Arc::clone(&clock)));
        Ok(Self {
            current: RwLock::new(Arc::new(Current::new(config, &holder, &clock)?)),
            holder,
            clock,
            token_endpoint: None,
        })
    }

    /// The numbers of key sets by state. The function fetches nothing.
    pub fn key_sets(&self) -> KeySetNumbers {
        let current = Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner));
        let mut numbers = KeySetNumbers::default();
        for set in current.verifier.trust.key_sets() {
            match (set.is_usable(), set.trouble().is_some()) {
                (_, true) => numbers.failing += 1,
                (true, false) => numbers.usable += 1,
                (false, false) => numbers.absent += 1,
            }
        }
        numbers
    }

    /// Returns this authenticator, which then also issues tokens to the configured clients. `key` is the installation's key and seals the tokens.
    /// `token_endpoint` is the whole URL of the token endpoint, which the clients' assertions must name as audience.
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

    /// Replaces the configuration (issuers, trusted visas, roles, clients, deny list) for every request that begins after this call. The caches of
    /// tokens and keys are dropped. If an issuer does not answer now, its tokens are therefore refused. If the new configuration differs only in the
    /// deny list or not at all, and the files that it names have the same contents, only the deny list is replaced, and the result is false. The limits for the age of DPoP proofs are never replaced.
    ///
    /// # Errors
    /// A [`ConfigFault`] if the new configuration is not valid. The old configuration then stays in use.
    pub fn replace(&self, config: &TrustedIssuers) -> Result<bool, ConfigFault> {
        let before = self.current();
        let same = TrustedIssuers {
            deny: before.config.deny.clone(),
            ..config.clone()
        } == before.config;
        if same && NamedFiles::of(config) == before.files {
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

    /// Checks a client's token request. This method does not mark the client's assertion as used. The calling code must remember the assertion's
    /// digest until the assertion expires, must refuse a second use, and only then calls [`Self::issue_token`].
    ///
    /// # Errors
    /// A [`SmartFault`].
    pub async fn verify_client(&self, request: &TokenRequest) -> Result<VerifiedClient, SmartFault> {
        self.current().smart.verify(request).await
    }

    /// Binds the future token of a verified client, before the assertion is marked as used. If the request contains a DPoP proof, the token is bound to
    /// the key of the proof, and the proof is used up. The token is bound to the client's certificate if the client's entry requires a certificate
    /// (`binding = mtls`), or requires any binding (`any`) and the request has no proof. If the entry requires no binding and the request has no
    /// proof, the client is returned unchanged.
    ///
    /// # Errors
    /// A [`BindingFault`]. [`BindingFault::token_error`] is the `error` of the answer to the client.
    pub fn bind_client(
        &self,
        client: VerifiedClient,
        proof: Option<&str>,
        certificate: Option<&[u8]>,
    ) -> Result<VerifiedClient, BindingFault> {
        self.current().smart.bind(client, proof, certificate)
    }

    /// Issues the token of a verified client.
    ///
    /// # Errors
    /// A [`SmartFault`].
    pub fn issue_token(&self, client: &VerifiedClient) -> Result<IssuedToken, SmartFault> {
        self.current().smart.issue(client)
    }

    /// Replaces the deny list for every request that begins after this call. Cached tokens are checked against the new list too.
    pub fn replace_deny_list(&self, list: &DenyList) {
        let current = self.current();
        current.verifier.trust.replace_deny_list(list);
        current.smart.replace_bans(list.bans());
    }

    /// Verifies a bearer token (without the scheme) and passports, like [`Self::verify`]. The request carries no proof of a binding, so a token that
    /// is bound to a key or a certificate is refused.
    ///
    /// # Errors
    /// An [`AuthError`]. Invalid credentials never give an anonymous caller.
    pub async fn authenticate(&self, bearer: Option<&str>, passports: &[String]) -> Result<Caller, AuthError> {
        self.verify(&Presented::bearer(bearer, passports)).await
    }

    /// The names for a refusal of these credentials: the issuer and the key id that the refused token claims, the rule, and the host of keys that
    /// cannot be fetched. The names are for the caller only, never for a log.
    #[must_use]
    pub fn names(&self, presented: &Presented<'_>, error: &AuthError) -> ErrorNames {
        ErrorNames::of(&self.current().verifier.trust, presented, error)
    }

    /// Verifies all credentials of a request: the token of the Authorization header, its binding to the caller, and the passports of the
    /// request body (`DRS 1.5 § PostObjectBody`). Without credentials, the caller is anonymous. All credentials must be valid, and all must
    /// belong to one person. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// An [`AuthError`]. Invalid credentials never give an anonymous caller.
    pub async fn verify(&self, presented: &Presented<'_>) -> Result<Caller, AuthError> {
        let bearer = presented.authorization.map(|authorization| authorization.token);
        let passports = presented.passports;
        if bearer.is_none() && passports.is_empty() {
            return Ok(Caller::anonymous());
        }
        let current = self.current();
        let (verifier, smart) = (&current.verifier, &current.smart);
        if let Some(token) = bearer.filter(|token| token.starts_with(smart::TOKEN_PREFIX)) {
            // A token of this gateway belongs to a system. A system is not a person, so a request with this token and passports is refused.
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
