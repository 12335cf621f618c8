//! Whether tokens must be bound to their holder.

use serde::{Deserialize, Serialize};

/// To what a token must be bound. A token that says itself that it is bound (`cnf`) is accepted from nobody but the holder of that key or
/// certificate, whatever stands here; this says which tokens are refused because they are not bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Binding {
    /// Nothing is demanded: the clients of GA4GH standards present plain bearer tokens.
    #[default]
    None,
    /// A key that each request proves (DPoP, RFC 9449).
    Dpop,
    /// A client certificate (RFC 8705 § 3).
    Mtls,
    /// One of the two.
    Any,
}

impl Binding {
    pub(crate) fn is_none(&self) -> bool {
        *self == Self::None
    }
}
