//! The token that a SMART client gets. An authentication code of this gateway protects the token against changes. The content is not encrypted: it
//! names the client and its scopes. The client's rights are looked up each time the token is used.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gemj_access::{CapabilityKey, Mark};
use gemj_model::Timestamp;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

/// The prefix of every token of this gateway. No JWT has this prefix: in a JWT, the part before the first dot is base64url of a JSON
/// object.
pub(crate) const PREFIX: &str = "gemj-smart.";
/// The longest token, in bytes.
const MAX_BYTES: usize = 8 * 1024;
/// The context of the authentication code. It is authenticated together with the content, so that a text for another purpose is not a valid token.
const CONTEXT: &str = "smart-token-1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Token {
    #[serde(rename = "c")]
    pub(super) client_id: String,
    #[serde(rename = "s")]
    pub(super) scopes: Vec<String>,
    #[serde(rename = "e")]
    pub(super) not_after: Timestamp,
    /// The mark of the assertion for which the token was issued. Absent in tokens of an earlier version, which had no marks.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub(super) mark: Option<Mark>,
    /// Thumbprint of the key to which the token is bound; absent if the token is not bound to a key.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
    /// Thumbprint of the certificate to which the token is bound; absent if the token is not bound to a certificate.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub(super) certificate: Option<String>,
}

impl Token {
    /// The text of the token; absent if the text would be longer than [`Token::open`] accepts.
    pub(super) fn seal(&self, key: &CapabilityKey) -> Option<String> {
        let content = serde_json::to_vec(self).ok()?;
        let code = key.signing().mac(CONTEXT, &content);
        let text = format!("{PREFIX}{}.{}", URL_SAFE_NO_PAD.encode(&content), URL_SAFE_NO_PAD.encode(code));
        (text.len() <= MAX_BYTES).then_some(text)
    }

    /// Opens the text of a token. The authentication code is checked, in constant time, before the content is read. Absent if the text is not valid.
    pub(super) fn open(text: &str, key: &CapabilityKey) -> Option<Self> {
        let sealed = text.strip_prefix(PREFIX).filter(|_| text.len() <= MAX_BYTES)?;
        let (content, code) = sealed.split_once('.')?;
        let content = URL_SAFE_NO_PAD.decode(content).ok()?;
        let code = URL_SAFE_NO_PAD.decode(code).ok()?;
        let good = key.accepted().any(|key| key.mac(CONTEXT, &content).ct_eq(code.as_slice()).into());
        good.then(|| serde_json::from_slice(&content).ok()).flatten()
    }
}
