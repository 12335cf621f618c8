//! Who is asking: bearer tokens and GA4GH passports become a [`gemj_access::Caller`].
//!
//! Absent credentials are an anonymous caller. Credentials that are present are verified completely or refused with an
//! [`AuthError`]; a bad token never turns into an anonymous caller. The order of checks:
//!
//! 1. sizes, shape, header, `typ` and typed claims (`ga4gh-passport`, no key needed);
//! 2. the issuer must be configured, in the role that this kind of token needs, with this algorithm; the `jku` of a visa must stand
//!    on the allow-list of *its* issuer. Only now may anything be fetched, and only from an address out of the configuration;
//! 3. key, signature (jsonwebtoken over aws-lc-rs; its claim checks are not used), times, audience, deny list;
//! 4. for each visa: the same, then the trust tuple (type, source, by, value), the person it is about, and its conditions. What fails here
//!    makes that visa worthless and is recorded with its reason; it does not refuse the passport.
//!
//! Caches hold what a signature proved, never a verdict: times, deny lists, trust and conditions are evaluated on every request, and
//! an entry dies with the key set that proved it.

mod authenticator;
mod config;
mod discovery;
mod error;
mod evaluate;
mod fetch;
mod jwk;
mod key_store;
mod roles;
mod signature;
mod smart;
mod token_cache;
mod trust;
mod user_info;
mod verify;

pub use authenticator::Authenticator;
pub use config::{
    AcceptedAlgorithm, AcceptedBy, BearerKind, ConfigFault, DeniedSubject, DeniedToken, DenyList, IssuerKind, KeyFetching, RoleMapping,
    SmartClient, TrustedIssuer, TrustedIssuers, TrustedVisa,
};
pub use error::AuthError;
pub use smart::{ASSERTION_TYPE, IssuedToken, SmartFault, TOKEN_LIFETIME_S, TokenRequest, VerifiedClient};
