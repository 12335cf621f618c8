//! Approvals of the access committee: reads them from files, checks them before they are recorded, and determines their current state.

pub mod check;
pub mod document;
pub mod expiring;
pub mod notice;
mod place;
pub mod plan;
pub mod rems;

use gemj_model::{Approval, Timestamp};

pub use check::{ApprovalFault, Known};
pub use document::{DocumentFault, ElementFault, Recorded, RemsForm, read};
pub use expiring::{Lapse, LapseReason, lapses};
pub use place::Place;
pub use plan::{Absent, Change, Plan, PlanOptions, plan};
pub use rems::{ContentDigest, RemsEntry, RemsFault, RemsMapping, RemsOutcome};

/// The state of an approval at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApprovalState {
    /// The approval is valid.
    Valid,
    /// The first instant of the approval is in the future.
    NotYet,
    /// The time `not_after` of the approval has been reached.
    Ended,
    /// The approval was revoked.
    Revoked,
}

impl ApprovalState {
    /// The state of an approval at `now`. A revoked approval is `Revoked` whatever its dates are.
    #[must_use]
    pub fn of(approval: &Approval, now: Timestamp) -> Self {
        if approval.revoked.is_some() {
            Self::Revoked
        } else if approval.not_after <= now {
            Self::Ended
        } else if approval.not_before.is_some_and(|start| start > now) {
            Self::NotYet
        } else {
            Self::Valid
        }
    }

    /// The state as a kebab-case text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::NotYet => "not-yet",
            Self::Ended => "ended",
            Self::Revoked => "revoked",
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use gemj_model::{ApprovalId, DatasetId, Delivery, Purpose};

    use super::*;

    pub(crate) fn approval() -> Approval {
        Approval {
            id: ApprovalId::parse("2026-0100").unwrap(),
            visa_value: "https://gemj.example/approvals/2026-0100".to_owned(),
            project: "Arrhythmia".to_owned(),
            applicant: String::new(),
            users: Vec::new(),
            organisation: "university.example".to_owned(),
            country: None,
            datasets: vec![DatasetId::parse("cancer").unwrap()],
            release: None,
            purposes: vec![Purpose::BiomedicalResearch],
            diseases: Vec::new(),
            commercial: false,
            meets: Vec::new(),
            delivery: Delivery::RegionView,
            region_budget_bp: None,
            regions: None,
            not_before: Some(Timestamp(1000)),
            not_after: Timestamp(2000),
            revoked: None,
        }
    }

    #[test]
    fn an_approval_is_not_yet_valid_then_valid_then_ended_and_a_revoked_one_is_always_revoked() {
        let mut of = approval();
        let at = |approval: &Approval, now| ApprovalState::of(approval, Timestamp(now)).as_str();
        assert_eq!(
            [999, 1000, 1999, 2000].map(|now| at(&of, now)),
            ["not-yet", "valid", "valid", "ended"]
        );
        of.revoked = Some(Timestamp(5));
        assert_eq!([999, 1000, 2000].map(|now| at(&of, now)), ["revoked"; 3]);
    }
}
