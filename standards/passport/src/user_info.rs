//! UserInfo answers that are signed JWTs (`application/jwt`, `OpenID Connect Core 1.0 § 5.3.2`).

use serde_json::{Map, Value};

use crate::compact_jws::CompactJws;
use crate::header::Header;
use crate::limits::USERINFO_MAX_BYTES;
use crate::numeric_date::NumericDate;
use crate::reason::{ClaimName, Reason};
use crate::registered_claims::optional_date;
use crate::strict_json::parse_json_object;
use crate::token::SignatureInput;
use crate::token_kind::short_media_type;

/// A signed UserInfo answer whose signature has not been checked. Its claims cannot be read yet.
pub struct SignedUserInfo<'a> {
    header: Header,
    jws: CompactJws<'a>,
}

impl<'a> SignedUserInfo<'a> {
    /// Parses a signed UserInfo answer.
    ///
    /// # Errors
    /// * [`Reason::UserInfoEncrypted`] if the answer has the five parts of a JWE.
    /// * [`Reason::WrongTokenType`] if `typ` is present and is not `JWT`. The answer is then a token of another kind.
    /// * Another [`Reason`] for the form or the header.
    pub fn parse(text: &'a str) -> Result<Self, Reason> {
        if text.len() <= USERINFO_MAX_BYTES && text.split('.').count() == 5 {
            return Err(Reason::UserInfoEncrypted);
        }
        let jws = CompactJws::parse(text, USERINFO_MAX_BYTES)?;
        let header = Header::parse(&jws.header)?;
        if header.typ.as_deref().is_some_and(|typ| short_media_type(typ) != "jwt") {
            return Err(Reason::WrongTokenType);
        }
        Ok(Self { header, jws })
    }

    /// The JOSE header, which is needed to find the key.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Checks the signature with `check` and the end of the answer, and returns the claims. `exp` is optional in a UserInfo answer.
    ///
    /// # Errors
    /// [`Reason::SignatureInvalid`] if `check` returns false; [`Reason::Expired`]; or a [`Reason`] for the form of the claims.
    pub fn verify(self, now: NumericDate, check: impl FnOnce(&SignatureInput<'_>) -> bool) -> Result<Map<String, Value>, Reason> {
        let input = SignatureInput {
            algorithm: self.header.algorithm,
            signing_input: self.jws.signing_input.as_bytes(),
            signature: &self.jws.signature,
            signature_base64url: self.jws.signature_base64url,
        };
        if !check(&input) {
            return Err(Reason::SignatureInvalid);
        }
        let members = parse_json_object(&self.jws.payload)?;
        if optional_date(&members, "exp", ClaimName::ExpiresAt)?.is_some_and(|end| end <= now) {
            return Err(Reason::Expired);
        }
        Ok(members)
    }
}

impl std::fmt::Debug for SignedUserInfo<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedUserInfo").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    fn jws(header: &str, payload: &str) -> String {
        format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload))
    }

    fn read(text: &str, good: bool) -> Result<Map<String, Value>, Reason> {
        SignedUserInfo::parse(text)?.verify(NumericDate::from_seconds(100).unwrap(), |_| good)
    }

    const HEADER: &str = r#"{"alg":"RS256","kid":"k"}"#;

    #[test]
    fn the_claims_are_read_only_behind_a_valid_signature() {
        let text = jws(HEADER, r#"{"sub":"alice"}"#);
        assert_eq!(read(&text, true).unwrap()["sub"], "alice");
        assert_eq!(read(&text, false), Err(Reason::SignatureInvalid));
        assert!(
            read(
                &jws(r#"{"alg":"RS256","kid":"k","typ":"application/jwt"}"#, r#"{"sub":"a","exp":101}"#),
                true
            )
            .is_ok()
        );
    }

    #[test]
    fn another_kind_of_token_an_ended_answer_and_a_jwe_are_rejected() {
        for (text, reason) in [
            (jws(r#"{"alg":"none","kid":"k"}"#, "{}"), Reason::AlgorithmNotAllowed),
            (jws(r#"{"alg":"HS256","kid":"k"}"#, "{}"), Reason::AlgorithmNotAllowed),
            (jws(r#"{"alg":"RS256","kid":"k","typ":"at+jwt"}"#, "{}"), Reason::WrongTokenType),
            (
                jws(r#"{"alg":"RS256","kid":"k","typ":"vnd.ga4gh.passport+jwt"}"#, "{}"),
                Reason::WrongTokenType,
            ),
            (jws(HEADER, r#"{"exp":100}"#), Reason::Expired),
            (jws(HEADER, r#"{"exp":"101"}"#), Reason::ClaimMalformed(ClaimName::ExpiresAt)),
            (jws(HEADER, r#"{"sub":"a","sub":"b"}"#), Reason::DuplicateMember),
            (jws(HEADER, "[]"), Reason::NotJsonObject),
            ("a.b.c.d.e".to_owned(), Reason::UserInfoEncrypted),
            ("a.b".to_owned(), Reason::NotCompactJws),
            (r#"{"sub":"alice"}"#.to_owned(), Reason::NotCompactJws),
        ] {
            assert_eq!(read(&text, true), Err(reason), "{text}");
        }
    }
}
