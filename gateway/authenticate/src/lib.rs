//! Who is asking: bearer tokens and GA4GH passports become a [`gemj_access::Caller`].
//!
//! Absent credentials are an anonymous caller. Credentials that are present are verified completely or refused with an
//! [`AuthError`]; a bad token never turns into an anonymous caller. The order of checks:
//!
//! 1. sizes, shape, header, `typ` and typed claims (`ga4gh-passport`, no key needed);
//! 2. the issuer must be configured, in the role that this kind of token needs, with this algorithm; the `jku` of a visa must stand
//!    on the allow-list of *its* issuer. Only now may anything be fetched, and only from an address out of the configuration;
//! 3. key, signature (aws-lc-rs, keys parsed once), times, audience, deny list;
//! 4. for each visa: the same, then the trust tuple (type, source, by, value), the person it is about, and its conditions. What fails here
//!    makes that visa worthless and is recorded with its reason; it does not refuse the passport.
//!
//! Beside that: who presents a token that is bound to a key (DPoP) or a certificate must hold it, before anything is fetched for the token.
//! The visas of a passport-scoped access token come from UserInfo or, where so configured, with the passport that its issuer gives in
//! exchange for it.
//!
//! Visa access tokens (`AAI 1.2.1 § Visa Access Token Format`, deprecated: no `jku`, the scope `openid`) are ignored with the reason
//! `visa-access-token-not-supported`. They would have to be shown to their issuer again every hour, and so be kept, and a visa whose issuer
//! does not answer would be neither valid nor revoked; a document token with a short life says the same without either.
//!
//! Caches hold what a signature proved, never a verdict: times, deny lists, trust and conditions are evaluated on every request, and
//! an entry dies with the key set that proved it.

mod asked;
mod authenticator;
mod binding;
mod config;
mod discovery;
mod error;
mod evaluate;
mod exchange;
mod fetch;
mod jwk;
mod key_store;
mod presented;
mod roles;
mod signature;
mod smart;
mod token_cache;
mod trust;
mod user_info;
mod verify;

pub use authenticator::Authenticator;
pub use binding::BindingFault;
pub use config::{
    AcceptedAlgorithm, AcceptedBy, BearerKind, Binding, ConfigFault, DeniedSubject, DeniedToken, DenyList, IssuerKind, KeyFetching,
    RoleMapping, SmartClient, TokenExchange, TrustedIssuer, TrustedIssuers, TrustedVisa,
};
pub use error::AuthError;
pub use exchange::ExchangeFault;
/// Why a token is refused or a visa ignored.
pub use ga4gh_passport::{ClaimName, Reason};
pub use presented::{Authorization, DpopProof, Presented, Scheme};
pub use smart::{ASSERTION_TYPE, IssuedToken, SmartFault, TOKEN_LIFETIME_S, TokenRequest, VerifiedClient};
