//! UserInfo answers that are signed JWTs (`application/jwt`, `OpenID Connect Core 1.0 § 5.3.2`).

use serde_json::{Map, Value};

use crate::compact_jws::CompactJws;
use crate::header::Header;
use crate::limits::USERINFO_MAX_BYTES;
use crate::numeric_date::NumericDate;
use crate::reason::{ClaimName, Reason};
use crate::registered_claims::{Leeway, optional_date};
use crate::strict_json::parse_json_object;
use crate::token::SignatureInput;
use crate::token_kind::short_media_type;

/// Claims that a UserInfo answer never has. The same keys sign other tokens, and `typ` may be absent in all of them.
///
/// * `nonce`, `at_hash` and `c_hash` are claims of ID tokens (`OpenID Connect Core 1.0 § 2 and § 3.3.2.11`), `s_hash` is one of FAPI.
/// * `events` is a claim of logout tokens and of other security events (RFC 8417).
/// * `ga4gh_visa_v1` is the claim of a visa.
const OF_OTHER_TOKENS: [&str; 6] = ["nonce", "at_hash", "c_hash", "s_hash", "events", "ga4gh_visa_v1"];

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
    /// * [`Reason::UnsupportedHeader`] if `cty` states that the content is another JWT.
    /// * Another [`Reason`] for the form or the header.
    pub fn parse(text: &'a str) -> Result<Self, Reason> {
        if text.len() <= USERINFO_MAX_BYTES && text.split('.').count() == 5 {
            return Err(Reason::UserInfoEncrypted);
        }
        let jws = CompactJws::parse(text, USERINFO_MAX_BYTES)?;
        let header = Header::parse(&jws.header)?;
        // RFC 7519 § 5.2: `cty` with the value `JWT` states that the content is another JWT. This crate opens no nested token.
        if let Some(cty) = parse_json_object(&jws.header)?.get("cty")
            && cty.as_str().is_none_or(|cty| short_media_type(cty) == "jwt")
        {
            return Err(Reason::UnsupportedHeader);
        }
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

    /// Checks the signature with `check` and the times of the answer, and returns the claims. `exp`, `nbf` and `iat` are optional in a UserInfo answer.
    ///
    /// # Errors
    /// * [`Reason::SignatureInvalid`] if `check` returns false.
    /// * [`Reason::Expired`], [`Reason::NotYetValid`] or [`Reason::IssuedInFuture`].
    /// * [`Reason::WrongTokenType`] if the claims are those of another kind of token: an ID token, a logout token or a visa.
    /// * Another [`Reason`] for the form of the claims.
    pub fn verify(
        self,
        now: NumericDate,
        leeway: Leeway,
        check: impl FnOnce(&SignatureInput<'_>) -> bool,
    ) -> Result<Map<String, Value>, Reason> {
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
        let latest = now.seconds().saturating_add(leeway.seconds());
        let is_ahead = |name, claim| Ok::<bool, Reason>(optional_date(&members, name, claim)?.is_some_and(|at| at.seconds() > latest));
        if is_ahead("nbf", ClaimName::NotBefore)? {
            return Err(Reason::NotYetValid);
        }
        if is_ahead("iat", ClaimName::IssuedAt)? {
            return Err(Reason::IssuedInFuture);
        }
        if OF_OTHER_TOKENS.iter().any(|name| members.contains_key(*name)) {
            return Err(Reason::WrongTokenType);
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
        SignedUserInfo::parse(text)?.verify(NumericDate::from_seconds(100).unwrap(), Leeway::MAX, |_| good)
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
        for good in [
            r#"{"sub":"a","nbf":130,"iat":130}"#,
            r#"{"sub":"a","aud":"client","iss":"i","auth_time":90}"#,
        ] {
            assert!(read(&jws(HEADER, good), true).is_ok(), "{good}");
        }
        assert!(read(&jws(r#"{"alg":"RS256","kid":"k","cty":"json"}"#, r#"{"sub":"a"}"#), true).is_ok());
    }

    #[test]
    fn an_id_token_a_logout_token_a_visa_and_an_answer_of_the_future_are_rejected() {
        for (claims, reason) in [
            (r#"{"sub":"a","nbf":131}"#, Reason::NotYetValid),
            (r#"{"sub":"a","iat":131}"#, Reason::IssuedInFuture),
            (r#"{"sub":"a","nbf":"1"}"#, Reason::ClaimMalformed(ClaimName::NotBefore)),
            (r#"{"sub":"a","aud":"other","nonce":"n"}"#, Reason::WrongTokenType),
            (r#"{"sub":"a","aud":"other","at_hash":"h"}"#, Reason::WrongTokenType),
            (r#"{"sub":"a","c_hash":"h"}"#, Reason::WrongTokenType),
            (r#"{"sub":"a","s_hash":"h"}"#, Reason::WrongTokenType),
            (
                r#"{"sub":"a","events":{"http://schemas.openid.net/event/backchannel-logout":{}}}"#,
                Reason::WrongTokenType,
            ),
            (r#"{"sub":"a","ga4gh_visa_v1":{}}"#, Reason::WrongTokenType),
        ] {
            assert_eq!(read(&jws(HEADER, claims), true), Err(reason), "{claims}");
        }
        for cty in [r#""JWT""#, r#""application/jwt""#, "7", "null"] {
            let header = format!(r#"{{"alg":"RS256","kid":"k","cty":{cty}}}"#);
            assert_eq!(read(&jws(&header, r#"{"sub":"a"}"#), true), Err(Reason::UnsupportedHeader), "{cty}");
        }
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
