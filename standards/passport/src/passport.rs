//! Verified passports, and the claim that holds their visas.

use std::fmt;

use serde_json::Value;

use crate::limits::{PASSPORT_CLAIM_MAX_BYTES, VISAS_MAX_COUNT};
use crate::reason::{ClaimName, Reason};
use crate::registered_claims::RegisteredClaims;
use crate::token::VerifiedToken;
use crate::token_kind::TokenKind;

/// Name of the claim that holds the visas (`Passport 1.2.1 § GA4GH Passport`).
pub const PASSPORT_CLAIM: &str = "ga4gh_passport_v1";

/// A verified passport: the identity that the broker states, and the visas as received. Each visa must still be verified.
pub struct Passport {
    /// The registered claims of the passport. `sub` is the broker's subject and may differ from the subject of the visas.
    pub claims: RegisteredClaims,
    /// The visas as compact tokens, in the order of the claim.
    pub visas: Vec<String>,
}

impl Passport {
    /// Makes a passport from a verified passport token.
    ///
    /// # Errors
    /// [`Reason::WrongTokenType`] if the token is not a passport. Other errors: a missing or malformed claim, too many visas, or visas that
    /// are too large.
    pub fn from_token(token: &VerifiedToken) -> Result<Self, Reason> {
        if token.kind() != TokenKind::Passport {
            return Err(Reason::WrongTokenType);
        }
        let claim = token
            .payload()
            .get(PASSPORT_CLAIM)
            .ok_or(Reason::ClaimMissing(ClaimName::Passport))?;
        Ok(Self {
            claims: token.claims().clone(),
            visas: parse_passport_claim(claim)?,
        })
    }
}

impl fmt::Debug for Passport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passport").field("visas", &self.visas.len()).finish_non_exhaustive()
    }
}

/// Parses the value of `ga4gh_passport_v1`: an array of strings, possibly empty. This function does not reject a single visa above its size
/// limit. The visa is rejected later, when it is parsed, so the caller loses only that visa and not the passport.
///
/// # Errors
/// [`Reason::ClaimMalformed`] for any other value; [`Reason::TooManyVisas`] or [`Reason::TokenTooLarge`] above the limits.
pub fn parse_passport_claim(claim: &Value) -> Result<Vec<String>, Reason> {
    let items = claim.as_array().ok_or(Reason::ClaimMalformed(ClaimName::Passport))?;
    if items.len() > VISAS_MAX_COUNT {
        return Err(Reason::TooManyVisas);
    }
    let mut total_bytes = 0;
    let mut visas = Vec::with_capacity(items.len());
    for item in items {
        let visa = item.as_str().ok_or(Reason::ClaimMalformed(ClaimName::Passport))?;
        total_bytes += visa.len();
        if total_bytes > PASSPORT_CLAIM_MAX_BYTES {
            return Err(Reason::TokenTooLarge);
        }
        visas.push(visa.to_owned());
    }
    Ok(visas)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_passport_claim_must_be_a_flat_array_of_strings() {
        assert_eq!(parse_passport_claim(&json!([])), Ok(vec![]));
        assert_eq!(parse_passport_claim(&json!(["a", "b"])), Ok(vec!["a".to_owned(), "b".to_owned()]));
        for bad in [
            json!(null),
            json!({}),
            json!("a"),
            json!([["a"]]),
            json!(["a", null]),
            json!([7]),
            json!([{"a": 1}]),
        ] {
            assert_eq!(
                parse_passport_claim(&bad),
                Err(Reason::ClaimMalformed(ClaimName::Passport)),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_claim_above_a_limit_is_rejected() {
        assert_eq!(parse_passport_claim(&json!(vec!["a"; 257])), Err(Reason::TooManyVisas));
        assert!(parse_passport_claim(&json!(vec!["a".repeat(16 * 1024); 64])).is_ok());
        assert_eq!(
            parse_passport_claim(&json!(vec!["a".repeat(16 * 1024); 65])),
            Err(Reason::TokenTooLarge)
        );
    }
}
