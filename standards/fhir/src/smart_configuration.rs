//! The document `/.well-known/smart-configuration` (SMART App Launch 2.2.0 § Conformance).

use serde_json::{Value, json};

/// The published configuration of a server of SMART Backend Services.
#[derive(Clone, Debug)]
pub struct SmartConfiguration<'a> {
    /// The issuer of the tokens; `None` if not stated.
    pub issuer: Option<&'a str>,
    /// The URL of the token endpoint.
    pub token_endpoint: &'a str,
    /// The scopes that clients can get.
    pub scopes_supported: &'a [&'a str],
}

impl SmartConfiguration<'_> {
    /// Renders the JSON document. The member `code_challenge_methods_supported` is required, although the server has no authorization endpoint.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut document = json!({
            "token_endpoint": self.token_endpoint,
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384"],
            "grant_types_supported": ["client_credentials"],
            "scopes_supported": self.scopes_supported,
            "code_challenge_methods_supported": ["S256"],
            "capabilities": ["client-confidential-asymmetric", "permission-v2"],
        });
        if let Some(issuer) = self.issuer {
            document["issuer"] = json!(issuer);
        }
        document
    }
}
