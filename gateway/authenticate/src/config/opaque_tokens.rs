//! The settings for opaque access tokens of one issuer.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::client_authentication::ClientSettings;

/// How the gateway finds out whose opaque access tokens of an issuer are. An opaque token does not name its issuer. Therefore at most one issuer
/// may have these settings, and every opaque token is sent to this issuer only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpaqueTokens {
    /// The endpoint of the issuer that states the holder of a token.
    pub by: OpaqueBy,
    /// For `introspection`: the URL of the endpoint. If absent, the gateway finds it by discovery, on the issuer's own origin or on a host of
    /// `endpoint_hosts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introspection_url: Option<String>,
    /// For `introspection`: the gateway's `client_id` at this issuer. The endpoint requires an authenticated client (RFC 7662 § 2.1).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client_id: String,
    /// For `introspection`: a file with the client secret (`client_secret_basic`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_file: Option<PathBuf>,
    /// For `introspection`: a file with the private key, PKCS #8 in PEM, P-256 or RSA (`private_key_jwt`). Exactly one of `client_secret_file` and
    /// `private_key_file` must be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_key_file: Option<PathBuf>,
    /// The `kid` under which the issuer knows the public key. If absent, the assertion has no `kid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_key_id: Option<String>,
    /// How long an answer about a token is used, in seconds. A revocation at the issuer takes effect within this time. If the answer states no end of
    /// the token, all access by the token ends after this time too. Default: 300.
    #[serde(default = "default_max_age_s")]
    pub max_age_s: u32,
}

/// The endpoint that states the holder of an opaque token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OpaqueBy {
    /// The introspection endpoint (RFC 7662).
    Introspection,
    /// The UserInfo endpoint. Its answer does not state for which application the token was issued, unless it has `aud`. With `audience` or
    /// `audiences` and without `without_audience`, an answer without `aud` is therefore refused.
    Userinfo,
}

impl std::fmt::Debug for OpaqueTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpaqueTokens")
            .field("by", &self.by)
            .field("max_age_s", &self.max_age_s)
            .finish_non_exhaustive()
    }
}

impl OpaqueTokens {
    pub(crate) fn client(&self) -> ClientSettings<'_> {
        ClientSettings {
            client_id: &self.client_id,
            secret_file: self.client_secret_file.as_deref(),
            private_key_file: self.private_key_file.as_deref(),
            private_key_id: self.private_key_id.as_deref(),
        }
    }

    /// Whether `max_age_s` is above 0, and the settings of the client are complete for introspection and absent for UserInfo.
    pub(super) fn is_complete(&self) -> bool {
        let client = self.client();
        let client_fits = match self.by {
            OpaqueBy::Introspection => client.are_complete(),
            OpaqueBy::Userinfo => {
                let nothing = client.client_id.is_empty() && client.secret_file.is_none() && client.private_key_file.is_none();
                nothing && client.private_key_id.is_none() && self.introspection_url.is_none()
            }
        };
        self.max_age_s > 0 && client_fits
    }
}

fn default_max_age_s() -> u32 {
    300
}
