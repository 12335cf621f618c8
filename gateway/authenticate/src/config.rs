//! The configuration of the trusted issuers. No issuer is trusted by default, and trust for one purpose is not trust for another purpose.

mod binding;
mod check;
mod deny_list;
mod named_files;
mod opaque_tokens;
mod token_exchange;
mod trusted_visa;

use std::path::{Path, PathBuf};

use gemj_access::RoleKind;
use serde::{Deserialize, Serialize};

pub use binding::Binding;
pub use check::ConfigFault;
pub(crate) use check::scope_fits;
pub use deny_list::{DeniedSubject, DeniedToken, DenyList};
pub(crate) use named_files::NamedFiles;
pub use opaque_tokens::{OpaqueBy, OpaqueTokens};
pub use token_exchange::TokenExchange;
pub use trusted_visa::{AcceptedBy, TrustedVisa};

/// The part of the configuration that concerns authentication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedIssuers {
    /// The trusted issuers. If the list is empty, every token is refused.
    #[serde(default, rename = "issuer")]
    pub issuers: Vec<TrustedIssuer>,
    /// The roles that staff and systems get.
    #[serde(default, rename = "role")]
    pub roles: Vec<RoleMapping>,
    /// Hospital systems to which this gateway itself issues tokens (SMART Backend Services).
    #[serde(default, rename = "client")]
    pub clients: Vec<SmartClient>,
    /// Tokens that are refused although they are valid: single tokens, and all tokens of a person or of an issuer. Tokens and signed URLs that this
    /// gateway issued earlier because of a token on this list are refused too.
    #[serde(default)]
    pub deny: DenyList,
    /// How the keys of issuers are fetched, and for how long they are used.
    #[serde(default)]
    pub keys: KeyFetching,
    /// How long after its `iat` a DPoP proof is accepted, in seconds, 1 to 300. Every proof is accepted only once. Default: 60.
    #[serde(default = "default_dpop_max_age_s")]
    pub dpop_max_age_s: u32,
    /// The allowed difference between an issuer's clock and the gateway's clock, in seconds; at most 30. The difference applies to
    /// `iat`, `nbf` and `asserted`, never to `exp`.
    #[serde(default = "default_leeway_s")]
    pub clock_leeway_s: u32,
    /// Values for registered access. A person is a registered researcher if the person's AcceptedTermsAndPolicies visa and ResearcherStatus visa both
    /// have the same one of these values (doi 10.1038/s41431-018-0219-y).
    #[serde(default = "default_registered_access_values")]
    pub registered_access_values: Vec<String>,
    /// Whether a visa counts only if its `iss` and `sub` are the identity of a presented token, or a LinkedIdentities visa links the two
    /// identities. Default: no, because a broker may use another name for a person than the visa issuers. The broker then vouches that the
    /// visas in the passport belong to the person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub visas_of_holder_only: bool,
    /// PEM file of additional certificate authorities for https connections to issuers and clients. The authorities of the operating system are always
    /// used too. If absent, only the authorities of the operating system are used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
}

impl TrustedIssuer {
    /// All names of this gateway at this issuer: `audience` and `audiences`.
    pub(crate) fn our_names(&self) -> Vec<String> {
        self.audience.iter().chain(&self.audiences).cloned().collect()
    }

    /// The files with secrets of this gateway at the issuer: client secrets and private keys for token exchange and introspection.
    pub fn secret_files(&self) -> impl Iterator<Item = &PathBuf> {
        let exchange = self.exchange.iter().flat_map(|e| [&e.client_secret_file, &e.private_key_file]);
        let opaque = self.opaque.iter().flat_map(|o| [&o.client_secret_file, &o.private_key_file]);
        exchange.chain(opaque).flatten()
    }
}

impl TrustedIssuers {
    /// The bans for everything that rests on tokens that were presented earlier: the deny list, and the end of all trust that this configuration does not
    /// state.
    #[must_use]
    pub fn bans(&self) -> gemj_access::Bans {
        self.deny.bans().trusting_only(crate::trust::statements::all(self))
    }

    /// Resolves relative paths in the configuration against `folder`, the folder of the configuration file. Absolute paths stay unchanged.
    pub fn resolve_paths(&mut self, folder: &Path) {
        let resolve = |path: &mut Option<PathBuf>| *path = path.take().map(|path| folder.join(path));
        resolve(&mut self.ca_file);
        for issuer in &mut self.issuers {
            resolve(&mut issuer.jwks_file);
            if let Some(exchange) = &mut issuer.exchange {
                resolve(&mut exchange.client_secret_file);
                resolve(&mut exchange.private_key_file);
            }
            if let Some(opaque) = &mut issuer.opaque {
                resolve(&mut opaque.client_secret_file);
                resolve(&mut opaque.private_key_file);
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

/// One issuer: the purposes for which the issuer is trusted, and the source of its keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedIssuer {
    /// The `iss` of the issuer's tokens, compared byte for byte (a trailing slash matters).
    pub issuer: String,
    /// The kinds of token that the issuer may issue; at least one kind.
    pub kinds: Vec<IssuerKind>,
    /// The signature algorithms that are accepted from the issuer. Default: both algorithms that the AAI profile allows.
    #[serde(default = "default_algorithms")]
    pub algorithms: Vec<AcceptedAlgorithm>,
    /// The gateway's name at this issuer. If `audience` or `audiences` is set, the `aud` of the issuer's passports and access tokens must
    /// contain one of these names. If neither is set, the gateway refuses a token with any `aud`, and also an access token without the
    /// passport scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// Further names of the gateway at this issuer. `aud` names the application that requested the token, and one broker can serve several
    /// applications.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<String>,
    /// Whether passports and passport-scoped access tokens without `aud` are also accepted (in `AAI 1.2.1`, `aud` is optional). Default: no. An
    /// access token without the passport scope always needs `aud`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_audience: bool,
    /// The key set URLs that the issuer's visas may name in `jku`, as exact strings. Keys for visas are fetched only from these URLs.
    #[serde(default)]
    pub jku: Vec<String>,
    /// The URL of the issuer's keys for passports and access tokens. If this URL and `jwks_file` are both absent, the gateway finds the URL by
    /// OpenID Connect Discovery below the issuer's URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_url: Option<String>,
    /// A file with the issuer's keys (a JWK Set), which the operator obtained from the issuer. These keys verify everything that the issuer signs,
    /// and no keys are fetched. The file is read again after `keys.max_age_s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_file: Option<PathBuf>,
    /// The issuer's UserInfo endpoint, from which the visas of a passport-scoped access token are fetched. If absent, the
    /// gateway finds the endpoint by discovery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_url: Option<String>,
    /// How the issuer's passport-scoped access tokens are exchanged for passports. If absent, the visas come from UserInfo. An exchange requires that
    /// `kinds` contains both `broker` and `access-token`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<TokenExchange>,
    /// How the gateway finds out whose opaque access tokens are. Default: absent, and every token that is not a JWT is refused. At most one issuer may
    /// have this setting. `kinds` and `bearer` must contain `access-token`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opaque: Option<OpaqueTokens>,
    /// Whether access tokens of the issuer may have the claim `nonce`, which is otherwise a claim of ID tokens. The token must then state that it is an
    /// access token: `typ` `at+jwt` in the header, or the claim `typ` with the value `Bearer` (Keycloak before version 25). Default: no.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accept_nonce: bool,
    /// Whether visa access tokens of the issuer are accepted (deprecated by `AAI 1.2.1`: no `jku`, the scope `openid`). Their keys are the
    /// issuer's own keys (discovery, `jwks_url` or `jwks_file`). They are accepted for one hour after their `iat`. Default: no.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub visa_access_tokens: bool,
    /// Whether visa access tokens of the issuer may lack `typ`, which `AAI 1.2.1` requires in them (`JWT` or `at+jwt`). Requires `visa_access_tokens`.
    /// Default: no.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub visa_access_tokens_without_typ: bool,
    /// The member of the issuer's UserInfo answer that contains a whole passport (a JWT) instead of the visas. NIH RAS uses `passport_jwt_v11`. This
    /// passport may have the `typ` `JWT`. If absent, the visas come from the member `ga4gh_passport_v1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_passport_claim: Option<String>,
    /// The binding that the issuer's tokens in the Authorization header must have. Default: none. With any other value, the issuer's passports are
    /// refused in a request body, because a body cannot prove the holder of a token.
    #[serde(default, skip_serializing_if = "Binding::is_none")]
    pub binding: Binding,
    /// Hosts, in addition to the issuer's own host, on which the issuer's discovery document may place the key set, UserInfo and the token endpoint.
    #[serde(default)]
    pub endpoint_hosts: Vec<String>,
    /// The kinds of the issuer's tokens that are accepted in the Authorization header. Default: no kind.
    #[serde(default)]
    pub bearer: Vec<BearerKind>,
    /// The longest accepted lifetime of a token of the issuer (`exp - iat`), in seconds. Default: one day. Visas of committees are often valid for a
    /// year (31,622,400 seconds), and visas of accepted terms even longer.
    #[serde(default = "default_max_lifetime_s")]
    pub max_lifetime_s: u32,
    /// The visas that the issuer is trusted to assert. If the list is empty, the issuer's visas are ignored.
    #[serde(default, rename = "visa")]
    pub visas: Vec<TrustedVisa>,
}

/// A kind of token that an issuer may issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IssuerKind {
    /// Passports: the issuer is a broker.
    Broker,
    /// Visas that are document tokens: the issuer is a visa issuer.
    VisaIssuer,
    /// OAuth 2.0 access tokens.
    AccessToken,
}

/// A signature algorithm, as the configuration names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AcceptedAlgorithm {
    /// RSA with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
}

/// A kind of token that is accepted in the Authorization header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BearerKind {
    /// An access token. If the token has the passport scope, the gateway fetches the token's visas from
    /// UserInfo or exchanges the token for a passport.
    AccessToken,
    /// A whole passport as the bearer token.
    Passport,
}

/// A role that the configuration gives to a holder. Exactly one of `subject`, `client_id` and `affiliation` names the holder.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleMapping {
    /// The issuer of the token or visa that proves the holder. For `subject` and `client_id`, it is the issuer of the passport or access token. For
    /// `affiliation`, it is the issuer of the visa.
    pub issuer: String,
    /// The `sub` of the holder in tokens of the issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The `client_id` in access tokens of the issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The whole value of an AffiliationAndRole visa of the issuer. Every person with this visa holds the role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affiliation: Option<String>,
    /// The role that the holder gets.
    pub role: RoleKind,
    /// The scope of the role: a site, bank, project or profile. It is required for a role that has a scope, and must be absent for every other role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The end of the role: RFC 3339, or a date, which means the first instant of that day in Japan.
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

/// A hospital system that authenticates with a signed assertion (SMART App Launch 2.2.0 § Backend Services).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmartClient {
    /// The `client_id` of the system.
    pub client_id: String,
    /// A file with the client's public keys (a JWK Set). Exactly one of `jwks_file` and `jwks_url` must be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_file: Option<PathBuf>,
    /// The URL at which the client publishes its public keys. Exactly one of `jwks_file` and `jwks_url` must be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_url: Option<String>,
    /// The role of a caller with a token of this client.
    pub role: RoleKind,
    /// The scope of the role: a site or bank. Required for roles that have a scope, and refused for all other roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The SMART scopes that the client may request (for example `system/Patient.rs`).
    pub scopes: Vec<String>,
    /// The binding that the client's tokens must have. Default: none. If a token request contains a DPoP proof, the new token is bound to
    /// the proof's key, whatever this setting is.
    #[serde(default, skip_serializing_if = "Binding::is_none")]
    pub binding: Binding,
    /// The end of the client's access: RFC 3339, or a date, which means the first instant of that day in Japan.
    pub expires: String,
}

impl std::fmt::Debug for SmartClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmartClient").field("role", &self.role).finish_non_exhaustive()
    }
}

/// The times for fetching and using keys of issuers and UserInfo answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeyFetching {
    /// How long fetched keys are used, in seconds, before they are fetched again. A key that the issuer removed is refused after this time, even if a
    /// token of the key is cached. If the issuer does not answer, the key is refused after `max_stale_s`.
    pub max_age_s: u32,
    /// The shortest time between two fetches of one key set, in seconds. The limit also holds if callers present many unknown key ids.
    pub min_refresh_interval_s: u32,
    /// How long keys may be used after their last successful fetch if later fetches fail, in seconds. After this time, every token that these keys
    /// signed is refused. At least `max_age_s`.
    pub max_stale_s: u32,
    /// The time limit of one fetch, in milliseconds.
    pub timeout_ms: u32,
    /// How long the UserInfo answer for one access token is used, in seconds. 0 means that every request to the gateway asks UserInfo again.
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
