//! The errors for credentials that were refused.

mod names;
mod rule;

use ga4gh_passport::Reason;
use gemj_model::ErrorKind;
use thiserror::Error;

use crate::binding::BindingFault;
use crate::exchange::ExchangeFault;
use crate::presented::Scheme;

pub use names::ErrorNames;

/// Credentials were presented and are not valid. The texts contain no part of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AuthError {
    /// The token of the Authorization header is not valid.
    #[error("bearer token: {reason}{claim}", reason = .0, claim = named(.0))]
    Bearer(Reason),
    /// A passport of the request body is not valid.
    #[error("passport {position}: {reason}{claim}", claim = named(.reason))]
    Passport {
        /// Position of the passport in the request, from 1.
        position: usize,
        /// The reason why the passport is not valid.
        reason: Reason,
    },
    /// The credentials are valid one by one, but not together.
    #[error("{0}")]
    Together(Reason),
    /// The token is valid, but the caller did not prove to be its holder.
    #[error("{0}")]
    Binding(#[from] BindingFault),
    /// The token is valid, but its issuer returned no usable passport for it.
    #[error("{0}")]
    Exchange(#[from] ExchangeFault),
}

/// The name of the claim at fault, as a suffix for the error text. Empty if the text of the reason already contains the
/// name. The name is never a part of the token.
fn named(reason: &Reason) -> String {
    match reason {
        Reason::ClaimMissing(_) | Reason::ClaimMalformed(_) => String::new(),
        _ => reason.claim().map_or_else(String::new, |claim| format!(" (`{claim}`)")),
    }
}

impl AuthError {
    /// The name of the claim or header member at fault; absent if no single claim or member is at fault.
    #[must_use]
    pub fn claim(&self) -> Option<&'static str> {
        self.reason()?.claim()
    }

    /// The reason, if a token itself is at fault. Absent if the token's binding or exchange is at fault.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Bearer(reason) | Self::Passport { reason, .. } | Self::Together(reason) => Some(*reason),
            Self::Exchange(ExchangeFault::Passport(reason)) => Some(*reason),
            Self::Binding(_) | Self::Exchange(_) => None,
        }
    }

    /// The stable kebab-case code of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Bearer(reason) | Self::Passport { reason, .. } | Self::Together(reason) => reason.code(),
            Self::Binding(fault) => fault.code(),
            Self::Exchange(fault) => fault.code(),
        }
    }

    /// The kind of the error for a protocol: unavailable if an issuer does not answer or the memory of DPoP proofs is full, otherwise
    /// unauthenticated. Neither kind is ever treated as an anonymous caller.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Bearer(reason) | Self::Passport { reason, .. } | Self::Together(reason) => {
                if reason.is_issuer_unavailable() {
                    ErrorKind::Unavailable
                } else {
                    ErrorKind::Unauthenticated
                }
            }
            Self::Binding(fault) => fault.kind(),
            Self::Exchange(fault) => fault.kind(),
        }
    }

    /// The scheme and `error` of the challenge (`WWW-Authenticate`) of a 401: `Bearer` with `invalid_token` (RFC 6750 § 3.1), or `DPoP`
    /// with `invalid_dpop_proof` or `invalid_token` (RFC 9449 § 7.1). The `DPoP` challenge also carries `algs="ES256 RS256"`.
    #[must_use]
    pub fn challenge(&self) -> (Scheme, &'static str) {
        match self {
            Self::Binding(fault) if fault.is_of_proof() => (Scheme::Dpop, "invalid_dpop_proof"),
            Self::Binding(BindingFault::DpopAsBearer | BindingFault::NotDpopBound) => (Scheme::Dpop, "invalid_token"),
            Self::Binding(_) | Self::Bearer(_) | Self::Passport { .. } | Self::Together(_) | Self::Exchange(_) => {
                (Scheme::Bearer, "invalid_token")
            }
        }
    }
}
