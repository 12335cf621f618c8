//! Opaque access tokens: tokens that are not JWTs. Only their issuer can state the holder and the end of such a token.
//!
//! The issuer states them at its introspection endpoint (RFC 7662) or at its UserInfo endpoint.

use serde_json::{Map, Value};

use crate::access_token::AccessToken;
use crate::limits::OPAQUE_TOKEN_MAX_BYTES;
use crate::numeric_date::NumericDate;
use crate::passport::PASSPORT_CLAIM;
use crate::reason::{ClaimName, Reason};
use crate::registered_claims::RegisteredClaims;
use crate::strict_json::parse_json_object;

/// Whether a text can be an opaque access token: a `b64token` (`RFC 6750 § 2.1`) of limited length that has neither the form of a JWS or JWE nor the
/// beginning of one.
///
/// A JWT of any issuer is never opaque. A damaged or unknown JWT is therefore never sent to the introspection endpoint of another issuer.
#[must_use]
pub fn is_opaque_token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let plain = !body.is_empty()
        && body
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/'));
    let dots = body.matches('.').count();
    // A JWS in compact form has two dots, a JWE four. `eyJ` is the base64url of `{"`, with which the header of nearly every JWT begins.
    plain && text.len() <= OPAQUE_TOKEN_MAX_BYTES && dots != 2 && dots != 4 && !body.starts_with("eyJ")
}

/// What is known about an opaque token before its issuer is asked.
#[derive(Clone, Copy, Debug)]
pub struct OpaqueContext<'a> {
    /// The configured issuer, whose endpoint answered on a connection that the gateway made.
    pub issuer: &'a str,
    /// The time of the answer.
    pub now: NumericDate,
    /// The end of the token if the answer states none.
    pub default_end: NumericDate,
}

impl OpaqueContext<'_> {
    /// Reads the answer of an introspection endpoint (`RFC 7662 § 2.2`) about an access token.
    ///
    /// `token_type` is required, although RFC 7662 makes it optional: an introspection endpoint also answers for refresh tokens, and several servers
    /// omit `token_type` there. A refresh token must not count as an access token.
    ///
    /// # Errors
    /// * [`Reason::IntrospectionUnavailable`] if the answer is not a JSON object with a boolean `active`.
    /// * [`Reason::TokenInactive`] if `active` is false.
    /// * [`Reason::IntrospectionNotAnAccessToken`] if the token is of another kind.
    /// * [`Reason::IntrospectionOtherIssuer`] if the answer names another issuer.
    /// * [`Reason::ClaimMissing`] or [`Reason::ClaimMalformed`] for a claim, for example a missing `sub`.
    pub fn parse_introspection(&self, answer: &[u8]) -> Result<AccessToken, Reason> {
        let mut members = parse_json_object(answer).map_err(|_| Reason::IntrospectionUnavailable)?;
        match members.get("active") {
            Some(Value::Bool(true)) => {}
            Some(Value::Bool(false)) => return Err(Reason::TokenInactive),
            Some(Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_)) | None => {
                return Err(Reason::IntrospectionUnavailable);
            }
        }
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let bearer = text("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer") || kind.eq_ignore_ascii_case("dpop"));
        let used_as_access_token = members.get("token_use").is_none_or(|used| used == "access_token");
        if !bearer || !used_as_access_token {
            return Err(Reason::IntrospectionNotAnAccessToken);
        }
        self.claims_of(&mut members, Reason::IntrospectionOtherIssuer)
    }

    /// Reads the answer of a UserInfo endpoint as the statement about the presented token. The token counts as passport-scoped if the answer has the
    /// passport claim.
    ///
    /// # Errors
    /// [`Reason::UserInfoSubjectMismatch`] if the answer names another issuer; [`Reason::ClaimMissing`] or [`Reason::ClaimMalformed`] for a claim.
    pub fn parse_userinfo(&self, mut members: Map<String, Value>) -> Result<AccessToken, Reason> {
        let scoped = members.get(PASSPORT_CLAIM).is_some_and(|claim| !claim.is_null());
        // UserInfo states facts about the person. `exp` and `iat` of a signed answer are times of the answer, not of the token.
        for name in ["exp", "iat", "nbf", "jti", "scope", "client_id", "azp"] {
            members.remove(name);
        }
        let access = self.claims_of(&mut members, Reason::UserInfoSubjectMismatch)?;
        Ok(AccessToken {
            passport_scoped: scoped,
            ..access
        })
    }

    fn claims_of(&self, members: &mut Map<String, Value>, other_issuer: Reason) -> Result<AccessToken, Reason> {
        match members.get("iss") {
            None => drop(members.insert("iss".to_owned(), self.issuer.into())),
            Some(issuer) if issuer == self.issuer => {}
            Some(_) => return Err(other_issuer),
        }
        if !members.contains_key("sub") {
            return Err(Reason::ClaimMissing(ClaimName::Subject));
        }
        for (name, date) in [("exp", self.default_end), ("iat", self.now)] {
            if !members.contains_key(name) {
                members.insert(name.to_owned(), date.seconds().into());
            }
        }
        AccessToken::from_claims(RegisteredClaims::parse(members)?, members)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn date(seconds: i64) -> NumericDate {
        NumericDate::from_seconds(seconds).unwrap()
    }

    fn context() -> OpaqueContext<'static> {
        OpaqueContext {
            issuer: "https://i.example",
            now: date(1000),
            default_end: date(1300),
        }
    }

    fn read(answer: &Value) -> Result<AccessToken, Reason> {
        context().parse_introspection(answer.to_string().as_bytes())
    }

    #[test]
    fn only_a_text_without_the_form_of_a_jwt_is_opaque() {
        for text in ["abc", "ory_at_AbC.dEf", "ya29.a0_b-c~d+e/f==", "eyA", "a.b.c.d", &"a".repeat(4096)] {
            assert!(is_opaque_token(text), "{text}");
        }
        for text in [
            "",
            "=",
            "==",
            "a.b.c",
            "e30.e30.AA",
            "a.b.c.d.e",
            "eyJhbGciOiJSUzI1NiJ9",
            "eyJh.b",
            "a b",
            "a\n",
            "a=b",
            "é",
            "a\0",
            &"a".repeat(4097),
        ] {
            assert!(!is_opaque_token(text), "{text}");
        }
    }

    #[test]
    fn an_active_access_token_has_the_claims_of_the_answer_and_default_times() {
        let answer =
            json!({"active": true, "token_type": "Bearer", "sub": "alice", "client_id": "portal", "scope": "openid ga4gh_passport_v1"});
        let access = read(&answer).unwrap();
        assert_eq!(
            (access.claims.identity.issuer.as_str(), access.claims.identity.subject.as_str()),
            ("https://i.example", "alice")
        );
        assert_eq!((access.claims.issued_at, access.claims.expires_at), (date(1000), date(1300)));
        assert_eq!((access.passport_scoped, access.client_id.as_deref()), (true, Some("portal")));
        let mut dated = answer;
        dated["exp"] = json!(1100);
        dated["iat"] = json!(900);
        dated["iss"] = json!("https://i.example");
        let access = read(&dated).unwrap();
        assert_eq!((access.claims.issued_at, access.claims.expires_at), (date(900), date(1100)));
    }

    #[test]
    fn an_answer_about_anything_but_an_active_access_token_of_this_issuer_is_rejected() {
        let good = json!({"active": true, "token_type": "Bearer", "sub": "alice"});
        assert!(read(&good).is_ok());
        for (name, value, reason) in [
            ("active", json!(false), Reason::TokenInactive),
            ("active", json!("true"), Reason::IntrospectionUnavailable),
            ("active", json!(1), Reason::IntrospectionUnavailable),
            ("active", json!(null), Reason::IntrospectionUnavailable),
            ("token_type", json!("refresh_token"), Reason::IntrospectionNotAnAccessToken),
            ("token_type", json!("Refresh"), Reason::IntrospectionNotAnAccessToken),
            ("token_type", json!(null), Reason::IntrospectionNotAnAccessToken),
            ("token_type", json!(["Bearer"]), Reason::IntrospectionNotAnAccessToken),
            ("token_use", json!("refresh_token"), Reason::IntrospectionNotAnAccessToken),
            ("iss", json!("https://i.example/"), Reason::IntrospectionOtherIssuer),
            ("iss", json!(["https://i.example"]), Reason::IntrospectionOtherIssuer),
            ("sub", json!(""), Reason::ClaimMalformed(ClaimName::Subject)),
            ("sub", json!(7), Reason::ClaimMalformed(ClaimName::Subject)),
            ("exp", json!("1100"), Reason::ClaimMalformed(ClaimName::ExpiresAt)),
            ("scope", json!(["openid"]), Reason::ClaimMalformed(ClaimName::Scope)),
            ("aud", json!(null), Reason::ClaimMalformed(ClaimName::Audience)),
        ] {
            let mut other = good.clone();
            other[name] = value;
            assert_eq!(read(&other).err(), Some(reason), "{other}");
        }
        for (missing, reason) in [
            ("active", Reason::IntrospectionUnavailable),
            ("token_type", Reason::IntrospectionNotAnAccessToken),
            ("sub", Reason::ClaimMissing(ClaimName::Subject)),
        ] {
            let mut other = good.clone();
            other.as_object_mut().unwrap().remove(missing);
            assert_eq!(read(&other).err(), Some(reason), "{missing}");
        }
        for text in ["", "null", "[]", "<html>", r#"{"active":false,"active":true}"#] {
            assert_eq!(
                context().parse_introspection(text.as_bytes()).err(),
                Some(Reason::IntrospectionUnavailable),
                "{text}"
            );
        }
    }

    #[test]
    fn userinfo_states_the_person_and_never_the_times_of_the_token() {
        let members = json!({"sub": "alice", "iss": "https://i.example", "exp": 9_000_000, "iat": 1, "scope": "openid ga4gh_passport_v1", "client_id": "x"});
        let access = context().parse_userinfo(members.as_object().unwrap().clone()).unwrap();
        assert_eq!((access.claims.issued_at, access.claims.expires_at), (date(1000), date(1300)));
        assert_eq!((access.passport_scoped, access.client_id), (false, None));
        let with_visas = json!({"sub": "alice", "ga4gh_passport_v1": []});
        assert!(
            context()
                .parse_userinfo(with_visas.as_object().unwrap().clone())
                .unwrap()
                .passport_scoped
        );
        let other = json!({"sub": "alice", "iss": "https://other.example"});
        assert_eq!(
            context().parse_userinfo(other.as_object().unwrap().clone()).err(),
            Some(Reason::UserInfoSubjectMismatch)
        );
    }
}
