//! Whom we trust, as an operator writes it down. Nobody is trusted by default, and trust in one role is not trust in another.

mod binding;
mod check;
mod token_exchange;

use std::path::{Path, PathBuf};

use gemj_access::{Bans, Identity, RoleKind};
use serde::{Deserialize, Serialize};

pub use binding::Binding;
pub use check::ConfigFault;
pub use token_exchange::TokenExchange;

/// The authentication part of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedIssuers {
    /// The issuers. None: every token is refused.
    #[serde(default, rename = "issuer")]
    pub issuers: Vec<TrustedIssuer>,
    /// Who has which role of staff or system.
    #[serde(default, rename = "role")]
    pub roles: Vec<RoleMapping>,
    /// Systems of hospitals that get tokens from this gateway itself (SMART Backend Services).
    #[serde(default, rename = "client")]
    pub clients: Vec<SmartClient>,
    /// Tokens, people and issuers that are refused although everything about them verifies, with all that was issued to them before.
    #[serde(default)]
    pub deny: DenyList,
    /// How the keys of issuers are fetched and for how long they are used.
    #[serde(default)]
    pub keys: KeyFetching,
    /// For how long after its `iat` a DPoP proof is accepted, in seconds; 1 to 300. Every proof is remembered for that long and accepted
    /// once. Default: 60.
    #[serde(default = "default_dpop_max_age_s")]
    pub dpop_max_age_s: u32,
    /// Allowed difference between an issuer's clock and ours, in seconds; at most 30. Applies to `iat`, `nbf` and `asserted`, never to `exp`.
    #[serde(default = "default_leeway_s")]
    pub clock_leeway_s: u32,
    /// Values that make a researcher registered when one AcceptedTermsAndPolicies visa and one ResearcherStatus visa of the same
    /// person both carry it (doi 10.1038/s41431-018-0219-y).
    #[serde(default = "default_registered_access_values")]
    pub registered_access_values: Vec<String>,
    /// Whether a visa counts only where its `iss` and `sub` are those of a token presented, or a LinkedIdentities visa joins them. Default: no. A
    /// broker may call a person otherwise than the visa issuers do, and then vouches for the visas that it puts into the passport.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub visas_of_holder_only: bool,
    /// PEM file of further certificate authorities for fetching keys over https, beside those of the system. Absent: only those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
}

impl TrustedIssuer {
    /// Every name of ours at this issuer.
    pub(crate) fn our_names(&self) -> Vec<String> {
        self.audience.iter().chain(&self.audiences).cloned().collect()
    }
}

impl TrustedIssuers {
    /// Reads the paths in it as relative to a folder, that of the configuration file. Absolute paths stay as they are.
    pub fn resolve_paths(&mut self, folder: &Path) {
        let resolve = |path: &mut Option<PathBuf>| *path = path.take().map(|path| folder.join(path));
        resolve(&mut self.ca_file);
        for issuer in &mut self.issuers {
            resolve(&mut issuer.jwks_file);
            if let Some(exchange) = &mut issuer.exchange {
                resolve(&mut exchange.client_secret_file);
                resolve(&mut exchange.private_key_file);
            }
        }
        for client in &mut self.clients {
            resolve(&mut client.jwks_file);
        }
    }
}

impl Default for TrustedIssuers {
    fn default() -> Self {
        Self {
            issuers: Vec::new(),
            roles: Vec::new(),
            clients: Vec::new(),
            deny: DenyList::default(),
            keys: KeyFetching::default(),
            dpop_max_age_s: default_dpop_max_age_s(),
            clock_leeway_s: default_leeway_s(),
            registered_access_values: default_registered_access_values(),
            visas_of_holder_only: false,
            ca_file: None,
        }
    }
}

/// One issuer: what it is trusted for and where its keys are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedIssuer {
    /// The `iss` of its tokens, compared byte for byte (a trailing slash matters).
    pub issuer: String,
    /// What it may issue. At least one.
    pub kinds: Vec<IssuerKind>,
    /// Signature algorithms accepted from it. Default: both that the profile allows.
    #[serde(default = "default_algorithms")]
    pub algorithms: Vec<AcceptedAlgorithm>,
    /// Our name at this issuer. With this or `audiences`, its passports and access tokens must name one of our names in `aud`. With neither, a token
    /// of it that has any `aud` is refused, and so is an access token without the passport scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// Further names of ours at this issuer: `aud` names the application that asked for the token, and one broker serves several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<String>,
    /// Whether passports and passport-scoped access tokens without `aud` are accepted beside those that name us (`AAI 1.2.1`: `aud` is optional).
    /// Default: no. An access token without the passport scope always needs `aud`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_audience: bool,
    /// Key set URLs that its visas may name in `jku`, as exact strings. Only these are ever fetched for visas.
    #[serde(default)]
    pub jku: Vec<String>,
    /// Where its keys for passports and access tokens are. Absent: found by OpenID Connect Discovery below the issuer's URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_url: Option<String>,
    /// A file with its keys (a JWK Set), configured out of band and used for everything it signs instead of any fetch; read again
    /// after `keys.max_age_s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_file: Option<PathBuf>,
    /// Its UserInfo endpoint, asked for the visas of a passport-scoped access token. Absent: found by discovery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_url: Option<String>,
    /// Where its passport-scoped access tokens are exchanged for passports. Absent: their visas come from UserInfo. Needs both kinds,
    /// broker and access-token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<TokenExchange>,
    /// To what its tokens in the Authorization header must be bound. Default: to nothing. With another value none of its passports is
    /// accepted in a request body, where nothing proves who holds it.
    #[serde(default, skip_serializing_if = "Binding::is_none")]
    pub binding: Binding,
    /// Hosts, beside the issuer's own, where its discovery document may place the key set, UserInfo and the token endpoint.
    #[serde(default)]
    pub endpoint_hosts: Vec<String>,
    /// Which of its tokens are accepted in the Authorization header. Default: none.
    #[serde(default)]
    pub bearer: Vec<BearerKind>,
    /// Longest accepted lifetime of one of its tokens (`exp - iat`), in seconds. Default: one day. Visas of committees often last a year
    /// (31,622,400), those of accepted terms longer.
    #[serde(default = "default_max_lifetime_s")]
    pub max_lifetime_s: u32,
    /// Which visas it is trusted to assert. None: its visas are ignored.
    #[serde(default, rename = "visa")]
    pub visas: Vec<TrustedVisa>,
}

/// What an issuer may issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IssuerKind {
    /// Passports.
    Broker,
    /// Visas (document tokens).
    VisaIssuer,
    /// Access tokens.
    AccessToken,
}

/// A signature algorithm as written in configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AcceptedAlgorithm {
    /// RSA with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
}

/// A kind of token accepted in the Authorization header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BearerKind {
    /// An access token; if passport-scoped, its visas are fetched from UserInfo.
    AccessToken,
    /// A whole passport.
    Passport,
}

/// One trust tuple: this issuer may assert visas of this type, of these sources, at these levels, with these values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedVisa {
    /// The visa type: a standard one, or the URL of a custom one.
    #[serde(rename = "type")]
    pub visa_type: String,
    /// Accepted `source`s, as exact strings. At least one.
    pub sources: Vec<String>,
    /// Accepted values of `by`. Must be given for types that require `by`. Where it is empty, a visa may leave `by` out or carry any
    /// value but `self`.
    #[serde(default)]
    pub by: Vec<AcceptedBy>,
    /// Accepted values, as exact strings: no prefixes, no patterns.
    #[serde(default)]
    pub values: Vec<String>,
    /// For AffiliationAndRole: accepted organisations (the part behind the first `@`), as exact strings, with any role.
    #[serde(default)]
    pub organizations: Vec<String>,
    /// For LinkedIdentities: issuers whose identities it may link to its own.
    #[serde(default)]
    pub link_issuers: Vec<String>,
    /// Accept every value. One of `values`, `organizations`, `link_issuers` and this must be given.
    #[serde(default)]
    pub any_value: bool,
    /// Longest time for which such a visa is used after it was asserted, in seconds, however late it expires: what it opens ends at
    /// `asserted` and this (`Passport 1.2.1 § Visa Expiry`, option A). Where several tuples accept a visa, the longest counts. Absent: until
    /// its `exp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_authorization_s: Option<u32>,
}

/// A value of `by` as written in configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AcceptedBy {
    /// The person themselves.
    #[serde(rename = "self")]
    SelfAsserted,
    /// A peer.
    Peer,
    /// A system.
    System,
    /// A signing official.
    So,
    /// A data access committee.
    Dac,
}

/// A role given by configuration. One of `subject`, `client_id` and `affiliation` says to whom.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleMapping {
    /// The issuer: of the passport or access token for `subject` and `client_id`, of the visa for `affiliation`.
    pub issuer: String,
    /// The `sub` of that issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The `client_id` of an access token of that issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The whole value of an AffiliationAndRole visa of that issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affiliation: Option<String>,
    /// The role.
    pub role: RoleKind,
    /// Site, bank, project or profile, for the roles that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// When the role ends: RFC 3339, or a date, which is its first instant in Japan.
    pub expires: String,
}

impl std::fmt::Debug for RoleMapping {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RoleMapping")
            .field("issuer", &self.issuer)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// A system that proves who it is with a signed assertion (SMART App Launch 2.2.0 § Backend Services).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmartClient {
    /// Its `client_id`.
    pub client_id: String,
    /// A file with its public keys (a JWK Set). This or `jwks_url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_file: Option<PathBuf>,
    /// Where it publishes its public keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_url: Option<String>,
    /// The role of its tokens.
    pub role: RoleKind,
    /// Site or bank, for the roles that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// SMART scopes that it may have (`system/Patient.rs`), word for word.
    pub scopes: Vec<String>,
    /// To what its tokens must be bound. Default: to nothing; a token is bound to a key all the same if the request for it carried a DPoP
    /// proof.
    #[serde(default, skip_serializing_if = "Binding::is_none")]
    pub binding: Binding,
    /// When the client ends: RFC 3339, or a date, which is its first instant in Japan.
    pub expires: String,
}

impl std::fmt::Debug for SmartClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmartClient").field("role", &self.role).finish_non_exhaustive()
    }
}

/// Tokens and people that are refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DenyList {
    /// Single tokens (passports, visas, access tokens).
    #[serde(default, rename = "token")]
    pub tokens: Vec<DeniedToken>,
    /// Everything of a person.
    #[serde(default, rename = "subject")]
    pub subjects: Vec<DeniedSubject>,
    /// Everything that these issuers signed (`iss`, byte for byte).
    #[serde(default)]
    pub issuers: Vec<String>,
}

impl DenyList {
    /// The same for what outlives the presentation of a token: signed addresses, streams, runs, tokens of ours.
    #[must_use]
    pub fn bans(&self) -> Bans {
        let mut bans = Bans::default();
        for token in &self.tokens {
            bans.add_token(&token.issuer, &token.jti);
        }
        for person in &self.subjects {
            bans.add_person(&Identity {
                issuer: person.issuer.clone(),
                subject: person.subject.clone(),
            });
        }
        for issuer in &self.issuers {
            bans.add_issuer(issuer);
        }
        bans
    }
}

/// A token that is refused.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeniedToken {
    /// Its `iss`.
    pub issuer: String,
    /// Its `jti`.
    pub jti: String,
}

/// A person whose tokens are refused.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeniedSubject {
    /// The `iss`.
    pub issuer: String,
    /// The `sub`.
    pub subject: String,
}

impl std::fmt::Debug for DeniedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeniedToken").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for DeniedSubject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeniedSubject")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// How keys are fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeyFetching {
    /// Fetched keys are used for this long, in seconds; then they are fetched again. A removed key is refused after this time, also where
    /// its token is cached, while the issuer answers; while it does not, after `max_stale_s`.
    pub max_age_s: u32,
    /// Least time between two fetches of one key set, in seconds, however many unknown key ids are presented.
    pub min_refresh_interval_s: u32,
    /// How long keys may be used after their last successful fetch while fetching fails, in seconds; then everything they signed
    /// is refused. At least `max_age_s`.
    pub max_stale_s: u32,
    /// Time limit of one fetch, in milliseconds.
    pub timeout_ms: u32,
    /// How long the answer of UserInfo for one access token is used, in seconds.
    pub userinfo_max_age_s: u32,
}

impl Default for KeyFetching {
    fn default() -> Self {
        Self {
            max_age_s: 300,
            min_refresh_interval_s: 10,
            max_stale_s: 3600,
            timeout_ms: 5000,
            userinfo_max_age_s: 60,
        }
    }
}

fn default_leeway_s() -> u32 {
    30
}

fn default_dpop_max_age_s() -> u32 {
    60
}

fn default_max_lifetime_s() -> u32 {
    86_400
}

fn default_algorithms() -> Vec<AcceptedAlgorithm> {
    vec![AcceptedAlgorithm::Rs256, AcceptedAlgorithm::Es256]
}

fn default_registered_access_values() -> Vec<String> {
    vec!["https://doi.org/10.1038/s41431-018-0219-y".to_owned()]
}
