//! The settings with which the gateway obtains passports from an issuer by token exchange.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::client_authentication::ClientSettings;

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
    /// The values of the parameter `resource`: the absolute URIs of the services for which the passport is requested (RFC 8693 § 2.1). Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource: Vec<String>,
    /// The values of the parameter `audience`: the names of the services for which the passport is requested (RFC 8693 § 2.1). Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audience: Vec<String>,
    /// The parameter `scope` of the request: scopes, separated by spaces (RFC 8693 § 2.1). Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Whether the `sub` of the passport may differ from the `sub` of the access token (pairwise subjects). The gateway then takes both identities for
    /// one person, because the issuer returned the passport in exchange for the person's token. Default: no.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pairwise_subjects: bool,
    /// The `iss` of the passports from the exchange, if it is not the issuer of the access token. It must be a configured issuer of kind broker, and
    /// requires `pairwise_subjects`. If absent, the passport must be of the issuer of the access token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passport_issuer: Option<String>,
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
    pub(crate) fn client(&self) -> ClientSettings<'_> {
        ClientSettings {
            client_id: &self.client_id,
            secret_file: self.client_secret_file.as_deref(),
            private_key_file: self.private_key_file.as_deref(),
            private_key_id: self.private_key_id.as_deref(),
        }
    }

    /// Whether the settings of the client are complete, `max_age_s` is above 0, no parameter of the request is empty, and the settings about the
    /// issuer and the subject of the passport fit together.
    pub(super) fn is_complete(&self) -> bool {
        let parameters = self.resource.iter().chain(&self.audience).chain(&self.scope);
        // The subject of another issuer is always another identity.
        let subjects_fit = self.passport_issuer.is_none() || self.pairwise_subjects;
        self.client().are_complete() && self.max_age_s > 0 && subjects_fit && !parameters.into_iter().any(String::is_empty)
    }
}

fn default_max_age_s() -> u32 {
    300
}
