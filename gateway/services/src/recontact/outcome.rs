//! The outcome of a recontact that a requester may see: ranges, either complete or not at all, and only after the deadline.
//!
//! The rule, closed and without exceptions:
//! 1. Only participants who may still be asked are counted. A participant who withdrew or died is in no number.
//! 2. A number is reported as a range with fixed bounds: `0`, `<k`, then half-logarithmic steps from k (with k = 10: 10–29, 30–99, 100–299,
//!    …).
//! 3. After the approval, one number is reported: the number of participants asked.
//! 4. The outcome is reported only after the deadline, when no further answer is accepted. No single answer can then be observed as it
//!    arrives.
//! 5. The outcome is reported completely or not at all. Every part must be empty or contain participants of at least k families, and at
//!    least two parts must not be empty. No part can then be computed from the others, and no part is the answer of all participants.

use gemj_access::Grant;
pub use gemj_access::Range;
use gemj_catalogue::{RecontactAnswer, RecontactOutcome, RecontactTaskState};
use gemj_model::Timestamp;
use roaring::RoaringBitmap;

/// The participants who were asked and may still be asked, after the deadline. They are divided into parts by the result, and each
/// participant is in one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The number of participants whose task the hospital rejected, cancelled or reported as failed, as a range.
    pub declined: Range,
    /// The number of participants whose task the hospital accepted without reporting an answer before the deadline, as a range.
    pub accepted: Range,
    /// The number of participants whose task the hospital neither accepted nor rejected before the deadline, as a range.
    pub open: Range,
    /// The number of participants who agreed to further contact, as a range.
    pub agree: Range,
    /// The number of participants who declined further contact, as a range.
    pub decline: Range,
    /// The number of participants who were asked and did not answer, as a range.
    pub no_answer: Range,
    /// The number of participants who could not be reached, as a range.
    pub unreachable: Range,
}

/// The state of an approved request that its requester may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportedState {
    /// The number of participants asked, as a range.
    pub asked: Range,
    /// Whether the deadline has passed.
    pub closed: bool,
    /// The outcome; absent before the deadline, and absent if the rule does not allow a report.
    pub outcome: Option<Outcome>,
}

/// Applies the rule of this module to the outcomes of a request. `outcomes` contains only the participants of the Grant, who may still be
/// asked.
#[must_use]
pub fn tell(outcomes: &[RecontactOutcome], grant: &Grant, deadline: Timestamp, now: Timestamp) -> ReportedState {
    let terms = grant.terms();
    told(outcomes, |people| terms.range(grant, people), now >= deadline)
}

fn told(outcomes: &[RecontactOutcome], range: impl Fn(&RoaringBitmap) -> Range, closed: bool) -> ReportedState {
    let mut parts: [RoaringBitmap; 7] = Default::default();
    for outcome in outcomes {
        if let Some(part) = part_of(outcome) {
            parts[part].insert(outcome.participant.0);
        }
    }
    let whole = parts.iter().fold(RoaringBitmap::new(), |all, part| all | part);
    let ranges = parts.each_ref().map(|part| match part.is_empty() {
        true => Range::Zero,
        false => range(part),
    });
    let filled = ranges.iter().filter(|range| **range != Range::Zero).count();
    let is_given = closed && filled >= 2 && !ranges.iter().any(|range| matches!(range, Range::Below(_)));
    let [declined, accepted, open, agree, decline, no_answer, unreachable] = ranges;
    ReportedState {
        asked: range(&whole),
        closed,
        outcome: is_given.then_some(Outcome {
            declined,
            accepted,
            open,
            agree,
            decline,
            no_answer,
            unreachable,
        }),
    }
}

/// The index of the part to which a task belongs; absent for a participant without a hospital, who is not asked.
fn part_of(outcome: &RecontactOutcome) -> Option<usize> {
    match (outcome.state, outcome.answer) {
        (RecontactTaskState::NotAskable, _) => None,
        (RecontactTaskState::Rejected | RecontactTaskState::Failed | RecontactTaskState::Cancelled, _) => Some(0),
        (RecontactTaskState::Accepted | RecontactTaskState::InProgress, _) | (RecontactTaskState::Completed, None) => Some(1),
        (RecontactTaskState::Requested | RecontactTaskState::Received, _) => Some(2),
        (RecontactTaskState::Completed, Some(RecontactAnswer::Agree)) => Some(3),
        (RecontactTaskState::Completed, Some(RecontactAnswer::Decline)) => Some(4),
        (RecontactTaskState::Completed, Some(RecontactAnswer::NoAnswer)) => Some(5),
        (RecontactTaskState::Completed, Some(RecontactAnswer::Unreachable)) => Some(6),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use gemj_model::Ordinal;
    use proptest::prelude::*;

    use super::*;

    /// The range of a group of participants with k = 10 families. Each family has `of_family` participants.
    fn range(people: &RoaringBitmap, of_family: u32) -> Range {
        let families: RoaringBitmap = people.iter().map(|person| person / of_family).collect();
        match (families.len(), people.len()) {
            (0..10, _) => Range::Below(10),
            (_, 10..30) => Range::Within(10, 29),
            _ => Range::Within(30, 99),
        }
    }

    /// The reported state after the deadline, for participants without relatives.
    fn at_the_end(agree: u32, decline: u32, open: u32) -> ReportedState {
        told(&outcomes(agree, decline, open), |people| range(people, 1), true)
    }

    fn outcomes(agree: u32, decline: u32, open: u32) -> Vec<RecontactOutcome> {
        (0..agree + decline + open)
            .map(|number| {
                let (state, answer) = if number < agree {
                    (RecontactTaskState::Completed, Some(RecontactAnswer::Agree))
                } else if number < agree + decline {
                    (RecontactTaskState::Completed, Some(RecontactAnswer::Decline))
                } else {
                    (RecontactTaskState::Requested, None)
                };
                RecontactOutcome {
                    participant: Ordinal(number),
                    state,
                    answer,
                }
            })
            .collect()
    }

    #[test]
    fn before_the_deadline_answers_do_not_change_the_reported_state() {
        let before = |agree, open| told(&outcomes(agree, 0, open), |people| range(people, 1), false);
        let first = before(0, 40);
        assert_eq!(first.asked.to_string(), "30-99");
        assert_eq!(first.outcome, None);
        for agree in 1..=40 {
            assert_eq!(before(agree, 40 - agree), first);
        }
    }

    #[test]
    fn one_part_that_is_too_small_hides_all_parts() {
        assert_eq!(at_the_end(20, 9, 0).outcome, None);
        assert_eq!(at_the_end(20, 10, 1).outcome, None);
        let outcome = at_the_end(35, 10, 0).outcome.unwrap();
        assert_eq!(
            (outcome.agree.to_string(), outcome.decline.to_string(), outcome.open.to_string()),
            ("30-99".into(), "10-29".into(), "0".into())
        );
        assert_eq!(
            at_the_end(40, 0, 0).outcome,
            None,
            "an answer that all participants gave is the answer of each of them"
        );
    }

    #[test]
    fn k_counts_families_and_not_participants() {
        let pairs = |agree, decline| told(&outcomes(agree, decline, 0), |people| range(people, 2), true);
        assert_eq!(pairs(18, 20).outcome, None, "18 participants of 9 families");
        assert_eq!(pairs(18, 0).asked, Range::Below(10));
    }

    proptest! {
        #[test]
        fn every_part_of_an_answer_is_empty_or_of_at_least_k(agree in 0_u32..40, decline in 0_u32..40, open in 0_u32..40) {
            if let Some(outcome) = at_the_end(agree, decline, open).outcome {
                for (range, truth) in [(outcome.agree, agree), (outcome.decline, decline), (outcome.open, open)] {
                    match range {
                        Range::Zero => prop_assert_eq!(truth, 0),
                        Range::Below(_) => prop_assert!(false, "a part below k was reported"),
                        Range::Within(first, last) => prop_assert!(first >= 10 && u64::from(truth) >= first && u64::from(truth) <= last && last > first),
                    }
                }
            }
        }
    }
}
