//! The settings with which the gateway obtains passports from an issuer by token exchange.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The settings of this gateway as a client of an issuer that exchanges passport-scoped access tokens for passports (`AAI 1.2.1 §
/// Conformance for Passport Clearinghouses`, RFC 8693). Exactly one of `client_secret_file` and `private_key_file` must be given. The
/// configuration itself contains no secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenExchange {
    /// The gateway's `client_id` at this issuer. The `aud` of a passport from an exchange may contain this id, or a name of the gateway in `audience`
    /// or `audiences`.
    pub client_id: String,
    /// A file with the client secret (`client_secret_basic`, RFC 6749 § 2.3.1); white space around the secret is dropped. The file is read
    /// at each exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_file: Option<PathBuf>,
    /// A file with the private key, PKCS #8 in PEM, P-256 or RSA (`private_key_jwt`, RFC 7523 § 2.2). The file is read at each exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_key_file: Option<PathBuf>,
    /// The `kid` under which the issuer knows the public key. If absent, the assertion has no `kid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_key_id: Option<String>,
    /// The issuer's token endpoint. If absent, the gateway finds the endpoint by discovery, on the issuer's own
    /// origin or on a host of `endpoint_hosts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_url: Option<String>,
    /// How long a passport from an exchange is used, in seconds, but never after the passport's own end. After this time, the gateway requests a new
    /// passport. A revocation at the issuer therefore takes effect within this time. Default: 300.
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
    /// Whether the client id is not empty, exactly one method of authentication is given, `private_key_id` is given only with a private key, and
    /// `max_age_s` is above 0.
    pub(super) fn is_complete(&self) -> bool {
        let one_way = self.client_secret_file.is_some() != self.private_key_file.is_some();
        let key_id_fits = self.private_key_id.is_none() || self.private_key_file.is_some();
        !self.client_id.is_empty() && one_way && key_id_fits && self.max_age_s > 0
    }
}

fn default_max_age_s() -> u32 {
    300
}
