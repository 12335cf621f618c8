//! Consent statements that are read from a unit of a feed, beside its facts.

use crate::consent::{Clause, ClauseSet};
use crate::identifier::{FormId, ParticipantId};

/// What a record of a feed states about consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeedConsentState {
    /// The participant, or a legal representative, signed a form. A status alone is never consent: form, date and answers are all stated.
    Given {
        /// The signed form, as the profile maps it. It can be unknown.
        form: FormId,
        /// The clauses to which the participant agreed. The form's other clauses do not hold.
        clauses: ClauseSet,
        /// The signing date as received (ISO 8601).
        signed: String,
        /// Whether a legal representative signed.
        by_proxy: bool,
    },
    /// The participant withdrew.
    Withdrawn {
        /// The withdrawn clauses; empty if everything was withdrawn.
        clauses: ClauseSet,
        /// The date of the withdrawal as received (ISO 8601); absent if not stated.
        at: Option<String>,
    },
    /// The record could state a withdrawal and cannot be read.
    Unclear,
    /// The unit could not be read at all, and the profile names places where a unit states a withdrawal.
    Unread,
    /// The record states a part of a consent only, or cannot be read. It is not a consent.
    Incomplete {
        /// The parts that are missing or unreadable, as names of members of the profile.
        missing: Vec<&'static str>,
    },
}

impl FeedConsentState {
    /// A text that is equal for equal statements, for a digest.
    #[must_use]
    pub fn canonical(&self) -> String {
        let joined = |clauses: &ClauseSet| clauses.iter().map(Clause::as_str).collect::<Vec<_>>().join(";");
        match self {
            Self::Given {
                form,
                clauses,
                signed,
                by_proxy,
            } => format!("given\n{}\n{}\n{signed}\n{by_proxy}", form.as_str(), joined(clauses)),
            Self::Withdrawn { clauses, at } => format!("withdrawn\n{}\n{}", joined(clauses), at.as_deref().unwrap_or_default()),
            Self::Unclear => "unclear".to_owned(),
            Self::Unread => "unread".to_owned(),
            Self::Incomplete { missing } => format!("incomplete\n{}", missing.join(" ")),
        }
    }
}

/// One statement of a unit about consent. The type has no `Debug`, because the texts of a record can name a person.
#[derive(Clone, PartialEq, Eq)]
pub struct FeedConsent {
    /// The name of the unit within the feed, as in [`crate::fact::FactSource::unit`].
    pub unit: String,
    /// The rule of the profile and the record of the unit from which the statement was read. It names no person.
    pub rule: String,
    /// The participant; absent if the unit's person is not known or not certain.
    pub participant: Option<ParticipantId>,
    /// The statement.
    pub state: FeedConsentState,
    /// The other texts of the record. A word for a withdrawal in one of them makes a consent an unclear withdrawal.
    pub texts: Vec<String>,
}
