//! The key with which the operator at the command line reads the records of one named participant.

use gemj_model::ParticipantId;

/// The records that the operator reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OperatorReadAction {
    /// The participant's consent events and the clauses that hold.
    Consent,
    /// The recipients of the participant's data.
    Disclosures,
    /// The content of the participant's packets, for its return to the institution that sent them.
    Export,
    /// What one institution stated about the participant, for its return to that institution.
    ExportFacts,
    /// The participant's files.
    Files,
    /// The consent events and the counts of stored data on which the erasure of the participant's data is decided.
    Purge,
    /// The participant's registration: family, sex, site, datasets, and the numbers of files, facts and linked numbers.
    Registration,
}

impl OperatorReadAction {
    /// The name of the read in the audit trail.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "read-consent",
            Self::Disclosures => "read-disclosures",
            Self::Export => "export-packets",
            Self::ExportFacts => "export-facts",
            Self::Files => "read-files",
            Self::Purge => "plan-purge",
            Self::Registration => "read-registration",
        }
    }
}

/// The longest reason that the operator may state, in characters.
const MAX_REASON_CHARS: usize = 200;

/// The reason that is recorded if the operator states no reason.
const NOT_STATED: &str = "not stated";

/// Permission for the operator to read the records of one participant. The store that takes this key writes an audit row with the
/// reason before the store returns any data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorRead {
    action: OperatorReadAction,
    participant: ParticipantId,
    reason: String,
}

/// The error for a reason that is empty, too long, or contains control characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a reason has 1 to {MAX_REASON_CHARS} characters and no control characters")]
pub struct ReasonFault;

impl OperatorRead {
    /// Makes the operator's key, on the basis `operation`. If no reason is stated, the audit trail records `not stated`.
    ///
    /// # Errors
    /// [`ReasonFault`] if the reason is empty, too long, or contains control characters.
    pub fn new(action: OperatorReadAction, participant: ParticipantId, reason: Option<&str>) -> Result<Self, ReasonFault> {
        Ok(Self {
            action,
            participant,
            reason: checked(reason)?,
        })
    }

    /// The kind of records that the operator reads.
    #[must_use]
    pub fn action(&self) -> OperatorReadAction {
        self.action
    }

    /// The participant whose records the operator reads.
    #[must_use]
    pub fn participant(&self) -> &ParticipantId {
        &self.participant
    }

    /// The reason for the read, for the audit trail.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// Permission for the operator to list all registered participants. The store that takes this key writes an audit row with the reason before
/// the store returns any data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorListing {
    reason: String,
}

impl OperatorListing {
    /// The name of the read in the audit trail.
    pub const ACTION: &'static str = "list-participants";

    /// Makes the operator's key, on the basis `operation`. If no reason is stated, the audit trail records `not stated`.
    ///
    /// # Errors
    /// [`ReasonFault`] if the reason is empty, too long, or contains control characters.
    pub fn new(reason: Option<&str>) -> Result<Self, ReasonFault> {
        Ok(Self { reason: checked(reason)? })
    }

    /// The reason for the read, for the audit trail.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// A usable reason.
fn checked(reason: Option<&str>) -> Result<String, ReasonFault> {
    let reason = reason.map_or(NOT_STATED, str::trim);
    if reason.is_empty() || reason.chars().count() > MAX_REASON_CHARS || reason.chars().any(char::is_control) {
        return Err(ReasonFault);
    }
    Ok(reason.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn reason(text: Option<&str>) -> Result<String, ReasonFault> {
        let participant = ParticipantId::parse("P-1").unwrap();
        OperatorRead::new(OperatorReadAction::Consent, participant, text).map(|read| read.reason().to_owned())
    }

    #[test]
    fn a_reason_is_one_line_of_text_and_an_absent_reason_is_recorded_as_not_stated() {
        assert_eq!(reason(Some(" call of the hospital ")).unwrap(), "call of the hospital");
        assert_eq!(reason(None).unwrap(), "not stated");
        for refused in ["", "  ", "a\nb", &"x".repeat(201)] {
            assert_eq!(reason(Some(refused)), Err(ReasonFault), "{refused:?}");
        }
        assert!(reason(Some(&"理".repeat(200))).is_ok());
    }
}
