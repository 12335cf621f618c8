//! How passports are obtained from an issuer by token exchange.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The settings of this gateway as a client of an issuer that exchanges passport-scoped access tokens for passports (`AAI 1.2.1 §
/// Conformance for Passport Clearinghouses`, RFC 8693). Exactly one of `client_secret_file` and `private_key_file` is given. The
/// configuration itself contains no secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenExchange {
    /// The gateway's `client_id` at this issuer. A passport from an exchange may name this id, or the name in `audience`, in its `aud`.
    pub client_id: String,
    /// A file with the client secret (`client_secret_basic`, RFC 6749 § 2.3.1); white space around the secret is dropped. The file is read
    /// at each exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_file: Option<PathBuf>,
    /// A file with the private key, PKCS #8 in PEM, P-256 or RSA (`private_key_jwt`, RFC 7523 § 2.2). The file is read at each exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_key_file: Option<PathBuf>,
    /// The `kid` under which the issuer knows the public key. Absent: the assertion has no `kid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_key_id: Option<String>,
    /// The issuer's token endpoint. Absent: found by discovery, on the issuer's own origin or a host of `endpoint_hosts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_url: Option<String>,
    /// How long a passport from an exchange is used, in seconds, but never after its own end. Then the gateway requests a new one. A
    /// revocation at the issuer takes effect within this time. Default: 300.
    #[serde(default = "default_max_age_s")]
    pub max_age_s: u32,
}

impl std::fmt::Debug for TokenExchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenExchange")
            .field("max_age_s", &self.max_age_s)
            .finish_non_exhaustive()
    }
}

impl TokenExchange {
    /// Whether exactly one method of authentication is given, with a non-empty client id and a positive age.
    pub(super) fn is_complete(&self) -> bool {
        let one_way = self.client_secret_file.is_some() != self.private_key_file.is_some();
        let key_id_fits = self.private_key_id.is_none() || self.private_key_file.is_some();
        !self.client_id.is_empty() && one_way && key_id_fits && self.max_age_s > 0
    }
}

fn default_max_age_s() -> u32 {
    300
}
