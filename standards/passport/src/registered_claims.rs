//! The registered claims of every token of the profile as typed values, and the rules for time and audience.

use serde_json::{Map, Value};

use crate::header::{checked_text, optional_string, required_string};
use crate::identity::Identity;
use crate::limits::{AUDIENCES_MAX_COUNT, STRING_MAX_SCALARS};
use crate::numeric_date::NumericDate;
use crate::reason::{ClaimName, Reason};

/// `iss`, `sub`, `exp`, `iat`, `nbf`, `aud` and `jti` of a token. The first four are required (`AAI 1.2.1 § Passport Format`).
#[derive(Clone, PartialEq, Eq)]
pub struct RegisteredClaims {
    /// `iss` and `sub` together. Neither claim identifies a person alone.
    pub identity: Identity,
    /// `exp`: the token is valid before this time.
    pub expires_at: NumericDate,
    /// `iat`: the time when the token was issued.
    pub issued_at: NumericDate,
    /// `nbf`: the token is not valid before this time. `None` if absent.
    pub not_before: Option<NumericDate>,
    /// `aud`, a string or an array of strings; `None` if absent. An empty array counts as present and contains no audience.
    pub audience: Option<Vec<String>>,
    /// `jti`: the id of the token. `None` if absent.
    pub token_id: Option<String>,
}

/// Allowed difference between an issuer's clock and the gateway's clock, in seconds: at most 30. The leeway applies to the start of a validity
/// (`iat`, `nbf`, `asserted`). It never applies to `exp` (an expired token is expired), and it never extends a lifetime that the gateway
/// grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leeway(i64);

impl Leeway {
    /// No allowed clock difference (0 s).
    pub const ZERO: Self = Self(0);
    /// The largest allowed clock difference, 30 s.
    pub const MAX: Self = Self(30);

    /// Converts whole seconds to a leeway; `None` if above 30.
    #[must_use]
    pub fn from_seconds(seconds: u32) -> Option<Self> {
        (i64::from(seconds) <= Self::MAX.0).then_some(Self(i64::from(seconds)))
    }

    /// The leeway in whole seconds.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0
    }
}

/// The gateway's time policy for tokens of one issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimePolicy {
    /// The allowed difference between the issuer's clock and the gateway's clock.
    pub leeway: Leeway,
    /// The longest accepted `exp - iat`, in seconds.
    pub max_lifetime_s: i64,
}

impl RegisteredClaims {
    /// Parses the registered claims of a token's payload.
    ///
    /// # Errors
    /// [`Reason::ClaimMissing`] or [`Reason::ClaimMalformed`].
    pub fn parse(payload: &Map<String, Value>) -> Result<Self, Reason> {
        // An array of issuers (one trusted, one hostile) is rejected, because `iss` must be a string. jsonwebtoken accepts such arrays.
        let issuer = required_string(payload, "iss", ClaimName::Issuer)?;
        checked_text(issuer, STRING_MAX_SCALARS, ClaimName::Issuer)?;
        let subject = required_string(payload, "sub", ClaimName::Subject)?;
        checked_text(subject, STRING_MAX_SCALARS, ClaimName::Subject)?;
        let token_id = optional_string(payload, "jti", ClaimName::TokenId)?;
        if let Some(id) = token_id {
            checked_text(id, STRING_MAX_SCALARS, ClaimName::TokenId)?;
        }
        Ok(Self {
            identity: Identity::new(issuer, subject),
            expires_at: optional_date(payload, "exp", ClaimName::ExpiresAt)?.ok_or(Reason::ClaimMissing(ClaimName::ExpiresAt))?,
            issued_at: optional_date(payload, "iat", ClaimName::IssuedAt)?.ok_or(Reason::ClaimMissing(ClaimName::IssuedAt))?,
            not_before: optional_date(payload, "nbf", ClaimName::NotBefore)?,
            audience: audience(payload)?,
            token_id: token_id.map(str::to_owned),
        })
    }

    /// Checks `exp > now`, `nbf <= now + leeway`, `iat <= now + leeway`, and a lifetime within policy. The last check also rejects timestamps
    /// in milliseconds.
    ///
    /// # Errors
    /// [`Reason::Expired`], [`Reason::NotYetValid`], [`Reason::IssuedInFuture`] or [`Reason::LifetimeTooLong`].
    pub fn validate_times(&self, now: NumericDate, policy: TimePolicy) -> Result<(), Reason> {
        if self.expires_at <= now {
            return Err(Reason::Expired);
        }
        let latest_start = now.seconds() + policy.leeway.0;
        if self.not_before.is_some_and(|start| start.seconds() > latest_start) {
            return Err(Reason::NotYetValid);
        }
        if self.issued_at.seconds() > latest_start {
            return Err(Reason::IssuedInFuture);
        }
        let lifetime = self.expires_at.seconds() - self.issued_at.seconds();
        if lifetime < 0 || lifetime > policy.max_lifetime_s {
            return Err(Reason::LifetimeTooLong);
        }
        Ok(())
    }

    /// Checks the audience (`AAI 1.2.1`: it names the relying party that requested the token, and one broker serves several relying parties).
    ///
    /// * If `aud` is present, it must contain one of the gateway's names. If the gateway has no name at the issuer, a present `aud` is
    ///   rejected, because the token is for another recipient.
    /// * If `aud` is absent, the token is rejected, unless the policy accepts tokens without `aud` or the gateway has no name at the issuer.
    ///
    /// # Errors
    /// [`Reason::AudienceMissing`] or [`Reason::AudienceNotOurs`].
    pub fn validate_audience<S: AsRef<str>>(&self, policy: AudiencePolicy<'_, S>) -> Result<(), Reason> {
        match &self.audience {
            None if policy.without_audience || policy.ours.is_empty() => Ok(()),
            None => Err(Reason::AudienceMissing),
            Some(named)
                if named
                    .iter()
                    .any(|audience| policy.ours.iter().any(|ours| ours.as_ref() == audience)) =>
            {
                Ok(())
            }
            Some(_) => Err(Reason::AudienceNotOurs),
        }
    }
}

/// The gateway's audience policy for tokens of one issuer.
#[derive(Clone, Copy, Debug)]
pub struct AudiencePolicy<'a, S> {
    /// The gateway's names at the issuer. If empty, a token with any audience is rejected.
    pub ours: &'a [S],
    /// Whether a token without `aud` is accepted although the gateway has names at the issuer.
    pub without_audience: bool,
}

pub(crate) fn optional_date(payload: &Map<String, Value>, name: &str, claim: ClaimName) -> Result<Option<NumericDate>, Reason> {
    payload
        .get(name)
        .map(|value| NumericDate::from_json(value).ok_or(Reason::ClaimMalformed(claim)))
        .transpose()
}

fn audience(payload: &Map<String, Value>) -> Result<Option<Vec<String>>, Reason> {
    let malformed = Reason::ClaimMalformed(ClaimName::Audience);
    match payload.get("aud") {
        None => Ok(None),
        Some(Value::String(one)) => Ok(Some(vec![one.clone()])),
        Some(Value::Array(many)) if many.len() <= AUDIENCES_MAX_COUNT => many
            .iter()
            .map(|item| item.as_str().map(str::to_owned).ok_or(malformed))
            .collect::<Result<Vec<_>, _>>()
            .map(Some),
        Some(Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) => Err(malformed),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::strict_json::parse_json_object;

    const NOW: i64 = 1_800_000_000;

    fn claims(text: &str) -> Result<RegisteredClaims, Reason> {
        RegisteredClaims::parse(&parse_json_object(text.as_bytes()).unwrap())
    }

    fn check(text: &str) -> Result<(), Reason> {
        let policy = TimePolicy {
            leeway: Leeway::MAX,
            max_lifetime_s: 3600,
        };
        claims(text)?.validate_times(NumericDate::from_seconds(NOW).unwrap(), policy)
    }

    fn with(exp: &str, iat: &str, more: &str) -> String {
        format!(r#"{{"iss":"i","sub":"s","exp":{exp},"iat":{iat}{more}}}"#)
    }

    #[test]
    fn times_are_checked_to_the_second() {
        assert_eq!(check(&with("1800000001", "1800000000", "")), Ok(()));
        assert_eq!(check(&with("1800000000", "1799999000", "")), Err(Reason::Expired));
        assert_eq!(check(&with("1800000100", "1800000030", "")), Ok(()));
        assert_eq!(check(&with("1800000100", "1800000031", "")), Err(Reason::IssuedInFuture));
        assert_eq!(check(&with("1800000100", "1800000000", r#","nbf":1800000000"#)), Ok(()));
        assert_eq!(check(&with("1800000100", "1800000000", r#","nbf":1800000030"#)), Ok(()));
        assert_eq!(
            check(&with("1800000100", "1800000000", r#","nbf":1800000031"#)),
            Err(Reason::NotYetValid)
        );
        assert_eq!(check(&with("1800003600", "1800000000", "")), Ok(()));
        assert_eq!(check(&with("1800003601", "1800000000", "")), Err(Reason::LifetimeTooLong));
        assert_eq!(check(&with("1800000001", "1800000002", "")), Err(Reason::LifetimeTooLong));
    }

    #[test]
    fn dates_that_are_not_whole_seconds_are_rejected() {
        for bad in [
            "\"1800000001\"",
            "1800000001.0",
            "1800000001.5",
            "18e8",
            "-1",
            "true",
            "null",
            "[1800000001]",
            "1800000001000",
            "9223372036854775808",
        ] {
            assert_eq!(
                check(&with(bad, "1800000000", "")),
                Err(Reason::ClaimMalformed(ClaimName::ExpiresAt)),
                "{bad}"
            );
            assert_eq!(
                check(&with("1800000001", bad, "")),
                Err(Reason::ClaimMalformed(ClaimName::IssuedAt)),
                "{bad}"
            );
            assert_eq!(
                check(&with("1800000001", "1800000000", &format!(",\"nbf\":{bad}"))),
                Err(Reason::ClaimMalformed(ClaimName::NotBefore))
            );
        }
    }

    #[test]
    fn required_claims_must_be_present_and_texts_must_be_strings() {
        let good = r#"{"iss":"i","sub":"s","exp":2,"iat":1}"#;
        assert!(claims(good).is_ok());
        for (missing, name) in [
            ("iss", ClaimName::Issuer),
            ("sub", ClaimName::Subject),
            ("exp", ClaimName::ExpiresAt),
            ("iat", ClaimName::IssuedAt),
        ] {
            let mut object = parse_json_object(good.as_bytes()).unwrap();
            object.remove(missing);
            assert_eq!(RegisteredClaims::parse(&object).err(), Some(Reason::ClaimMissing(name)));
        }
        let long = "x".repeat(256);
        for bad in [
            "[\"i\",\"evil\"]",
            "\"\"",
            "null",
            "7",
            "\"a\\u0000b\"",
            "{}",
            &format!("\"{long}\""),
        ] {
            let issuer = format!(r#"{{"iss":{bad},"sub":"s","exp":2,"iat":1}}"#);
            assert_eq!(claims(&issuer).err(), Some(Reason::ClaimMalformed(ClaimName::Issuer)), "{bad}");
            let subject = format!(r#"{{"iss":"i","sub":{bad},"exp":2,"iat":1}}"#);
            assert_eq!(claims(&subject).err(), Some(Reason::ClaimMalformed(ClaimName::Subject)), "{bad}");
        }
    }

    #[test]
    fn a_present_audience_must_contain_a_name_of_the_gateway() {
        let with_audience = |aud: &str| claims(&format!(r#"{{"iss":"i","sub":"s","exp":2,"iat":1,"aud":{aud}}}"#));
        let checked =
            |claims: RegisteredClaims, ours: &[&str], without_audience| claims.validate_audience(AudiencePolicy { ours, without_audience });
        for without_audience in [false, true] {
            for ours in [&["us"][..], &["our portal", "us"]] {
                assert_eq!(checked(with_audience("\"us\"").unwrap(), ours, without_audience), Ok(()));
                assert_eq!(checked(with_audience("[\"them\",\"us\"]").unwrap(), ours, without_audience), Ok(()));
                for aud in ["\"them\"", "[]", "[\"them\"]", "\"us \"", "\"US\"", "\"our portal us\""] {
                    assert_eq!(
                        checked(with_audience(aud).unwrap(), ours, without_audience),
                        Err(Reason::AudienceNotOurs),
                        "{aud}"
                    );
                }
            }
            assert_eq!(
                checked(with_audience("\"us\"").unwrap(), &[], without_audience),
                Err(Reason::AudienceNotOurs)
            );
        }
        let without = || claims(r#"{"iss":"i","sub":"s","exp":2,"iat":1}"#).unwrap();
        assert_eq!(checked(without(), &[], false), Ok(()));
        assert_eq!(checked(without(), &["us"], false), Err(Reason::AudienceMissing));
        assert_eq!(checked(without(), &["us"], true), Ok(()));
        for aud in ["null", "7", "{\"us\":1}", "[\"us\",7]"] {
            assert_eq!(with_audience(aud).err(), Some(Reason::ClaimMalformed(ClaimName::Audience)), "{aud}");
        }
    }
}
