//! What a requester may be told: ranges, all of them or none, and only when nothing moves any more.
//!
//! The rule, closed and without exceptions:
//! 1. Only people who may still be asked are counted. Whoever withdrew or died is in no number.
//! 2. A number is given as a range of fixed bounds: `0`, `<k`, then from k on in half-logarithmic steps (10–29, 30–99, 100–299, …).
//! 3. From the approval on there is one number: how many are asked.
//! 4. What came of it is told only after the deadline, when no answer is taken any more, so that no single answer can be seen coming in.
//! 5. It is told as a whole or not at all: every part of the whole is empty or has people of at least k families, and at least two parts are
//!    not empty. No part is then left to be worked out from the others, and none speaks for everybody.

use std::fmt;

use gemj_access::ConsentView;
use gemj_catalogue::{RecontactAnswer, RecontactOutcome, RecontactTaskState};
use gemj_model::{Clause, Ordinal, Timestamp};
use roaring::RoaringBitmap;

/// A number, said as the range that it lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// None at all. Only ever said of a part, never of the whole.
    Nobody,
    /// Fewer than this many families, perhaps none.
    Below(u64),
    /// From the first number to the last, both included.
    Within(u64, u64),
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("0"),
            Self::Below(k) => write!(f, "<{k}"),
            Self::Within(first, last) => write!(f, "{first}-{last}"),
        }
    }
}

/// The parts of those asked, after the deadline. Together they are everybody asked who may still be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The hospital did not take it on, or called it off.
    pub declined: Range,
    /// The hospital took it on, and had no answer when the deadline passed.
    pub accepted: Range,
    /// The hospital never said anything.
    pub open: Range,
    /// The participant may be contacted further.
    pub agree: Range,
    /// The participant does not wish it.
    pub decline: Range,
    /// Asked, without an answer.
    pub no_answer: Range,
    /// Could not be asked.
    pub unreachable: Range,
}

/// What is told of an approved request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// How many are asked.
    pub asked: Range,
    /// Whether the deadline has passed.
    pub closed: bool,
    /// The parts; absent before the deadline, and where one of them is too small.
    pub outcome: Option<Outcome>,
}

/// Whether somebody may be asked at this moment. Death ends the clause.
#[must_use]
pub fn may_be_asked(view: &ConsentView, participant: Ordinal) -> bool {
    [Clause::StudyUse, Clause::Recontact]
        .into_iter()
        .all(|clause| view.holding(clause).contains(participant.0))
}

/// Applies the rule to what came of a request. `k` is the least number of families behind a number.
#[must_use]
pub fn tell(outcomes: &[RecontactOutcome], view: &ConsentView, k: u32, deadline: Timestamp, now: Timestamp) -> Told {
    let mut parts: [RoaringBitmap; 7] = Default::default();
    for outcome in outcomes.iter().filter(|o| may_be_asked(view, o.participant)) {
        if let Some(part) = part_of(outcome) {
            parts[part].insert(outcome.participant.0);
        }
    }
    let ruler = Ruler {
        families: view.families(),
        k: u64::from(k),
    };
    let whole = parts.iter().fold(RoaringBitmap::new(), |all, part| all | part);
    let closed = now >= deadline;
    let filled = parts.iter().filter(|part| !part.is_empty()).count();
    let open_to_tell = closed && filled >= 2 && parts.iter().all(|part| part.is_empty() || ruler.is_enough(part));
    let outcome = open_to_tell.then(|| {
        let [declined, accepted, open, agree, decline, no_answer, unreachable] = parts.each_ref().map(|part| match part.is_empty() {
            true => Range::Nobody,
            false => ruler.range(part),
        });
        Outcome {
            declined,
            accepted,
            open,
            agree,
            decline,
            no_answer,
            unreachable,
        }
    });
    Told {
        asked: ruler.range(&whole),
        closed,
        outcome,
    }
}

/// The position of a task's part; absent for somebody who has no hospital and is not asked.
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

struct Ruler<'a> {
    families: &'a [u32],
    k: u64,
}

impl Ruler<'_> {
    /// Whether people are of at least k families.
    fn is_enough(&self, people: &RoaringBitmap) -> bool {
        let families: RoaringBitmap = people
            .iter()
            .map(|ordinal| self.families.get(ordinal as usize).copied().unwrap_or(u32::MAX - ordinal))
            .collect();
        families.len() >= self.k
    }

    fn range(&self, people: &RoaringBitmap) -> Range {
        if !self.is_enough(people) {
            return Range::Below(self.k);
        }
        let count = people.len();
        let mut first = self.k;
        let mut step = 10_u64;
        loop {
            let next = if step <= first { None } else { Some(step) };
            if let Some(next) = next {
                if count < next {
                    return Range::Within(first, next - 1);
                }
                first = next;
            }
            step = match step.to_string().starts_with('1') {
                true => step.saturating_mul(3),
                false => (step / 3).saturating_mul(10),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use gemj_access::{ConsentLedger, Roster};
    use gemj_model::consent::{Bilingual, FormClause};
    use gemj_model::{ClauseSet, ConsentEvent, ConsentForm, ConsentKind, FormId};
    use proptest::prelude::*;

    use super::*;

    const DEADLINE: Timestamp = Timestamp(1_000);

    /// People from 0 on, of whom those named have withdrawn; two by two of one family where that is said.
    fn view(people: u32, withdrawn: &[u32], in_pairs: bool) -> ConsentView {
        let text = Bilingual {
            ja: String::new(),
            en: String::new(),
        };
        let form = ConsentForm {
            id: FormId::parse("f").unwrap(),
            title: text.clone(),
            issuer: String::new(),
            particulars: Default::default(),
            effective_from: "2024-04-01".into(),
            overseas_countries: Vec::new(),
            clauses: Clause::ALL
                .into_iter()
                .map(|clause| FormClause {
                    clause,
                    text: text.clone(),
                })
                .collect(),
        };
        let mut ledger = ConsentLedger::new([form]);
        let mut roster = Roster::default();
        for number in 0..people {
            let family = format!("F{}", number / 2);
            roster.register(Ordinal(number), in_pairs.then_some(family.as_str()), None);
            let event = |sequence, kind, clauses| ConsentEvent {
                sequence,
                participant: Ordinal(number),
                kind,
                form: Some(FormId::parse("f").unwrap()),
                clauses,
                effective: Timestamp(1),
                recorded: Timestamp(1),
                ground: gemj_model::Ground::Consent,
                corrects: None,
            };
            ledger.append(event(
                u64::from(number) * 2 + 1,
                ConsentKind::Given,
                Clause::ALL.into_iter().collect(),
            ));
            if withdrawn.contains(&number) {
                ledger.append(event(u64::from(number) * 2 + 2, ConsentKind::Withdrawn, ClauseSet::EMPTY));
            }
        }
        ConsentView::fold(1, &ledger, &roster, &[], &[], &[], Timestamp(10))
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
    fn before_the_deadline_answers_change_nothing_that_is_told() {
        let view = view(40, &[], false);
        let told = |agree, open| tell(&outcomes(agree, 0, open), &view, 10, DEADLINE, Timestamp(999));
        let first = told(0, 40);
        assert_eq!(first.asked.to_string(), "30-99");
        assert_eq!(first.outcome, None);
        for agree in 1..=40 {
            assert_eq!(told(agree, 40 - agree), first);
        }
    }

    #[test]
    fn one_part_that_is_too_small_hides_all_parts() {
        let view = view(60, &[], false);
        let told = |a, d, o| tell(&outcomes(a, d, o), &view, 10, DEADLINE, DEADLINE).outcome;
        assert_eq!(told(20, 9, 0), None);
        assert_eq!(told(20, 10, 1), None);
        let outcome = told(35, 10, 0).unwrap();
        assert_eq!(
            (outcome.agree.to_string(), outcome.decline.to_string(), outcome.open.to_string()),
            ("30-99".into(), "10-29".into(), "0".into())
        );
        assert_eq!(told(40, 0, 0), None, "what everybody answered is what each answered");
    }

    #[test]
    fn families_count_and_not_people() {
        let pairs = view(40, &[], true);
        assert_eq!(
            tell(&outcomes(18, 20, 0), &pairs, 10, DEADLINE, DEADLINE).outcome,
            None,
            "18 people of 9 families"
        );
        assert_eq!(tell(&outcomes(18, 0, 0), &pairs, 10, DEADLINE, DEADLINE).asked, Range::Below(10));
    }

    #[test]
    fn who_withdrew_is_in_no_number() {
        let gone = view(40, &[0], false);
        assert_eq!(
            tell(&outcomes(10, 20, 0), &gone, 10, DEADLINE, DEADLINE).outcome,
            None,
            "nine are left who agreed"
        );
        assert_eq!(tell(&outcomes(10, 0, 0), &gone, 10, DEADLINE, DEADLINE).asked, Range::Below(10));
    }

    #[test]
    fn ranges_begin_at_k_and_have_half_logarithmic_bounds() {
        let families: Vec<u32> = (0..2_000).collect();
        let said = |k: u64, count: u32| {
            let ruler = Ruler { families: &families, k };
            ruler.range(&(0..count).collect()).to_string()
        };
        let of_ten: Vec<String> = [0, 9, 10, 29, 30, 99, 100, 299, 300, 1_000].map(|n| said(10, n)).to_vec();
        assert_eq!(
            of_ten,
            [
                "<10",
                "<10",
                "10-29",
                "10-29",
                "30-99",
                "30-99",
                "100-299",
                "100-299",
                "300-999",
                "1000-2999"
            ]
        );
        assert_eq!([14, 15, 29, 30].map(|n| said(15, n)), ["<15", "15-29", "15-29", "30-99"]);
        assert_eq!([49, 50, 99, 100].map(|n| said(50, n)), ["<50", "50-99", "50-99", "100-299"]);
    }

    proptest! {
        /// By brute force: whatever is told, another course of events in which any one participant answered otherwise is told alike, or
        /// nothing but ranges over at least k families each is told.
        #[test]
        fn no_part_told_is_smaller_than_k(agree in 0_u32..40, decline in 0_u32..40, open in 0_u32..40) {
            let view = view(120, &[], false);
            let told = tell(&outcomes(agree, decline, open), &view, 10, DEADLINE, DEADLINE);
            if let Some(outcome) = told.outcome {
                for (range, truth) in [(outcome.agree, agree), (outcome.decline, decline), (outcome.open, open)] {
                    match range {
                        Range::Nobody => prop_assert_eq!(truth, 0),
                        Range::Below(_) => prop_assert!(false, "a part too small was told"),
                        Range::Within(first, last) => prop_assert!(first >= 10 && u64::from(truth) >= first && u64::from(truth) <= last && last > first),
                    }
                }
            }
        }
    }
}
