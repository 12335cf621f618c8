//! Merges: what holds for two participants of one person, compared with a loop over clauses.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use gemj_model::{Clause, ConsentEvent, Ordinal, Timestamp};
use proptest::prelude::*;

use super::kit::{any_event, any_instant, forms};
use crate::consent::{ConsentLedger, ConsentView, Merge, MergeState, Roster};

const PEOPLE: u32 = 6;

fn view(events: &[ConsentEvent], merges: &[Merge], now: Timestamp) -> ConsentView {
    let mut ledger = ConsentLedger::new(forms());
    for event in events {
        ledger.append(event.clone());
    }
    for merge in merges {
        ledger.merge(*merge);
    }
    ConsentView::fold(1, &ledger, &Roster::default(), &[], &[], &[], now)
}

fn any_state() -> impl Strategy<Value = MergeState> {
    prop_oneof![
        Just(MergeState::Open),
        (0..12_u64).prop_map(|reviewed| MergeState::Same { reviewed }),
        Just(MergeState::Different)
    ]
}

/// Two different participants as survivor and prior, and a state.
fn any_merge() -> impl Strategy<Value = (u32, u32, MergeState)> {
    (0..PEOPLE, 1..PEOPLE, any_state()).prop_map(|(survivor, step, state)| (survivor, (survivor + step) % PEOPLE, state))
}

/// The clauses of each participant, by repeated comparison of pairs.
fn expected(events: &[ConsentEvent], merges: &[Merge], now: Timestamp) -> BTreeMap<(u32, usize), bool> {
    let plain = view(events, &[], now);
    let mut held: BTreeMap<(u32, usize), bool> = BTreeMap::new();
    for (at, clause) in Clause::ALL.into_iter().enumerate() {
        held.extend((0..PEOPLE).map(|who| ((who, at), plain.holding(clause).contains(who))));
    }
    let newest = |who: Ordinal| {
        events
            .iter()
            .filter(|e| e.participant == who)
            .map(|e| e.sequence)
            .max()
            .unwrap_or(0)
    };
    for _ in 0..=merges.len() {
        for merge in merges {
            let is_decided_anew = match merge.state {
                MergeState::Different => continue,
                MergeState::Open => false,
                MergeState::Same { reviewed } => newest(merge.survivor) > reviewed.max(newest(merge.prior)),
            };
            for at in 0..Clause::ALL.len() {
                let both = held[&(merge.survivor.0, at)] && held[&(merge.prior.0, at)];
                if !is_decided_anew && !both {
                    held.insert((merge.survivor.0, at), false);
                    held.insert((merge.prior.0, at), false);
                }
            }
        }
    }
    for merge in merges.iter().filter(|merge| matches!(merge.state, MergeState::Same { .. })) {
        (0..Clause::ALL.len()).for_each(|at| {
            held.insert((merge.prior.0, at), false);
        });
    }
    held
}

proptest! {
    #[test]
    fn merged_participants_hold_what_both_hold(
        events in prop::collection::vec((any_event(), 0..PEOPLE), 0..40),
        merges in prop::collection::vec(any_merge(), 0..4),
        now in any_instant(),
    ) {
        let of = |((mut event, who), sequence): ((ConsentEvent, u32), u64)| {
            (event.participant, event.sequence) = (Ordinal(who), sequence);
            event
        };
        let events: Vec<ConsentEvent> = events.into_iter().zip(1..).map(of).collect();
        let merges: Vec<Merge> = merges
            .into_iter()
            .zip(1..)
            .map(|((survivor, prior, state), number)| Merge { number, survivor: Ordinal(survivor), prior: Ordinal(prior), state })
            .collect();
        let view = view(&events, &merges, now);
        for ((who, at), expected) in expected(&events, &merges, now) {
            prop_assert_eq!(view.holding(Clause::ALL[at]).contains(who), expected, "{} {:?}", who, Clause::ALL[at]);
        }
    }
}

#[test]
fn a_review_that_states_two_persons_ends_the_restriction() {
    let now = Timestamp::parse("2026-06-01").unwrap();
    let given = super::kit::event(1, gemj_model::ConsentKind::Given, "all", 0, 0);
    let merge = |state| Merge {
        number: 1,
        survivor: Ordinal(0),
        prior: Ordinal(1),
        state,
    };
    let holds = |merges: &[Merge]| {
        view(std::slice::from_ref(&given), merges, now)
            .holding(Clause::StudyUse)
            .contains(0)
    };
    assert!(holds(&[]));
    assert!(!holds(&[merge(MergeState::Open)]), "the prior participant never consented");
    assert!(holds(&[merge(MergeState::Open), merge(MergeState::Different)]));
    assert!(!holds(&[merge(MergeState::Same { reviewed: 7 })]));
    assert!(
        holds(&[merge(MergeState::Same { reviewed: 0 })]),
        "the consent is newer than the review"
    );
}
