//! Tokens: the caller's own tokens, and hostile tokens that this program makes. Tokens are never printed.

use std::fmt;
use std::path::Path;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// The maximum size of a token file in bytes.
const MAXIMUM_BYTES: u64 = 1 << 20;

/// A bearer token. Its `Debug` output does not contain the token.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Token")
    }
}

impl Token {
    /// Makes a token from its text.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Reads a token from a file that contains one token. A leading `Bearer` and surrounding white space are removed.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let name = || format!("token file {}", path.display());
        let size_bytes = std::fs::metadata(path).with_context(name)?.len();
        anyhow::ensure!(size_bytes <= MAXIMUM_BYTES, "token file {} is too large", path.display());
        let text = std::fs::read_to_string(path).with_context(name)?;
        let text = text.trim();
        let text = text.strip_prefix("Bearer ").unwrap_or(text).trim();
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        anyhow::ensure!(plain, "token file {} does not contain exactly one token", path.display());
        Ok(Self(text.to_owned()))
    }

    /// The text of the token. It must not be printed.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// The header, the claims and the signature of the token; absent if the token is not a JWS.
    fn parts(&self) -> Option<(Value, Value, &str)> {
        let mut parts = self.0.split('.');
        let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
        let decode = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        let ended = parts.next().is_none();
        ended.then_some((decode(header)?, decode(claims)?, signature))
    }
}

/// A hostile token that is not a JWT, because it contains no dots. Its text is easy to find in an answer.
pub(crate) fn garbage() -> Token {
    Token::new("conformance-garbage-7f3a9c51e0d24b68")
}

/// The header and claims for hostile tokens. They come from the caller's token if it is a JWT, so that the server knows issuer
/// and subject. Otherwise they are invented.
fn claims(sample: Option<&Token>) -> (Value, Value) {
    let invented = || {
        let now = jiff::Timestamp::now().as_second();
        let claims = json!({
            "iss": "https://issuer.invalid", "sub": "conformance", "iat": now - 60, "exp": now + 3600,
            "scope": "openid ga4gh_passport_v1", "ga4gh_passport_v1": []
        });
        (json!({"typ": "JWT", "alg": "RS256", "kid": "conformance"}), claims)
    };
    sample
        .and_then(Token::parts)
        .map_or_else(invented, |(header, claims, _)| (header, claims))
}

fn compact(header: &Value, claims: &Value, signature: &str) -> Token {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    Token(format!("{}.{}.{signature}", encode(header), encode(claims)))
}

/// A hostile token without a signature. `algorithm` is a spelling of `none`.
pub(crate) fn unsigned(sample: Option<&Token>, algorithm: &str) -> Token {
    let (mut header, claims) = claims(sample);
    header["alg"] = json!(algorithm);
    compact(&header, &claims, "")
}

/// A hostile token with a signature that no key made: 256 bytes in the form of a signature.
pub(crate) fn forged(sample: Option<&Token>) -> Token {
    let (header, claims) = claims(sample);
    let signature: Vec<u8> = (0..=255_u8).map(|i| i.wrapping_mul(167).wrapping_add(13)).collect();
    compact(&header, &claims, &URL_SAFE_NO_PAD.encode(signature))
}

/// A hostile token: the caller's own token with changed claims and the old signature. Absent if the caller's token is not a JWT.
pub(crate) fn tampered(good: &Token) -> Option<Token> {
    let (header, mut claims, signature) = good.parts()?;
    claims["sub"] = json!("somebody-else");
    Some(compact(&header, &claims, signature))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_tokens_keep_the_issuer_and_change_the_algorithm_claims_or_signature() {
        let good = compact(
            &json!({"alg": "ES256", "kid": "k"}),
            &json!({"iss": "https://a.example", "sub": "s"}),
            "c2ln",
        );
        let none = unsigned(Some(&good), "none");
        let (header, claims, signature) = none.parts().unwrap();
        assert_eq!(
            (&header["alg"], &claims["iss"], signature),
            (&json!("none"), &json!("https://a.example"), "")
        );
        let tampered = tampered(&good).unwrap();
        let (header, claims, signature) = tampered.parts().unwrap();
        assert_eq!(
            (&header["alg"], &claims["sub"], signature),
            (&json!("ES256"), &json!("somebody-else"), "c2ln")
        );
        assert_ne!(forged(Some(&good)), good);
        assert_eq!(super::tampered(&garbage()), None);
    }

    #[test]
    fn a_token_file_contains_exactly_one_token_and_debug_hides_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        std::fs::write(&path, "Bearer abc.def\n").unwrap();
        let token = Token::read(&path).unwrap();
        assert_eq!(token.reveal(), "abc.def");
        assert!(!format!("{token:?}").contains("abc"));
        for wrong in ["", "a b", "a\nb"] {
            std::fs::write(&path, wrong).unwrap();
            assert!(Token::read(&path).is_err(), "{wrong:?}");
        }
    }
}
