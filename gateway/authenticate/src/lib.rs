//! Identifies the caller: verifies bearer tokens and GA4GH passports and builds a [`gemj_access::Caller`].
//!
//! A request without credentials has an anonymous caller. Credentials are either verified completely or refused with an [`AuthError`]. A token that
//! is not valid never gives an anonymous caller. The checks run in this order:
//!
//! 1. Sizes, form, header, `typ` and typed claims are checked (`ga4gh-passport`; no key is needed).
//! 2. The issuer must be configured for this kind of token and this algorithm. The `jku` of a visa must be on the allow-list of *its* issuer. The
//!    gateway fetches nothing before this step. It fetches only from configured URLs and from the endpoints in a configured issuer's discovery
//!    document.
//! 3. Key, signature (aws-lc-rs, keys parsed once), times, audience and deny list are checked.
//! 4. Each visa passes the same checks, except that a visa must have no audience. Then its trust tuple (type, source, by, value) and its conditions
//!    are checked, and its subject if `visas_of_holder_only` is set. A visa that fails is ignored, and the reason is recorded. The passport is still
//!    accepted.
//!
//! The visas of a passport-scoped access token come from UserInfo. If token exchange is configured, the visas come from the passport that
//! the issuer returns in exchange for the token. A token can be bound to a key (DPoP) or to a certificate. The caller must then prove
//! possession of that key or certificate before the gateway sends the token to a token endpoint. A bound token is never sent to UserInfo.
//!
//! An access token that is not a JWT (opaque) is sent to the one issuer that is configured for opaque tokens. Its introspection or UserInfo endpoint
//! states the holder.
//!
//! Visa access tokens (`AAI 1.2.1 § Visa Access Token Format`, deprecated: no `jku`, the scope `openid`) are ignored, unless `visa_access_tokens` of
//! their issuer accepts them. They then count for one hour after their `iat`. After this hour the profile requires to poll their issuer, which the
//! gateway does not do: if the issuer did not answer, the visa would be neither valid nor revoked.
//!
//! The caches contain verified tokens and the answers of issuers (UserInfo, token exchange), never a decision about a request. Times, deny lists,
//! trust and conditions are evaluated on every request. A verified token is dropped from its cache when the key set that verified the token changes.
//! The answer of an issuer is dropped after its configured age.

mod authenticator;
mod binding;
mod client_authentication;
mod client_key_pair;
mod config;
mod discovery;
mod error;
mod evaluate;
mod exchange;
mod fetch;
mod jwk;
mod key_store;
mod opaque;
mod presented;
mod probe;
mod roles;
mod signature;
mod smart;
mod token_answers;
mod token_cache;
mod trouble;
mod trust;
mod user_info;
mod verify;

pub use authenticator::{Authenticator, KeySetNumbers};
pub use binding::BindingFault;
pub use client_key_pair::{ClientKey, ClientKeyFault, ClientKeyPair, client_keys};
pub use config::{
    AcceptedAlgorithm, AcceptedBy, BearerKind, Binding, ConfigFault, DeniedSubject, DeniedToken, DenyList, IssuerKind, KeyFetching,
    OpaqueBy, OpaqueTokens, RoleMapping, SmartClient, TokenExchange, TrustedIssuer, TrustedIssuers, TrustedVisa,
};
pub use error::{AuthError, ErrorNames};
pub use exchange::ExchangeFault;
/// The reasons why a token is refused or a visa is ignored.
pub use ga4gh_passport::{ClaimName, Reason};
pub use presented::{Authorization, DpopProof, Presented, Scheme};
pub use probe::{Discovered, DiscoveryFault, Probe, ProbeFault, Seen, printable, usable_key_count};
pub use smart::{ASSERTION_TYPE, IssuedToken, SmartFault, TOKEN_LIFETIME_S, TokenRequest, VerifiedClient};
