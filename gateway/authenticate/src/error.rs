//! Why credentials were refused.

use ga4gh_passport::Reason;
use gemj_model::ErrorKind;
use thiserror::Error;

/// Credentials were presented and do not hold. The texts contain nothing of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AuthError {
    /// The bearer token.
    #[error("bearer token: {0}")]
    Bearer(Reason),
    /// A passport of the request body; `position` from 1.
    #[error("passport {position}: {reason}")]
    Passport {
        /// Position in the request, from 1.
        position: usize,
        /// Why.
        reason: Reason,
    },
    /// The credentials as a whole.
    #[error("{0}")]
    Together(Reason),
}

impl AuthError {
    /// Why.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Bearer(reason) | Self::Passport { reason, .. } | Self::Together(reason) => *reason,
        }
    }

    /// The stable kebab-case code of the reason.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.reason().code()
    }

    /// What this is to a protocol: refused, or not decidable at the moment because an issuer does not answer. Neither is ever an
    /// anonymous caller.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        if self.reason().is_issuer_unavailable() {
            ErrorKind::Unavailable
        } else {
            ErrorKind::Unauthenticated
        }
    }
}
