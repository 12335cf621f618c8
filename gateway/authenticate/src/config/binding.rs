//! Whether tokens must be bound to their holder.

use serde::{Deserialize, Serialize};

/// The binding that a token must have. If a token states a binding itself (`cnf`), only the holder of that key or certificate can use the
/// token, whatever this setting is. This setting states which unbound tokens are refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Binding {
    /// No binding is required: the clients of GA4GH standards present plain bearer tokens.
    #[default]
    None,
    /// A key that each request proves (DPoP, RFC 9449).
    Dpop,
    /// A client certificate (RFC 8705 § 3).
    Mtls,
    /// A key or a certificate.
    Any,
}

impl Binding {
    pub(crate) fn is_none(&self) -> bool {
        *self == Self::None
    }
}
