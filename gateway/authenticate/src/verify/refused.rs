//! The reason why a token is refused, before its place in the request is known.

use ga4gh_passport::Reason;

use crate::binding::BindingFault;
use crate::error::AuthError;

/// The reason why a token is refused.
#[derive(Clone, Copy)]
pub(crate) enum Refused {
    Token(Reason),
    Binding(BindingFault),
}

impl Refused {
    /// Converts the reason to an [`AuthError`]. If the token itself is at fault, `place` makes the error.
    pub(crate) fn at(self, place: impl FnOnce(Reason) -> AuthError) -> AuthError {
        match self {
            Self::Token(reason) => place(reason),
            Self::Binding(fault) => fault.into(),
        }
    }
}

impl From<Reason> for Refused {
    fn from(reason: Reason) -> Self {
        Self::Token(reason)
    }
}

impl From<BindingFault> for Refused {
    fn from(fault: BindingFault) -> Self {
        Self::Binding(fault)
    }
}
