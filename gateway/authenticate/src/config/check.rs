//! Checks of a configuration that its types cannot express.

use ga4gh_passport::{Leeway, VisaType};
use gemj_access::RoleKind;
use gemj_model::Timestamp;
use thiserror::Error;

use super::{BearerKind, IssuerKind, RoleMapping, SmartClient, TokenExchange, TrustedIssuer, TrustedIssuers, TrustedVisa};
use crate::fetch::FetchUrl;

/// A fault in the configuration of trust. `issuer`, `client` and `role` are positions in the configuration file, from 1. `visa` is a position in the
/// entry of the issuer, from 1.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ConfigFault {
    /// The clock leeway is above 30 s.
    #[error("clock_leeway_s is above 30")]
    Leeway,
    /// The maximum age of DPoP proofs is out of range.
    #[error("dpop_max_age_s must be 1 to 300")]
    ProofAge,
    /// `keys.max_stale_s` is below `keys.max_age_s`, or one of `keys.max_age_s`, `keys.min_refresh_interval_s` and `keys.timeout_ms` is zero.
    #[error("keys: max_stale_s must be at least max_age_s, and max_age_s, min_refresh_interval_s and timeout_ms must be above 0")]
    KeyTimes,
    /// The file of certificate authorities cannot be read.
    #[error("ca_file cannot be read as PEM certificates")]
    CaFile,
    /// The name of an issuer is empty, or two entries have the same issuer.
    #[error("issuer {issuer}: `issuer` is empty or occurs twice")]
    IssuerName {
        /// Position of the issuer in the configuration, from 1.
        issuer: usize,
    },
    /// The entry of an issuer lists no kinds or no algorithms.
    #[error("issuer {issuer}: `kinds` and `algorithms` must not be empty")]
    NothingAllowed {
        /// Position of the issuer in the configuration, from 1.
        issuer: usize,
    },
    /// The configuration contains a URL that the gateway may not fetch.
    #[error("issuer {issuer}: `{key}` must be an https URL (http only on a loopback host), without user or fragment")]
    Url {
        /// Position of the issuer in the configuration, from 1.
        issuer: usize,
        /// The configuration key of the URL.
        key: &'static str,
    },
    /// The entry of an issuer contains both `jwks_url` and `jwks_file`.
    #[error("issuer {issuer}: give `jwks_url` or `jwks_file`, not both")]
    TwoKeySources {
        /// Position of the issuer in the configuration, from 1.
        issuer: usize,
    },
    /// The key file of an issuer cannot be read as a JWK Set with a usable key.
    #[error("issuer {issuer}: `jwks_file` cannot be read as a key set with at least one usable key")]
    KeyFile {
        /// Position of the issuer in the configuration, from 1.
        issuer: usize,
    },
    /// The entry of a visa issuer names no source of keys for the issuer's visas.
    #[error("issuer {issuer}: a visa-issuer needs `jku`, `jwks_file` or `visa_access_tokens`")]
    VisaKeys {
        /// Position of the issuer in the configuration, from 1.
        issuer: usize,
    },
    /// The entry of a client has no `client_id`, the same `client_id` as another client, not exactly one source of keys, an unreadable end, or a
    /// missing or superfluous scope.
    #[error(
        "client {client}: needs a `client_id` of its own, `jwks_file` or `jwks_url` (https; http only on a loopback host), a readable `expires`, and a `scope` exactly where the role has one"
    )]
    Client {
        /// Position of the client in the configuration, from 1.
        client: usize,
    },
    /// The entry of an issuer contains settings for visas, but the issuer is not a visa issuer.
    #[error("issuer {issuer}: `jku`, `visa` and `visa_access_tokens` are for kind visa-issuer")]
    NotAVisaIssuer {
        /// Position of the issuer in the configuration, from 1.
        issuer: usize,
    },
    /// Visa access tokens without `typ` are accepted, but visa access tokens are not.
    #[error("issuer {issuer}: `visa_access_tokens_without_typ` needs `visa_access_tokens`")]
    VisaWithoutTyp {
        /// Position of the issuer in the configuration, from 1.
        issuer: usize,
    },
    /// Token exchange is configured for an issuer that lacks kind broker or kind access-token, or the settings of the exchange are incomplete.
    #[error(
        "issuer {issuer}: `exchange` needs kinds broker and access-token, a `client_id`, either `client_secret_file` or `private_key_file` (with or without `private_key_id`), a `max_age_s` above 0, no empty parameter, and `pairwise_subjects` where `passport_issuer` is given"
    )]
    Exchange {
        /// Position of the issuer in the configuration, from 1.
        issuer: usize,
    },
    /// The file for token exchange does not contain a client secret or private key.
    #[error("issuer {issuer}: the secret or private key of `exchange` cannot be read")]
    ExchangeSecret {
        /// Position of the issuer in the configuration, from 1.
        issuer: usize,
    },
    /// The settings for opaque tokens are incomplete, belong to an issuer whose access tokens are not accepted, or occur in two entries.
    #[error(
        "issuer {issuer}: `opaque` needs access-token in `kinds` and in `bearer`, a `max_age_s` above 0, and for introspection a `client_id` with `client_secret_file` or `private_key_file`; only one issuer may have `opaque`, because an opaque token does not name its issuer"
    )]
    Opaque {
        /// Position of the issuer in the configuration, from 1.
        issuer: usize,
    },
    /// The file for introspection does not contain a client secret or private key.
    #[error("issuer {issuer}: the secret or private key of `opaque` cannot be read")]
    OpaqueSecret {
        /// Position of the issuer in the configuration, from 1.
        issuer: usize,
    },
    /// `exchange.passport_issuer` is not a configured issuer of kind broker.
    #[error("issuer {issuer}: `exchange.passport_issuer` must be another configured issuer of kind broker")]
    PassportIssuer {
        /// Position of the issuer in the configuration, from 1.
        issuer: usize,
    },
    /// `accept_nonce` or `userinfo_passport_claim` is set for an issuer that issues no access tokens, or the name of the member is empty, or the issuer
    /// of the passport inside UserInfo is not a broker.
    #[error(
        "issuer {issuer}: `accept_nonce` and `userinfo_passport_claim` are for kind access-token; the latter also needs kind broker and must not be empty"
    )]
    AccessTokenSetting {
        /// Position of the issuer in the configuration, from 1.
        issuer: usize,
    },
    /// A name of the gateway at the issuer is an empty text, or `without_audience` is set for an issuer without a name of the gateway.
    #[error(
        "issuer {issuer}: `audience` and `audiences` must not be empty texts, and `without_audience` is for an issuer with one of them"
    )]
    Audience {
        /// Position of the issuer in the configuration, from 1.
        issuer: usize,
    },
    /// `bearer` accepts a kind of token that the issuer may not issue.
    #[error("issuer {issuer}: `bearer` accepts a kind of token that `kinds` does not let it issue")]
    Bearer {
        /// Position of the issuer in the configuration, from 1.
        issuer: usize,
    },
    /// A trust tuple has no sources, has no `by` although its type requires `by`, or has not exactly one way to accept values.
    #[error(
        "issuer {issuer}, visa {visa}: needs `sources`, `by` for this type, and exactly one of `values`, `organizations` (AffiliationAndRole), `link_issuers` (LinkedIdentities), `any_value` (not LinkedIdentities)"
    )]
    Visa {
        /// Position of the issuer in the configuration, from 1.
        issuer: usize,
        /// Position of the trust tuple in the issuer's entry, from 1.
        visa: usize,
    },
    /// The entry of a role names an issuer that is not configured, has not exactly one holder, has an unreadable end, or has a missing or
    /// superfluous scope.
    #[error(
        "role {role}: needs a configured `issuer`, exactly one of `subject`, `client_id` and `affiliation`, a readable `expires`, and a `scope` exactly where the role has one"
    )]
    Role {
        /// Position of the role in the configuration, from 1.
        role: usize,
    },
    /// The HTTP client could not be built.
    #[error("the HTTP client could not be set up")]
    HttpClient,
}

impl TrustedIssuers {
    /// Checks the rules that the types cannot express. [`crate::Authenticator::new`] also runs this check.
    ///
    /// # Errors
    /// The first [`ConfigFault`] found.
    pub fn check(&self) -> Result<(), ConfigFault> {
        if Leeway::from_seconds(self.clock_leeway_s).is_none() {
            return Err(ConfigFault::Leeway);
        }
        if !(1..=300).contains(&self.dpop_max_age_s) {
            return Err(ConfigFault::ProofAge);
        }
        let keys = &self.keys;
        if keys.max_stale_s < keys.max_age_s || [keys.max_age_s, keys.min_refresh_interval_s, keys.timeout_ms].contains(&0) {
            return Err(ConfigFault::KeyTimes);
        }
        match self.faults_of_entries().into_iter().next() {
            Some(fault) => Err(fault),
            None => Ok(()),
        }
    }

    /// All faults that the types cannot express: at most one of each entry, and at most one of the section itself.
    #[must_use]
    pub fn faults(&self) -> Vec<ConfigFault> {
        let entries = self.faults_of_entries();
        match self.check() {
            Err(fault) if !entries.contains(&fault) => std::iter::once(fault).chain(entries).collect(),
            _ => entries,
        }
    }

    fn faults_of_entries(&self) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        for (index, issuer) in self.issuers.iter().enumerate() {
            let position = index + 1;
            let twice = self.issuers.iter().take(index).any(|other| other.issuer == issuer.issuer);
            if issuer.issuer.is_empty() || twice {
                faults.push(ConfigFault::IssuerName { issuer: position });
            }
            faults.extend(check_issuer(issuer, position).err());
            faults.extend(self.check_among_issuers(issuer, index).err());
        }
        for (index, role) in self.roles.iter().enumerate() {
            if !self.issuers.iter().any(|issuer| issuer.issuer == role.issuer) || !role_is_complete(role) {
                faults.push(ConfigFault::Role { role: index + 1 });
            }
        }
        for (index, client) in self.clients.iter().enumerate() {
            let twice = self.clients.iter().take(index).any(|other| other.client_id == client.client_id);
            if twice || !client_is_complete(client) {
                faults.push(ConfigFault::Client { client: index + 1 });
            }
        }
        faults
    }

    /// Checks an issuer's settings that depend on the other issuers. `index` is the issuer's index in the list.
    fn check_among_issuers(&self, issuer: &TrustedIssuer, index: usize) -> Result<(), ConfigFault> {
        let position = index + 1;
        let opaque_before = self.issuers.iter().take(index).any(|other| other.opaque.is_some());
        if issuer.opaque.is_some() && opaque_before {
            return Err(ConfigFault::Opaque { issuer: position });
        }
        let passport_issuer = issuer.exchange.as_ref().and_then(|exchange| exchange.passport_issuer.as_ref());
        let is_broker = |name: &String| {
            let known = |other: &TrustedIssuer| other.issuer == *name && other.kinds.contains(&IssuerKind::Broker);
            *name != issuer.issuer && self.issuers.iter().any(known)
        };
        if !passport_issuer.is_none_or(is_broker) {
            return Err(ConfigFault::PassportIssuer { issuer: position });
        }
        Ok(())
    }
}

fn check_issuer(issuer: &TrustedIssuer, position: usize) -> Result<(), ConfigFault> {
    let has = |kind| issuer.kinds.contains(&kind);
    if issuer.kinds.is_empty() || issuer.algorithms.is_empty() {
        return Err(ConfigFault::NothingAllowed { issuer: position });
    }
    if issuer.jwks_url.is_some() && issuer.jwks_file.is_some() {
        return Err(ConfigFault::TwoKeySources { issuer: position });
    }
    let fault = |key| ConfigFault::Url { issuer: position, key };
    let token_url = issuer.exchange.as_ref().and_then(|exchange| exchange.token_url.as_ref());
    let introspection_url = issuer.opaque.as_ref().and_then(|opaque| opaque.introspection_url.as_ref());
    for (key, url) in [
        ("jwks_url", issuer.jwks_url.as_ref()),
        ("userinfo_url", issuer.userinfo_url.as_ref()),
        ("exchange.token_url", token_url),
        ("opaque.introspection_url", introspection_url),
    ] {
        if url.is_some_and(|url| FetchUrl::parse(url).is_none()) {
            return Err(fault(key));
        }
    }
    if issuer.jku.iter().any(|url| FetchUrl::parse(url).is_none()) {
        return Err(fault("jku"));
    }
    let signs_for_itself = has(IssuerKind::Broker) || has(IssuerKind::AccessToken) || issuer.visa_access_tokens;
    if signs_for_itself && issuer.jwks_file.is_none() && issuer.jwks_url.is_none() && FetchUrl::parse(&issuer.issuer).is_none() {
        return Err(fault("issuer"));
    }
    if has(IssuerKind::VisaIssuer) && issuer.jku.is_empty() && issuer.jwks_file.is_none() && !issuer.visa_access_tokens {
        return Err(ConfigFault::VisaKeys { issuer: position });
    }
    let visa_settings = !issuer.jku.is_empty() || !issuer.visas.is_empty() || issuer.visa_access_tokens;
    if visa_settings && !has(IssuerKind::VisaIssuer) {
        return Err(ConfigFault::NotAVisaIssuer { issuer: position });
    }
    if issuer.visa_access_tokens_without_typ && !issuer.visa_access_tokens {
        return Err(ConfigFault::VisaWithoutTyp { issuer: position });
    }
    let exchange_fits = |exchange: &TokenExchange| exchange.is_complete() && has(IssuerKind::Broker) && has(IssuerKind::AccessToken);
    if !issuer.exchange.as_ref().is_none_or(exchange_fits) {
        return Err(ConfigFault::Exchange { issuer: position });
    }
    check_access_tokens(issuer, position)?;
    let names = issuer.our_names();
    if names.iter().any(String::is_empty) || (issuer.without_audience && names.is_empty()) {
        return Err(ConfigFault::Audience { issuer: position });
    }
    let issues = |kind: BearerKind| match kind {
        BearerKind::AccessToken => has(IssuerKind::AccessToken),
        BearerKind::Passport => has(IssuerKind::Broker),
    };
    if !issuer.bearer.iter().all(|kind| issues(*kind)) {
        return Err(ConfigFault::Bearer { issuer: position });
    }
    for (index, visa) in issuer.visas.iter().enumerate() {
        if !visa_is_complete(visa) {
            return Err(ConfigFault::Visa {
                issuer: position,
                visa: index + 1,
            });
        }
    }
    Ok(())
}

/// Checks the settings about access tokens of an issuer.
fn check_access_tokens(issuer: &TrustedIssuer, position: usize) -> Result<(), ConfigFault> {
    let issues = issuer.kinds.contains(&IssuerKind::AccessToken);
    let accepted = issues && issuer.bearer.contains(&BearerKind::AccessToken);
    if !issuer.opaque.as_ref().is_none_or(|opaque| opaque.is_complete() && accepted) {
        return Err(ConfigFault::Opaque { issuer: position });
    }
    let claim = issuer.userinfo_passport_claim.as_deref();
    let passport_fits = claim.is_none_or(|claim| !claim.is_empty() && issues && issuer.kinds.contains(&IssuerKind::Broker));
    if !passport_fits || (issuer.accept_nonce && !issues) {
        return Err(ConfigFault::AccessTokenSetting { issuer: position });
    }
    Ok(())
}

fn visa_is_complete(visa: &TrustedVisa) -> bool {
    let visa_type = VisaType::parse(&visa.visa_type);
    let ways = [
        !visa.values.is_empty(),
        !visa.organizations.is_empty(),
        !visa.link_issuers.is_empty(),
        visa.any_value,
    ];
    let one_way = ways.iter().filter(|given| **given).count() == 1;
    let organizations_fit = visa.organizations.is_empty() || visa_type == VisaType::AffiliationAndRole;
    // If an issuer could link identities of every issuer to its own, it could impersonate every person.
    let links_fit = (visa_type == VisaType::LinkedIdentities) != visa.link_issuers.is_empty();
    let by_given = !visa.by.is_empty() || !visa_type.requires_by();
    !visa.visa_type.is_empty() && !visa.sources.is_empty() && one_way && organizations_fit && links_fit && by_given
}

fn client_is_complete(client: &SmartClient) -> bool {
    let one_source = client.jwks_file.is_some() != client.jwks_url.is_some();
    let url_fits = client.jwks_url.as_ref().is_none_or(|url| FetchUrl::parse(url).is_some());
    !client.client_id.is_empty() && one_source && url_fits && Timestamp::parse(&client.expires).is_ok()
}

fn role_is_complete(role: &RoleMapping) -> bool {
    let holders = [&role.subject, &role.client_id, &role.affiliation];
    let one_holder = holders.iter().filter(|holder| holder.is_some()).count() == 1 && !holders.iter().any(|h| h.as_deref() == Some(""));
    one_holder && scope_fits(role.role, role.scope.as_deref()) && Timestamp::parse(&role.expires).is_ok()
}

/// Whether a scope is given exactly if a role of this kind has a scope.
pub(crate) fn scope_fits(role: RoleKind, scope: Option<&str>) -> bool {
    match role {
        RoleKind::HospitalSystem | RoleKind::HospitalCoordinator | RoleKind::Biobank | RoleKind::OutputReviewer | RoleKind::Partner => {
            scope.is_some_and(|scope| !scope.is_empty())
        }
        RoleKind::Steward | RoleKind::AccessCommittee | RoleKind::RecontactApprover | RoleKind::Auditor | RoleKind::Monitor => {
            scope.is_none()
        }
    }
}
