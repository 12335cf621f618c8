//! Visas. Each visa is one assertion of one source about one person.

mod asserted_by;
mod object;
mod visa_type;

use std::fmt;

use crate::limits::VISA_ACCESS_TOKEN_MAX_AGE_S;
use crate::numeric_date::NumericDate;
use crate::reason::{ClaimName, Reason};
use crate::registered_claims::{RegisteredClaims, TimePolicy};
use crate::token::VerifiedToken;
use crate::token_kind::TokenKind;

pub use asserted_by::AssertedBy;
pub use object::VisaObject;
pub use visa_type::VisaType;

/// Name of the claim that holds the visa object (`Passport 1.2.1 § GA4GH Visa`).
pub const VISA_CLAIM: &str = "ga4gh_visa_v1";

/// A verified visa token and its visa object.
#[derive(Clone)]
pub struct Visa {
    /// The registered claims of the visa token. Their `iss` and `sub` are the visa identity.
    pub claims: RegisteredClaims,
    /// The visa object: the content of the claim `ga4gh_visa_v1`.
    pub object: VisaObject,
    /// Whether the token is a visa access token (`AAI 1.2.1 § Visa Access Token Format`) and not a document token.
    pub is_access_token: bool,
}

impl Visa {
    /// Makes a visa from a verified visa token. The caller must check times and trust.
    ///
    /// # Errors
    /// [`Reason::WrongTokenType`] if the token is not a visa; [`Reason::VisaWithAudience`]; or a [`Reason`] for a missing or malformed member.
    pub fn from_token(token: &VerifiedToken) -> Result<Self, Reason> {
        if token.kind() != TokenKind::Visa {
            return Err(Reason::WrongTokenType);
        }
        // AAI 1.2.1 § Visa Document Token: a visa is for every clearinghouse. A visa with an audience is for another recipient and must not be
        // used.
        if token.claims().audience.is_some() {
            return Err(Reason::VisaWithAudience);
        }
        let claim = token.payload().get(VISA_CLAIM).ok_or(Reason::ClaimMissing(ClaimName::Visa))?;
        Ok(Self {
            claims: token.claims().clone(),
            object: VisaObject::parse(claim)?,
            is_access_token: token.header().jku.is_none(),
        })
    }

    /// The end of a visa access token without polling: one hour after its `iat`. `None` for a document token.
    #[must_use]
    pub fn ends_without_polling(&self) -> Option<i64> {
        self.is_access_token
            .then(|| self.claims.issued_at.seconds() + VISA_ACCESS_TOKEN_MAX_AGE_S)
    }

    /// Checks the times of the registered claims, and checks that `asserted <= iat + leeway`. The leeway is needed because the source and the
    /// issuer may have different clocks.
    ///
    /// # Errors
    /// The errors of [`RegisteredClaims::validate_times`], and [`Reason::AssertedAfterIssued`].
    pub fn validate_times(&self, now: NumericDate, policy: TimePolicy) -> Result<(), Reason> {
        self.claims.validate_times(now, policy)?;
        if self.object.asserted.seconds() > self.claims.issued_at.seconds() + policy.leeway.seconds() {
            return Err(Reason::AssertedAfterIssued);
        }
        Ok(())
    }

    /// The time of the assertion, for periods that are counted from the assertion. This time is never later than the time of issue, so a clock
    /// difference cannot lengthen a period.
    #[must_use]
    pub fn asserted(&self) -> NumericDate {
        self.object.asserted.min(self.claims.issued_at)
    }
}

impl fmt::Debug for Visa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visa").finish_non_exhaustive()
    }
}
