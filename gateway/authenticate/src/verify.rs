//! Verifies signatures of passports, access tokens and visas, and caches the results.

mod refused;
mod visas;

use std::sync::Arc;

use ga4gh_passport::{
    AccessToken, CompactJws, Identity, NumericDate, Passport, Reason, RegisteredClaims, TokenKind, UnverifiedToken, is_opaque_token,
};
use gemj_model::{Clock, Timestamp};

use crate::binding::{BindingFault, Confirmation};
use crate::config::{BearerKind, ConfigFault, IssuerKind, TrustedIssuers};
use crate::error::AuthError;
use crate::fetch::Fetcher;
use crate::key_store::CachedKeySet;
use crate::opaque::OpaqueAnswer;
use crate::signature;
use crate::token_answers::TokenAnswers;
use crate::token_cache::{TokenCache, TokenHash, token_hash};
use crate::trust::{IssuerTrust, Trust};
use crate::user_info::UserInfoVisas;
pub(crate) use refused::Refused;
use visas::CachedVisa;
pub(crate) use visas::VisaOutcome;

/// The limit of the cache of visas: the total token text of its entries, in bytes.
const VISA_CACHE_BYTES: usize = 32 * 1024 * 1024;
/// The limit of the cache of passports, of the cache of UserInfo answers and of the cache of exchanged passports, for each cache: the total
/// text of its entries, in bytes.
const PASSPORT_CACHE_BYTES: usize = 32 * 1024 * 1024;

/// Verifies tokens against the configured trust.
pub(crate) struct Verifier {
    pub(crate) trust: Trust,
    pub(crate) fetcher: Arc<Fetcher>,
    clock: Arc<dyn Clock>,
    visas: TokenCache<CachedVisa>,
    /// Passports that a caller presented or that a token exchange returned.
    passports: TokenCache<CachedPassport>,
    /// Passports inside UserInfo answers. They may have the `typ` `JWT`, so a presented passport never reads this cache.
    passports_of_userinfo: TokenCache<CachedPassport>,
    /// Cached UserInfo answers about access tokens.
    pub(crate) userinfo: TokenAnswers<UserInfoVisas>,
    pub(crate) exchanges: TokenAnswers<String>,
    /// Cached statements of an issuer about opaque access tokens.
    pub(crate) opaques: TokenAnswers<OpaqueAnswer>,
}

/// The audience that a passport may name.
#[derive(Clone, Copy)]
pub(crate) enum Audience<'a> {
    /// For a passport that a caller presents: a name of the gateway at the issuer.
    Shown,
    /// For a passport that the issuer returned on the gateway's own authenticated connection: no audience, a name of the gateway, or
    /// the gateway's `client_id` at the issuer.
    Obtained { client_id: &'a str },
    /// For a passport inside a UserInfo answer: any audience, because the audience of the access token was already checked.
    OfUserInfo,
}

/// A verified token of the Authorization header. The visas of an access token are not fetched yet, because the caller must first prove that
/// it is the token's holder.
pub(crate) enum Bearer {
    Passport(Credential),
    Access(VerifiedAccess),
}

/// An access token after the checks of signature, times, audience and deny list.
pub(crate) struct VerifiedAccess {
    pub(crate) access: AccessToken,
    pub(crate) issuer: Arc<IssuerTrust>,
    pub(crate) confirmation: Confirmation,
    pub(crate) hash: TokenHash,
    /// The UserInfo answer, if UserInfo stated the holder of an opaque token. Absent for every other token.
    pub(crate) userinfo: Option<Arc<UserInfoVisas>>,
}

impl Bearer {
    pub(crate) fn issuer(&self) -> &Arc<IssuerTrust> {
        match self {
            Self::Passport(credential) => &credential.issuer,
            Self::Access(verified) => &verified.issuer,
        }
    }

    pub(crate) fn confirmation(&self) -> &Confirmation {
        match self {
            Self::Passport(credential) => &credential.confirmation,
            Self::Access(verified) => &verified.confirmation,
        }
    }
}

/// A passport or an access token after the checks of signature, times, audience and deny list.
pub(crate) struct Credential {
    pub(crate) issuer: Arc<IssuerTrust>,
    pub(crate) confirmation: Confirmation,
    pub(crate) claims: RegisteredClaims,
    pub(crate) client_id: Option<String>,
    pub(crate) visas: Arc<Vec<VisaOutcome>>,
    /// The reason why an access token has no visas: UserInfo answered without the passport claim. Absent in all other cases.
    pub(crate) note: Option<Reason>,
    /// The identity of the access token for which the issuer returned this passport under another subject (pairwise subjects). Absent in all other
    /// cases.
    pub(crate) joined_to: Option<Identity>,
}

/// A proof that a signature was verified: the key set, and the generation of the key set at that time.
#[derive(Clone)]
struct Proof {
    key_set: Arc<CachedKeySet>,
    generation: u64,
}

pub(crate) struct CachedPassport {
    claims: RegisteredClaims,
    confirmation: Confirmation,
    issuer: Arc<IssuerTrust>,
    visas: Arc<Vec<VisaOutcome>>,
    proofs: Vec<Proof>,
    /// The earliest `exp` of the passport and of every visa that had not expired when the cache entry was made.
    ends_at: NumericDate,
}

impl Proof {
    /// Whether the key set is still at the generation that verified the signature.
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
            visas: TokenCache::new(VISA_CACHE_BYTES),
            passports: TokenCache::new(PASSPORT_CACHE_BYTES),
            passports_of_userinfo: TokenCache::new(PASSPORT_CACHE_BYTES),
            userinfo: TokenAnswers::new(PASSPORT_CACHE_BYTES, Arc::clone(&clock)),
            exchanges: TokenAnswers::new(PASSPORT_CACHE_BYTES, Arc::clone(&clock)),
            opaques: TokenAnswers::new(PASSPORT_CACHE_BYTES, Arc::clone(&clock)),
            clock,
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Verifies a token of the Authorization header. Its `typ` determines whether the token is a passport or an access token.
    pub(crate) async fn bearer(&self, token: &str) -> Result<Bearer, AuthError> {
        let hash = token_hash(token);
        if has_compact_form(token)
            && let Some(cached) = self.cached_passport(&hash, Audience::Shown).await
        {
            cached.issuer.check_bearer(BearerKind::Passport).map_err(AuthError::Bearer)?;
            return self
                .reuse(&cached, Audience::Shown)
                .map(Bearer::Passport)
                .map_err(AuthError::Bearer);
        }
        let verified = match self.trust.opaque_issuer() {
            Some(issuer) if is_opaque_token(token) => self.opaque_token(issuer, token, hash).await.map(Bearer::Access)?,
            Some(_) | None => self
                .fresh_bearer(token, hash)
                .await
                .map_err(|refused| refused.at(AuthError::Bearer))?,
        };
        if let Bearer::Access(verified) = &verified
            && verified.access.passport_scoped
            && verified.confirmation.is_bound()
            && verified.issuer.exchange.is_none()
        {
            // The gateway cannot present the bound token at UserInfo: UserInfo would refuse it as a bearer token, and the
            // holder's proof is valid for this request only.
            return Err(BindingFault::NeedsExchange.into());
        }
        Ok(verified)
    }

    async fn fresh_bearer(&self, token: &str, hash: TokenHash) -> Result<Bearer, Refused> {
        let unverified = UnverifiedToken::parse_bearer(token)?;
        match unverified.kind() {
            TokenKind::Passport => {
                self.trust
                    .issuer(unverified.claimed_issuer(), IssuerKind::Broker)?
                    .check_bearer(BearerKind::Passport)?;
                self.fresh_passport(unverified, token, hash, Audience::Shown)
                    .await
                    .map(Bearer::Passport)
            }
            TokenKind::AccessToken => self.access_token(unverified, token, hash).await.map(Bearer::Access),
            TokenKind::Visa => Err(Reason::WrongTokenType.into()),
        }
    }

    /// The credentials that a token of the Authorization header gives, after the caller has proved to be the token's holder. A passport is one
    /// credential. For an access token with the passport scope, the visas or the passport are obtained from the issuer.
    pub(crate) async fn credentials(&self, bearer: Bearer, token: &str) -> Result<Vec<Credential>, AuthError> {
        let verified = match bearer {
            Bearer::Passport(credential) => return Ok(vec![credential]),
            Bearer::Access(verified) => verified,
        };
        let mut visas = Arc::default();
        let (mut passport, mut note) = (None, None);
        if verified.access.passport_scoped {
            let (issuer, access) = (&verified.issuer, &verified.access);
            match &issuer.exchange {
                Some(exchange) => {
                    passport = Some(self.exchanged_passport(exchange, access, token, &verified.hash).await?);
                }
                None => {
                    let fetched = match &verified.userinfo {
                        Some(known) => Arc::clone(known),
                        None => self.userinfo_visas(issuer, access, token, &verified.hash).await?,
                    };
                    match fetched.as_ref() {
                        UserInfoVisas::Visas(fetched) => visas = Arc::new(self.visas(fetched).await.0),
                        UserInfoVisas::Passport(fetched) => passport = Some(self.passport_of_userinfo(issuer, access, fetched).await?),
                        UserInfoVisas::Absent => note = Some(Reason::UserInfoWithoutPassport),
                    }
                }
            }
        }
        let access = Credential {
            issuer: verified.issuer,
            confirmation: verified.confirmation,
            claims: verified.access.claims,
            client_id: verified.access.client_id,
            visas,
            note,
            joined_to: None,
        };
        Ok(std::iter::once(access).chain(passport).collect())
    }

    /// Verifies a passport from a request body, or a passport that the issuer returned.
    pub(crate) async fn passport(&self, token: &str, audience: Audience<'_>) -> Result<Credential, Refused> {
        let hash = token_hash(token);
        let cached = match has_compact_form(token) {
            true => self.cached_passport(&hash, audience).await,
            false => None,
        };
        match cached {
            Some(cached) => Ok(self.reuse(&cached, audience)?),
            None => {
                self.fresh_passport(UnverifiedToken::parse(token, TokenKind::Passport)?, token, hash, audience)
                    .await
            }
        }
    }

    /// The cache entry of exactly this token. Absent if the passport has expired, if one of its visas has expired since the entry was made, or
    /// if any key set that verified the passport or a visa has changed.
    pub(crate) async fn cached_passport(&self, hash: &TokenHash, audience: Audience<'_>) -> Option<Arc<CachedPassport>> {
        let cache = self.cache_of(audience);
        let cached = cache.get(hash)?;
        let ended = NumericDate::from_seconds(self.now().seconds()).is_none_or(|now| cached.ends_at <= now);
        let mut holds = !ended;
        for proof in &cached.proofs {
            holds = holds && proof.holds().await;
        }
        if !holds {
            cache.remove(hash);
        }
        holds.then_some(cached)
    }

    /// The cache of the passports that have this origin.
    fn cache_of(&self, audience: Audience<'_>) -> &TokenCache<CachedPassport> {
        match audience {
            Audience::Shown | Audience::Obtained { .. } => &self.passports,
            Audience::OfUserInfo => &self.passports_of_userinfo,
        }
    }

    pub(crate) fn reuse(&self, cached: &CachedPassport, audience: Audience<'_>) -> Result<Credential, Reason> {
        self.check_policy(&cached.claims, &cached.issuer, audience)?;
        Ok(Credential {
            issuer: Arc::clone(&cached.issuer),
            confirmation: cached.confirmation.clone(),
            claims: cached.claims.clone(),
            client_id: None,
            visas: Arc::clone(&cached.visas),
            note: None,
            joined_to: None,
        })
    }

    pub(crate) async fn fresh_passport(
        &self,
        token: UnverifiedToken<'_>,
        text: &str,
        hash: TokenHash,
        audience: Audience<'_>,
    ) -> Result<Credential, Refused> {
        let issuer = Arc::clone(self.trust.issuer(token.claimed_issuer(), IssuerKind::Broker)?);
        issuer.check_algorithm(token.header().algorithm)?;
        let key_set = Arc::clone(issuer.own_keys()?);
        let (key, generation) = key_set.key(&token.header().key_id).await?;
        let verified = signature::verify(token, &key)?;
        self.check_policy(verified.claims(), &issuer, audience)?;
        let confirmation = confirmation(text)?;
        let passport = Passport::from_token(&verified)?;
        let (visas, mut proofs) = self.visas(&passport.visas).await;
        proofs.push(Proof { key_set, generation });
        let visas = Arc::new(visas);
        // A visa that failed because of its key or signature may succeed a moment later, so the passport is
        // cached only if no visa failed for this reason.
        let settled = |outcome: &VisaOutcome| {
            !matches!(
                outcome,
                VisaOutcome::Ignored(
                    _,
                    Reason::KeyUnknown | Reason::KeysUnavailable | Reason::KeyAlgorithmMismatch | Reason::SignatureInvalid
                )
            )
        };
        if visas.iter().all(settled) {
            let ends_at = self.earliest_end(&passport.claims, &visas);
            let cached = CachedPassport {
                claims: passport.claims.clone(),
                confirmation: confirmation.clone(),
                issuer: Arc::clone(&issuer),
                visas: Arc::clone(&visas),
                proofs,
                ends_at,
            };
            self.cache_of(audience).insert(hash, Arc::new(cached), text.len());
        }
        Ok(Credential {
            issuer,
            confirmation,
            claims: passport.claims,
            client_id: None,
            visas,
            note: None,
            joined_to: None,
        })
    }

    async fn access_token(&self, token: UnverifiedToken<'_>, text: &str, hash: TokenHash) -> Result<VerifiedAccess, Refused> {
        let issuer = Arc::clone(self.trust.issuer(token.claimed_issuer(), IssuerKind::AccessToken)?);
        issuer.check_bearer(BearerKind::AccessToken)?;
        issuer.check_algorithm(token.header().algorithm)?;
        let (key, _) = issuer.own_keys()?.key(&token.header().key_id).await?;
        let verified = signature::verify(token, &key)?;
        self.check_policy(verified.claims(), &issuer, Audience::Shown)?;
        let access = AccessToken::from_token(&verified, issuer.nonce)?;
        check_meant_for_us(&access)?;
        Ok(VerifiedAccess {
            access,
            issuer,
            confirmation: confirmation(text)?,
            hash,
            userinfo: None,
        })
    }

    /// Checks the times, the audience and the deny list. These checks run on every request.
    pub(crate) fn check_policy(&self, claims: &RegisteredClaims, issuer: &IssuerTrust, audience: Audience<'_>) -> Result<(), Reason> {
        let now = NumericDate::from_seconds(self.now().seconds()).ok_or(Reason::Expired)?;
        claims.validate_times(now, issuer.time_policy)?;
        match (audience, &claims.audience) {
            (Audience::Shown, _) => issuer.check_audience(claims)?,
            (Audience::OfUserInfo, _) | (Audience::Obtained { .. }, None) => {}
            (Audience::Obtained { client_id }, Some(named)) if named.iter().any(|audience| audience == client_id) => {}
            (Audience::Obtained { .. }, Some(_)) => issuer.check_audience(claims)?,
        }
        self.trust.check_deny_list(claims)
    }

    fn earliest_end(&self, passport: &RegisteredClaims, visas: &[VisaOutcome]) -> NumericDate {
        let now = self.now().seconds();
        let ends = visas.iter().filter_map(|outcome| match outcome {
            VisaOutcome::Signed(visa, _) => Some(visa.claims.expires_at).filter(|end| end.seconds() > now),
            VisaOutcome::Ignored(..) => None,
        });
        ends.fold(passport.expires_at, Ord::min)
    }
}

/// Without the passport scope, only `aud` shows that an access token is meant for the gateway, so `aud` must be present. If present, its value was
/// already checked with the other claims.
pub(crate) fn check_meant_for_us(access: &AccessToken) -> Result<(), Reason> {
    if !access.passport_scoped && access.claims.audience.is_none() {
        return Err(Reason::AudienceMissing);
    }
    Ok(())
}

/// Whether a text has the form of a compact JWS: three parts in the alphabet of base64url. No other text is looked up in a cache of passports.
fn has_compact_form(token: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    token.bytes().all(plain) && token.split('.').count() == 3 && token.split('.').all(|part| !part.is_empty())
}

/// Reads the claim `cnf` of a token whose signature is valid.
fn confirmation(text: &str) -> Result<Confirmation, BindingFault> {
    let jws = CompactJws::parse(text, text.len()).map_err(|_| BindingFault::ConfirmationNotSupported)?;
    Confirmation::of_claims(&jws.payload)
}
