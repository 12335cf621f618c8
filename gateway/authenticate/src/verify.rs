//! Signatures of passports, access tokens and visas, with the caches of what they proved.

use std::sync::Arc;

use futures::future::join_all;
use ga4gh_passport::{AccessToken, NumericDate, Passport, Reason, RegisteredClaims, TokenKind, UnverifiedToken, Visa};
use gemj_model::{Clock, Timestamp};

use crate::config::{BearerKind, ConfigFault, IssuerKind, TrustedIssuers};
use crate::fetch::Fetcher;
use crate::key_store::CachedKeySet;
use crate::signature;
use crate::token_cache::{TokenCache, TokenHash, token_hash};
use crate::trust::{IssuerTrust, Trust};

/// Token text that the cache of visas stands for, in bytes.
const VISA_CACHE_BYTES: usize = 32 * 1024 * 1024;
/// Token text that the cache of passports stands for, in bytes.
const PASSPORT_CACHE_BYTES: usize = 32 * 1024 * 1024;

/// Verifies tokens against the configured trust.
pub(crate) struct Verifier {
    pub(crate) trust: Trust,
    pub(crate) fetcher: Arc<Fetcher>,
    clock: Arc<dyn Clock>,
    visas: TokenCache<CachedVisa>,
    passports: TokenCache<CachedPassport>,
    pub(crate) userinfo: TokenCache<CachedUserInfo>,
}

/// A passport or an access token whose signature, times, audience and deny list were checked just now.
pub(crate) struct Credential {
    pub(crate) claims: RegisteredClaims,
    pub(crate) client_id: Option<String>,
    pub(crate) visas: Arc<Vec<VisaOutcome>>,
}

/// A visa with a valid signature, or why there is none.
#[derive(Clone)]
pub(crate) enum VisaOutcome {
    Signed(Arc<Visa>, Arc<IssuerTrust>),
    Ignored(Reason),
}

/// A key set and the state of it that proved something.
#[derive(Clone)]
struct Proof {
    key_set: Arc<CachedKeySet>,
    generation: u64,
}

struct CachedVisa {
    visa: Arc<Visa>,
    issuer: Arc<IssuerTrust>,
    proof: Proof,
}

struct CachedPassport {
    claims: RegisteredClaims,
    issuer: Arc<IssuerTrust>,
    visas: Arc<Vec<VisaOutcome>>,
    proofs: Vec<Proof>,
    /// The earliest end of the passport and of every visa that had not ended yet.
    ends_at: NumericDate,
}

/// What UserInfo said about an access token.
pub(crate) struct CachedUserInfo {
    pub(crate) visas: Vec<String>,
    pub(crate) asked_at: Timestamp,
}

impl Proof {
    /// Whether the keys are still those that proved it.
    async fn holds(&self) -> bool {
        self.key_set.generation().await == Ok(self.generation)
    }
}

impl Verifier {
    pub(crate) fn new(config: &TrustedIssuers, clock: Arc<dyn Clock>) -> Result<Self, ConfigFault> {
        let timeout = std::time::Duration::from_millis(u64::from(config.keys.timeout_ms));
        let fetcher = Arc::new(Fetcher::new(timeout, config.ca_file.as_deref())?);
        Ok(Self {
            trust: Trust::new(config, &fetcher, &clock)?,
            fetcher,
            clock,
            visas: TokenCache::new(VISA_CACHE_BYTES),
            passports: TokenCache::new(PASSPORT_CACHE_BYTES),
            userinfo: TokenCache::new(PASSPORT_CACHE_BYTES),
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A token of the Authorization header, by its `typ` a passport or an access token.
    pub(crate) async fn bearer(&self, token: &str) -> Result<Credential, Reason> {
        let hash = token_hash(token);
        if let Some(cached) = self.cached_passport(&hash).await {
            cached.issuer.check_bearer(BearerKind::Passport)?;
            return self.reuse(&cached);
        }
        let unverified = UnverifiedToken::parse_bearer(token)?;
        match unverified.kind() {
            TokenKind::Passport => {
                self.trust
                    .issuer(unverified.claimed_issuer(), IssuerKind::Broker)?
                    .check_bearer(BearerKind::Passport)?;
                self.fresh_passport(unverified, hash, token.len()).await
            }
            TokenKind::AccessToken => self.access_token(unverified, token, &hash).await,
            TokenKind::Visa => Err(Reason::WrongTokenType),
        }
    }

    /// A passport of a request body.
    pub(crate) async fn passport(&self, token: &str) -> Result<Credential, Reason> {
        let hash = token_hash(token);
        match self.cached_passport(&hash).await {
            Some(cached) => self.reuse(&cached),
            None => {
                self.fresh_passport(UnverifiedToken::parse(token, TokenKind::Passport)?, hash, token.len())
                    .await
            }
        }
    }

    /// The entry of exactly this token, if every key set that proved a part of it is unchanged.
    async fn cached_passport(&self, hash: &TokenHash) -> Option<Arc<CachedPassport>> {
        let cached = self.passports.get(hash)?;
        let ended = NumericDate::from_seconds(self.now().seconds()).is_none_or(|now| cached.ends_at <= now);
        let mut holds = !ended;
        for proof in &cached.proofs {
            holds = holds && proof.holds().await;
        }
        if !holds {
            self.passports.remove(hash);
        }
        holds.then_some(cached)
    }

    fn reuse(&self, cached: &CachedPassport) -> Result<Credential, Reason> {
        self.check_policy(&cached.claims, &cached.issuer)?;
        Ok(Credential {
            claims: cached.claims.clone(),
            client_id: None,
            visas: Arc::clone(&cached.visas),
        })
    }

    async fn fresh_passport(&self, token: UnverifiedToken<'_>, hash: TokenHash, token_bytes: usize) -> Result<Credential, Reason> {
        let issuer = Arc::clone(self.trust.issuer(token.claimed_issuer(), IssuerKind::Broker)?);
        issuer.check_algorithm(token.header().algorithm)?;
        let key_set = Arc::clone(issuer.own_keys()?);
        let (key, generation) = key_set.key(&token.header().key_id).await?;
        let verified = signature::verify(token, &key)?;
        self.check_policy(verified.claims(), &issuer)?;
        let passport = Passport::from_token(&verified)?;
        let (visas, mut proofs) = self.visas(&passport.visas).await;
        proofs.push(Proof { key_set, generation });
        let visas = Arc::new(visas);
        // What failed for want of the right key may succeed a moment later.
        let settled = |outcome: &VisaOutcome| {
            !matches!(
                outcome,
                VisaOutcome::Ignored(
                    Reason::KeyUnknown | Reason::KeysUnavailable | Reason::KeyAlgorithmMismatch | Reason::SignatureInvalid
                )
            )
        };
        if visas.iter().all(settled) {
            let ends_at = self.earliest_end(&passport.claims, &visas);
            let cached = CachedPassport {
                claims: passport.claims.clone(),
                issuer,
                visas: Arc::clone(&visas),
                proofs,
                ends_at,
            };
            self.passports.insert(hash, Arc::new(cached), token_bytes);
        }
        Ok(Credential {
            claims: passport.claims,
            client_id: None,
            visas,
        })
    }

    async fn access_token(&self, token: UnverifiedToken<'_>, text: &str, hash: &TokenHash) -> Result<Credential, Reason> {
        let issuer = Arc::clone(self.trust.issuer(token.claimed_issuer(), IssuerKind::AccessToken)?);
        issuer.check_bearer(BearerKind::AccessToken)?;
        issuer.check_algorithm(token.header().algorithm)?;
        let (key, _) = issuer.own_keys()?.key(&token.header().key_id).await?;
        let verified = signature::verify(token, &key)?;
        self.check_policy(verified.claims(), &issuer)?;
        let access = AccessToken::from_token(&verified)?;
        // Without the passport scope nothing but `aud` says that the token is meant for a service like this one.
        if !access.passport_scoped && issuer.audience.is_none() {
            return Err(Reason::AudienceMissing);
        }
        let visas = if access.passport_scoped {
            self.userinfo_visas(&issuer, &access, text, hash).await?
        } else {
            Vec::new()
        };
        let (visas, _) = self.visas(&visas).await;
        Ok(Credential {
            claims: access.claims,
            client_id: access.client_id,
            visas: Arc::new(visas),
        })
    }

    /// Steps 10 to 12, on every request: times, audience, deny list.
    fn check_policy(&self, claims: &RegisteredClaims, issuer: &IssuerTrust) -> Result<(), Reason> {
        let now = NumericDate::from_seconds(self.now().seconds()).ok_or(Reason::Expired)?;
        claims.validate_times(now, issuer.time_policy)?;
        claims.validate_audience(issuer.audience.as_deref())?;
        self.trust.check_deny_list(claims)
    }

    /// Each visa by itself, in order. They wait for their key sets side by side.
    async fn visas(&self, tokens: &[String]) -> (Vec<VisaOutcome>, Vec<Proof>) {
        let mut outcomes = Vec::with_capacity(tokens.len());
        let mut proofs: Vec<Proof> = Vec::new();
        for checked in join_all(tokens.iter().map(|token| self.visa(token))).await {
            match checked {
                Ok(cached) => {
                    let known =
                        |proof: &Proof| Arc::ptr_eq(&proof.key_set, &cached.proof.key_set) && proof.generation == cached.proof.generation;
                    if !proofs.iter().any(known) {
                        proofs.push(cached.proof.clone());
                    }
                    outcomes.push(VisaOutcome::Signed(Arc::clone(&cached.visa), Arc::clone(&cached.issuer)));
                }
                Err(reason) => outcomes.push(VisaOutcome::Ignored(reason)),
            }
        }
        (outcomes, proofs)
    }

    async fn visa(&self, token: &str) -> Result<Arc<CachedVisa>, Reason> {
        let hash = token_hash(token);
        if let Some(cached) = self.visas.get(&hash) {
            if cached.proof.holds().await {
                return Ok(cached);
            }
            self.visas.remove(&hash);
        }
        let unverified = UnverifiedToken::parse(token, TokenKind::Visa)?;
        let issuer = Arc::clone(self.trust.issuer(unverified.claimed_issuer(), IssuerKind::VisaIssuer)?);
        issuer.check_algorithm(unverified.header().algorithm)?;
        let key_set = Arc::clone(issuer.visa_keys(unverified.document_token_jku()?)?);
        let (key, generation) = key_set.key(&unverified.header().key_id).await?;
        let visa = Arc::new(Visa::from_token(&signature::verify(unverified, &key)?)?);
        let cached = Arc::new(CachedVisa {
            visa,
            issuer,
            proof: Proof { key_set, generation },
        });
        self.visas.insert(hash, Arc::clone(&cached), token.len());
        Ok(cached)
    }

    fn earliest_end(&self, passport: &RegisteredClaims, visas: &[VisaOutcome]) -> NumericDate {
        let now = self.now().seconds();
        let ends = visas.iter().filter_map(|outcome| match outcome {
            VisaOutcome::Signed(visa, _) => Some(visa.claims.expires_at).filter(|end| end.seconds() > now),
            VisaOutcome::Ignored(_) => None,
        });
        ends.fold(passport.expires_at, Ord::min)
    }
}
