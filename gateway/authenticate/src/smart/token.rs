//! The token that a client gets: sealed by us, opaque to it. It names the client and its scopes; what the client may is looked up at use.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gemj_access::{CapabilityKey, Mark};
use gemj_model::Timestamp;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

/// What every token of ours begins with. No JWT does: a dot follows the first word there, too, but it is base64url of a JSON object.
pub(crate) const PREFIX: &str = "gemj-smart.";
/// Longest token, in bytes.
const MAX_BYTES: usize = 8 * 1024;
/// What the code is over, beside the content.
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
    /// The mark of the assertion that it was given for; absent in tokens of before there were marks.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub(super) mark: Option<Mark>,
    /// Thumbprint of the key that it is bound to; absent where to none.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
    /// Thumbprint of the certificate that it is bound to; absent where to none.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub(super) certificate: Option<String>,
}

impl Token {
    /// The text; absent where it would be longer than [`Token::open`] takes.
    pub(super) fn seal(&self, key: &CapabilityKey) -> Option<String> {
        let content = serde_json::to_vec(self).ok()?;
        let code = key.mac(CONTEXT, &content);
        let text = format!("{PREFIX}{}.{}", URL_SAFE_NO_PAD.encode(&content), URL_SAFE_NO_PAD.encode(code));
        (text.len() <= MAX_BYTES).then_some(text)
    }

    /// Opens a text; the code is checked, in constant time, before the content is looked at.
    pub(super) fn open(text: &str, key: &CapabilityKey) -> Option<Self> {
        let sealed = text.strip_prefix(PREFIX).filter(|_| text.len() <= MAX_BYTES)?;
        let (content, code) = sealed.split_once('.')?;
        let content = URL_SAFE_NO_PAD.decode(content).ok()?;
        let code = URL_SAFE_NO_PAD.decode(code).ok()?;
        let good: bool = key.mac(CONTEXT, &content).ct_eq(code.as_slice()).into();
        good.then(|| serde_json::from_slice(&content).ok()).flatten()
    }
}
