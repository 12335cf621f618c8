//! The setting that states whether tokens must be bound to their holder.

use serde::{Deserialize, Serialize};

/// The binding that a token must have. This setting states which unbound tokens are refused. If a token itself states a binding (`cnf`), only the
/// holder of that key or certificate can use the token, whatever this setting is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Binding {
    /// No binding is required. The clients of GA4GH standards present plain bearer tokens.
    #[default]
    None,
    /// The token must be bound to a key that each request proves (DPoP, RFC 9449).
    Dpop,
    /// The token must be bound to a client certificate (RFC 8705 § 3).
    Mtls,
    /// The token must be bound to a key or to a certificate.
    Any,
}

impl Binding {
    pub(crate) fn is_none(&self) -> bool {
        *self == Self::None
    }
}
