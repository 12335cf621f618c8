//! The JOSE header, limited to the members that the profile uses.

use std::fmt;

use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::limits::{HEADER_MAX_BYTES, JKU_MAX_BYTES, STRING_MAX_SCALARS};
use crate::reason::{ClaimName, Reason};
use crate::strict_json::{JsonFault, parse_json_object};

/// The members of a JOSE header that the crate uses. The keys and certificates in a header (`jwk`, `x5c`, `x5u`) are never read, because a key inside
/// the token that it signs proves nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    /// `alg`: the signature algorithm.
    pub algorithm: Algorithm,
    /// `kid`: only compared with the key ids of a key set, never part of a path or a query.
    pub key_id: String,
    /// `typ` as received; `None` if absent.
    pub typ: Option<String>,
    /// `jku` as received; only compared with an allow-list. `None` if absent.
    pub jku: Option<String>,
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

impl Header {
    /// Parses a decoded JOSE header.
    ///
    /// # Errors
    /// A [`Reason`] if the text is not a strict JSON object, if `alg` is not allowed, if `crit`, `b64` or `zip` is present, if `kid` is
    /// missing, or if a member has the wrong type.
    pub fn parse(bytes: &[u8]) -> Result<Self, Reason> {
        if bytes.len() > HEADER_MAX_BYTES {
            return Err(Reason::TokenTooLarge);
        }
        let members = parse_json_object(bytes)?;
        // RFC 7515 § 4.1.11: a recipient rejects a critical extension that it does not understand. This crate understands none.
        if members.contains_key("crit") {
            return Err(Reason::CriticalHeader);
        }
        if members.contains_key("b64") || members.contains_key("zip") {
            return Err(Reason::UnsupportedHeader);
        }
        let alg = required_string(&members, "alg", ClaimName::Algorithm)?;
        let algorithm = Algorithm::parse(alg).ok_or(Reason::AlgorithmNotAllowed)?;
        let key_id = required_string(&members, "kid", ClaimName::KeyId)?;
        checked_text(key_id, STRING_MAX_SCALARS, ClaimName::KeyId)?;
        let typ = optional_string(&members, "typ", ClaimName::Type)?;
        let jku = optional_string(&members, "jku", ClaimName::KeySetUrl)?;
        if jku.is_some_and(|url| url.is_empty() || url.len() > JKU_MAX_BYTES) {
            return Err(Reason::ClaimMalformed(ClaimName::KeySetUrl));
        }
        Ok(Self {
            algorithm,
            key_id: key_id.to_owned(),
            typ: typ.map(str::to_owned),
            jku: jku.map(str::to_owned),
        })
    }
}

impl From<JsonFault> for Reason {
    fn from(fault: JsonFault) -> Self {
        match fault {
            JsonFault::NotJson | JsonFault::NotObject => Self::NotJsonObject,
            JsonFault::DuplicateMember => Self::DuplicateMember,
            JsonFault::TooDeep => Self::JsonTooDeep,
        }
    }
}

/// The value of an optional string member; `None` if the member is absent. A member that is present must be a string (`null` is an error).
pub(crate) fn optional_string<'a>(members: &'a Map<String, Value>, name: &str, claim: ClaimName) -> Result<Option<&'a str>, Reason> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => Err(Reason::ClaimMalformed(claim)),
    }
}

/// The value of a required string member.
pub(crate) fn required_string<'a>(members: &'a Map<String, Value>, name: &str, claim: ClaimName) -> Result<&'a str, Reason> {
    optional_string(members, name, claim)?.ok_or(Reason::ClaimMissing(claim))
}

/// Checks that a text is not empty, is not longer than `max_scalars` Unicode scalars, and has no control characters (including NUL).
pub(crate) fn checked_text(text: &str, max_scalars: usize, claim: ClaimName) -> Result<(), Reason> {
    let too_long = text.len() > max_scalars && text.chars().count() > max_scalars;
    // Nearly every checked text is printable ASCII. Such a text needs no decoding.
    let plain = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if text.is_empty() || too_long || (!plain && text.chars().any(char::is_control)) {
        return Err(Reason::ClaimMalformed(claim));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_rs256_and_es256_are_accepted() {
        for alg in ["none", "NonE", "", "HS256", "PS256", "ES384", "RS384", "EdDSA", "rs256", "RS256 "] {
            let header = format!(r#"{{"alg":"{alg}","kid":"k"}}"#);
            assert_eq!(Header::parse(header.as_bytes()), Err(Reason::AlgorithmNotAllowed), "{alg}");
        }
        assert_eq!(Header::parse(br#"{"alg":"ES256","kid":"k"}"#).unwrap().algorithm, Algorithm::Es256);
    }

    #[test]
    fn crit_b64_zip_and_malformed_members_are_rejected() {
        for (header, reason) in [
            (r#"{"alg":"RS256","kid":"k","crit":["exp"]}"#, Reason::CriticalHeader),
            (r#"{"alg":"RS256","kid":"k","crit":[]}"#, Reason::CriticalHeader),
            (r#"{"alg":"RS256","kid":"k","b64":false}"#, Reason::UnsupportedHeader),
            (r#"{"alg":"RS256","kid":"k","zip":"DEF"}"#, Reason::UnsupportedHeader),
            (r#"{"alg":"RS256"}"#, Reason::ClaimMissing(ClaimName::KeyId)),
            (r#"{"alg":"RS256","kid":""}"#, Reason::ClaimMalformed(ClaimName::KeyId)),
            (r#"{"alg":"RS256","kid":"a\u0000b"}"#, Reason::ClaimMalformed(ClaimName::KeyId)),
            (r#"{"alg":"RS256","kid":7}"#, Reason::ClaimMalformed(ClaimName::KeyId)),
            (r#"{"alg":["RS256"],"kid":"k"}"#, Reason::ClaimMalformed(ClaimName::Algorithm)),
            (r#"{"kid":"k"}"#, Reason::ClaimMissing(ClaimName::Algorithm)),
            (r#"{"alg":"RS256","kid":"k","typ":null}"#, Reason::ClaimMalformed(ClaimName::Type)),
            (
                r#"{"alg":"RS256","kid":"k","jku":["https://a"]}"#,
                Reason::ClaimMalformed(ClaimName::KeySetUrl),
            ),
            (r#"{"alg":"none","alg":"RS256","kid":"k"}"#, Reason::DuplicateMember),
            (r#"[]"#, Reason::NotJsonObject),
        ] {
            assert_eq!(Header::parse(header.as_bytes()), Err(reason), "{header}");
        }
    }

    #[test]
    fn embedded_keys_are_never_read() {
        let header =
            Header::parse(br#"{"alg":"RS256","kid":"k","jwk":{"kty":"oct","k":"AA"},"x5u":"https://evil.example","x5c":["AA"]}"#).unwrap();
        assert_eq!(header.jku, None);
        assert_eq!(format!("{header:?}"), "Header { algorithm: Rs256, .. }");
    }
}
