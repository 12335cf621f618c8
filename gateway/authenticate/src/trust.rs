//! The configuration of trust, in a form for fast look-ups.

pub(crate) mod statements;
mod visa_rule;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use ga4gh_passport::{Algorithm, AudiencePolicy, Identity, Leeway, NonceRule, Reason, RegisteredClaims, TimePolicy};
use gemj_access::Mark;
use gemj_model::{Clock, Timestamp};

use crate::config::{
    AcceptedAlgorithm, BearerKind, Binding, ConfigFault, DenyList, IssuerKind, KeyFetching, TrustedIssuer, TrustedIssuers,
};
use crate::discovery::Discovery;
use crate::exchange::Exchange;
use crate::fetch::{FetchUrl, Fetcher};
use crate::jwk::KeySet;
use crate::key_store::{CachedKeySet, KeySource};
use crate::opaque::Opaque;
use crate::roles::RoleTable;
use crate::trouble::LastTrouble;
use visa_rule::VisaRule;

/// The whole checked configuration, with the key sets of every issuer.
pub(crate) struct Trust {
    issuers: HashMap<String, Arc<IssuerTrust>>,
    /// The one issuer that is asked about opaque tokens; absent if opaque tokens are refused.
    opaque_issuer: Option<Arc<IssuerTrust>>,
    denied: RwLock<Denied>,
    pub(crate) roles: RoleTable,
    pub(crate) registered_access_values: Vec<String>,
    pub(crate) visas_of_holder_only: bool,
    pub(crate) keys: KeyFetching,
}

/// The deny list, in a form for fast look-ups.
#[derive(Default)]
struct Denied {
    tokens: HashSet<(String, String)>,
    subjects: HashSet<Identity>,
    issuers: HashSet<String>,
}

impl From<&DenyList> for Denied {
    fn from(list: &DenyList) -> Self {
        Self {
            tokens: list.tokens.iter().map(|t| (t.issuer.clone(), t.jti.clone())).collect(),
            subjects: list.subjects.iter().map(|s| Identity::new(&s.issuer, &s.subject)).collect(),
            issuers: list.issuers.iter().cloned().collect(),
        }
    }
}

/// The trust in one issuer, and the sources of its keys and visas.
pub(crate) struct IssuerTrust {
    kinds: Vec<IssuerKind>,
    algorithms: Vec<Algorithm>,
    /// The names of the gateway at the issuer. `aud` must contain one of these names.
    audiences: Vec<String>,
    /// Whether the issuer's passports and passport-scoped access tokens may omit `aud`.
    without_audience: bool,
    bearer: Vec<BearerKind>,
    pub(crate) time_policy: TimePolicy,
    visa_rules: Vec<VisaRule>,
    /// The marks of trust on which every token of the issuer rests.
    marks: Vec<Mark>,
    /// The marks of trust of the `jku` of the issuer's visas.
    jku_marks: Vec<Mark>,
    /// The issuer's keys for passports and access tokens. Absent if the issuer issues only visas and has neither `jwks_file` nor `jwks_url`.
    own_keys: Option<Arc<CachedKeySet>>,
    visa_keys: VisaKeys,
    pub(crate) userinfo: Option<UserInfoLocation>,
    /// The trouble at the last use of UserInfo.
    pub(crate) userinfo_trouble: LastTrouble,
    /// The exchange of the issuer's access tokens for passports; absent if the visas of these tokens come from UserInfo.
    pub(crate) exchange: Option<Exchange>,
    /// How the holder of an opaque access token is found; absent if opaque tokens are refused.
    pub(crate) opaque: Option<Opaque>,
    /// Whether access tokens may have the claim `nonce`.
    pub(crate) nonce: NonceRule,
    /// Whether visa access tokens are accepted. Their keys are `own_keys`.
    visa_access_tokens: bool,
    /// Whether visa access tokens may lack `typ`.
    visa_access_tokens_without_typ: bool,
    /// The member of the UserInfo answer that contains a whole passport; absent if the visas are in `ga4gh_passport_v1`.
    pub(crate) userinfo_passport_claim: Option<String>,
    /// The binding that the issuer's bearer tokens must have.
    pub(crate) binding: Binding,
}

/// The keys for an issuer's visas.
enum VisaKeys {
    /// The key sets by `jku`. The `jku` of a visa is compared as a whole string.
    ByJku(HashMap<String, Arc<CachedKeySet>>),
    /// The keys come from a configured file. A visa must still have a `jku`, but nothing is fetched from it. If an allow-list is
    /// configured too, the `jku` must be on that list.
    OutOfBand { keys: Arc<CachedKeySet>, jku: HashSet<String> },
}

/// The source of the UserInfo endpoint's URL.
pub(crate) enum UserInfoLocation {
    /// The URL is configured.
    Url(FetchUrl),
    /// The URL is in the issuer's discovery document.
    Discovered(Arc<Discovery>),
}

impl Trust {
    /// Every key set of every issuer. A key set that two issuers share occurs twice.
    pub(crate) fn key_sets(&self) -> impl Iterator<Item = &Arc<CachedKeySet>> {
        self.issuers.values().flat_map(|issuer| issuer.key_sets())
    }

    pub(crate) fn new(config: &TrustedIssuers, fetcher: &Arc<Fetcher>, clock: &Arc<dyn Clock>) -> Result<Self, ConfigFault> {
        config.check()?;
        let leeway = Leeway::from_seconds(config.clock_leeway_s).ok_or(ConfigFault::Leeway)?;
        let mut issuers = HashMap::new();
        for (index, issuer) in config.issuers.iter().enumerate() {
            let trust = IssuerTrust::new(issuer, index + 1, leeway, &config.keys, fetcher, clock)?;
            issuers.insert(issuer.issuer.clone(), Arc::new(trust));
        }
        let opaque_issuer = issuers.values().find(|issuer| issuer.opaque.is_some()).map(Arc::clone);
        Ok(Self {
            issuers,
            opaque_issuer,
            denied: RwLock::new(Denied::from(&config.deny)),
            roles: RoleTable::new(&config.roles)?,
            registered_access_values: config.registered_access_values.clone(),
            visas_of_holder_only: config.visas_of_holder_only,
            keys: config.keys.clone(),
        })
    }

    /// The issuer, if it is trusted to issue this kind of token.
    pub(crate) fn issuer(&self, name: &str, kind: IssuerKind) -> Result<&Arc<IssuerTrust>, Reason> {
        let issuer = self.issuers.get(name).ok_or(Reason::IssuerNotTrusted)?;
        if issuer.kinds.contains(&kind) {
            Ok(issuer)
        } else {
            Err(Reason::IssuerNotTrustedAs)
        }
    }

    /// The one issuer that is asked about opaque tokens; absent if opaque tokens are refused.
    pub(crate) fn opaque_issuer(&self) -> Option<&Arc<IssuerTrust>> {
        self.opaque_issuer.as_ref()
    }

    /// The issuer with this name, for whatever purpose it is trusted.
    pub(crate) fn any_issuer(&self, name: &str) -> Option<&Arc<IssuerTrust>> {
        self.issuers.get(name)
    }

    /// Replaces the deny list. The deny list is checked for every token of every request, even if the token is cached.
    pub(crate) fn replace_deny_list(&self, list: &DenyList) {
        *self.denied.write().unwrap_or_else(PoisonError::into_inner) = Denied::from(list);
    }

    /// Refuses a token whose id, subject or issuer is on the deny list.
    pub(crate) fn check_deny_list(&self, claims: &RegisteredClaims) -> Result<(), Reason> {
        let denied = self.denied.read().unwrap_or_else(PoisonError::into_inner);
        let issuer = &claims.identity.issuer;
        let by_id = claims
            .token_id
            .as_ref()
            .is_some_and(|jti| !denied.tokens.is_empty() && denied.tokens.contains(&(issuer.clone(), jti.clone())));
        if by_id || denied.subjects.contains(&claims.identity) || denied.issuers.contains(issuer) {
            Err(Reason::DenyListed)
        } else {
            Ok(())
        }
    }
}

impl IssuerTrust {
    fn new(
        config: &TrustedIssuer,
        position: usize,
        leeway: Leeway,
        times: &KeyFetching,
        fetcher: &Arc<Fetcher>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, ConfigFault> {
        let key_set = |source| CachedKeySet::new(source, Arc::clone(fetcher), Arc::clone(clock), times.clone());
        let discovery = Arc::new(Discovery::new(
            &config.issuer,
            &config.endpoint_hosts,
            times.min_refresh_interval_s,
            Arc::clone(fetcher),
            Arc::clone(clock),
        ));
        let url = |text: &str, key| FetchUrl::parse(text).ok_or(ConfigFault::Url { issuer: position, key });
        let file = match &config.jwks_file {
            None => None,
            Some(path) => {
                let usable = std::fs::read(path)
                    .ok()
                    .and_then(|bytes| KeySet::parse(&bytes).ok())
                    .is_some_and(|keys| !keys.is_empty());
                if !usable {
                    return Err(ConfigFault::KeyFile { issuer: position });
                }
                Some(key_set(KeySource::File(path.clone())))
            }
        };
        let signs_for_itself =
            config.kinds.contains(&IssuerKind::Broker) || config.kinds.contains(&IssuerKind::AccessToken) || config.visa_access_tokens;
        let own_keys = match (&file, &config.jwks_url) {
            (Some(keys), _) => Some(Arc::clone(keys)),
            (None, Some(text)) => Some(key_set(KeySource::Url(url(text, "jwks_url")?))),
            (None, None) if signs_for_itself => Some(key_set(KeySource::Discovered(Arc::clone(&discovery)))),
            (None, None) => None,
        };
        let visa_keys = match file {
            Some(keys) => VisaKeys::OutOfBand {
                keys,
                jku: config.jku.iter().cloned().collect(),
            },
            None => {
                let mut by_jku = HashMap::new();
                for text in &config.jku {
                    by_jku.insert(text.clone(), key_set(KeySource::Url(url(text, "jku")?)));
                }
                VisaKeys::ByJku(by_jku)
            }
        };
        let userinfo = match &config.userinfo_url {
            Some(text) => Some(UserInfoLocation::Url(url(text, "userinfo_url")?)),
            None if config.kinds.contains(&IssuerKind::AccessToken) => Some(UserInfoLocation::Discovered(Arc::clone(&discovery))),
            None => None,
        };
        let exchange = match &config.exchange {
            None => None,
            Some(exchange) => {
                let made = Exchange::new(exchange, &config.issuer, &discovery);
                Some(made.ok_or(ConfigFault::ExchangeSecret { issuer: position })?)
            }
        };
        let opaque = match &config.opaque {
            None => None,
            Some(opaque) => {
                let made = Opaque::new(opaque, &config.issuer, &discovery);
                Some(made.ok_or(ConfigFault::OpaqueSecret { issuer: position })?)
            }
        };
        Ok(Self {
            kinds: config.kinds.clone(),
            algorithms: config.algorithms.iter().map(|algorithm| (*algorithm).into()).collect(),
            audiences: config.our_names(),
            without_audience: config.without_audience,
            bearer: config.bearer.clone(),
            time_policy: TimePolicy {
                leeway,
                max_lifetime_s: i64::from(config.max_lifetime_s),
            },
            visa_rules: config.visas.iter().map(|rule| VisaRule::new(&config.issuer, rule)).collect(),
            marks: statements::of_issuer(config),
            jku_marks: statements::of_all_jku(config),
            own_keys,
            visa_keys,
            userinfo,
            userinfo_trouble: LastTrouble::default(),
            exchange,
            opaque,
            nonce: if config.accept_nonce {
                NonceRule::AcceptIfMarked
            } else {
                NonceRule::Reject
            },
            visa_access_tokens: config.visa_access_tokens,
            visa_access_tokens_without_typ: config.visa_access_tokens_without_typ,
            userinfo_passport_claim: config.userinfo_passport_claim.clone(),
            binding: config.binding,
        })
    }

    /// Checks that the configuration accepts the algorithm from this issuer.
    pub(crate) fn check_algorithm(&self, algorithm: Algorithm) -> Result<(), Reason> {
        if self.algorithms.contains(&algorithm) {
            Ok(())
        } else {
            Err(Reason::AlgorithmNotAllowed)
        }
    }

    /// Whether this kind of the issuer's tokens is accepted in the Authorization header.
    pub(crate) fn check_bearer(&self, kind: BearerKind) -> Result<(), Reason> {
        if self.bearer.contains(&kind) {
            Ok(())
        } else {
            Err(Reason::BearerKindNotAccepted)
        }
    }

    /// Every key set of the issuer.
    fn key_sets(&self) -> impl Iterator<Item = &Arc<CachedKeySet>> {
        let (by_jku, out_of_band) = match &self.visa_keys {
            VisaKeys::ByJku(sets) => (Some(sets.values()), None),
            VisaKeys::OutOfBand { keys, .. } => (None, Some(keys)),
        };
        self.own_keys.iter().chain(by_jku.into_iter().flatten()).chain(out_of_band)
    }

    /// The keys for the issuer's passports and access tokens.
    pub(crate) fn own_keys(&self) -> Result<&Arc<CachedKeySet>, Reason> {
        self.own_keys.as_ref().ok_or(Reason::IssuerNotTrustedAs)
    }

    /// The keys for the issuer's visa access tokens: the issuer's own keys. `AAI 1.2.1 § Visa Access Token Format` requires `typ`.
    pub(crate) fn visa_access_token_keys(&self, typ: Option<&str>) -> Result<&Arc<CachedKeySet>, Reason> {
        let accepted = self.own_keys.as_ref().filter(|_| self.visa_access_tokens);
        let keys = accepted.ok_or(Reason::VisaAccessTokenNotSupported)?;
        if typ.is_none() && !self.visa_access_tokens_without_typ {
            return Err(Reason::WrongTokenType);
        }
        Ok(keys)
    }

    /// The keys for those visas of the issuer that name this `jku`. The `jku` must be on *this* issuer's list.
    pub(crate) fn visa_keys(&self, jku: &str) -> Result<&Arc<CachedKeySet>, Reason> {
        match &self.visa_keys {
            VisaKeys::ByJku(by_jku) => by_jku.get(jku).ok_or(Reason::JkuNotAllowed),
            VisaKeys::OutOfBand { keys, jku: allowed } if allowed.is_empty() || allowed.contains(jku) => Ok(keys),
            VisaKeys::OutOfBand { .. } => Err(Reason::JkuNotAllowed),
        }
    }

    /// Checks the audience of a token that a caller presents.
    pub(crate) fn check_audience(&self, claims: &RegisteredClaims) -> Result<(), Reason> {
        claims.validate_audience(AudiencePolicy {
            ours: &self.audiences,
            without_audience: self.without_audience,
        })
    }

    /// The marks of trust on which a token of the issuer rests: those of the issuer, and those of the audiences that the token names.
    pub(crate) fn marks_of_token(&self, claims: &RegisteredClaims) -> Vec<Mark> {
        let issuer = &claims.identity.issuer;
        let named = claims.audience.iter().flatten().filter(|name| self.audiences.contains(name));
        let without = (claims.audience.is_none() && self.without_audience).then(|| statements::of_audience(issuer, None));
        let audiences = named.map(|name| statements::of_audience(issuer, Some(name)));
        self.marks.iter().cloned().chain(audiences).chain(without).collect()
    }

    /// The marks of trust on which a visa of the issuer rests: those of the issuer, of its keys, and of the tuples that accept the visa.
    pub(crate) fn marks_of_visa(&self, visa: &ga4gh_passport::VisaObject) -> Vec<Mark> {
        let rules = self.visa_rules.iter().filter(|rule| rule.allows(visa));
        let of_rules = rules.map(|rule| rule.mark(visa));
        self.marks.iter().chain(&self.jku_marks).cloned().chain(of_rules).collect()
    }

    /// Checks the trust tuple of a visa. Returns the latest end of the access that the visa gives, counted from the visa's `asserted`.
    ///
    /// # Errors
    /// The reason, and the members of the visa that the nearest tuple does not accept. The nearest tuple is the one that rejects the fewest members.
    pub(crate) fn check_visa(&self, visa: &ga4gh_passport::Visa) -> Result<Timestamp, (Reason, &'static [&'static str])> {
        let object = &visa.object;
        let mut of_type = self.visa_rules.iter().filter(|rule| rule.is_for(object)).peekable();
        if of_type.peek().is_none() {
            return Err((Reason::VisaTypeNotSupported, &["type"]));
        }
        let of_type: Vec<&VisaRule> = of_type.collect();
        let ends = of_type.iter().filter(|rule| rule.allows(object)).map(|rule| rule.ends(visa));
        ends.max().ok_or_else(|| {
            let nearest = of_type.iter().map(|rule| rule.misses(object)).min_by_key(|missed| missed.len());
            (Reason::VisaNotTrusted, nearest.unwrap_or_default())
        })
    }

    /// Whether a LinkedIdentities visa of this issuer may link identities of `other`.
    pub(crate) fn may_link(&self, visa: &ga4gh_passport::VisaObject, other: &str) -> bool {
        self.visa_rules.iter().any(|rule| rule.allows(visa) && rule.may_link(other))
    }
}

impl From<AcceptedAlgorithm> for Algorithm {
    fn from(algorithm: AcceptedAlgorithm) -> Self {
        match algorithm {
            AcceptedAlgorithm::Rs256 => Self::Rs256,
            AcceptedAlgorithm::Es256 => Self::Es256,
        }
    }
}
