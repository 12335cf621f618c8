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

/// The clauses of each participant, by labels of persons and repeated comparison of pairs.
fn expected(events: &[ConsentEvent], merges: &[Merge], now: Timestamp) -> BTreeMap<(u32, usize), bool> {
    let clauses_of = |events: &[ConsentEvent]| {
        let plain = view(events, &[], now);
        let mut held: BTreeMap<(u32, usize), bool> = BTreeMap::new();
        for (at, clause) in Clause::ALL.into_iter().enumerate() {
            held.extend((0..PEOPLE).map(|who| ((who, at), plain.holding(clause).contains(who))));
        }
        held
    };
    let plain = clauses_of(events);
    let newest = |who: u32| {
        let own = events.iter().filter(|e| e.participant.0 == who);
        own.map(|e| e.sequence).max().unwrap_or(0)
    };
    // The label of each participant is the survivor of its person.
    let (mut label, mut reviews): (Vec<u32>, Vec<u64>) = ((0..PEOPLE).collect(), vec![0; PEOPLE as usize]);
    let mut same: Vec<(u64, &Merge)> = merges
        .iter()
        .filter_map(|merge| match merge.state {
            MergeState::Same { reviewed } => Some((reviewed, merge)),
            _ => None,
        })
        .collect();
    same.sort_by_key(|(reviewed, merge)| (*reviewed, merge.number));
    let open = merges.iter().filter(|merge| merge.state == MergeState::Open);
    let mut pairs: Vec<(u32, u32)> = open.map(|merge| (merge.survivor.0, merge.prior.0)).collect();
    for (reviewed, merge) in same {
        let (to, from) = (label[merge.survivor.0 as usize], label[merge.prior.0 as usize]);
        if to == from {
            continue;
        }
        if from != merge.prior.0 {
            pairs.push((merge.survivor.0, merge.prior.0));
            continue;
        }
        reviews[to as usize] = reviews[to as usize].max(reviews[from as usize]).max(reviewed);
        label.iter_mut().filter(|who| **who == from).for_each(|who| *who = to);
    }
    let mut held = plain.clone();
    for who in 0..PEOPLE {
        let priors: Vec<u32> = (0..PEOPLE).filter(|other| *other != who && label[*other as usize] == who).collect();
        if label[who as usize] != who {
            (0..Clause::ALL.len()).for_each(|at| {
                held.insert((who, at), false);
            });
        } else if !priors.is_empty() {
            let since = priors.iter().map(|prior| newest(*prior)).max().unwrap().max(reviews[who as usize]);
            let later = |e: &&ConsentEvent| e.participant.0 == who && e.sequence > since && e.corrects.is_none_or(|n| n > since);
            let fresh = clauses_of(&events.iter().filter(later).cloned().collect::<Vec<_>>());
            for at in 0..Clause::ALL.len() {
                let all = priors.iter().all(|prior| plain[&(*prior, at)]);
                held.insert((who, at), plain[&(who, at)] && (all || fresh[&(who, at)]));
            }
        }
    }
    for _ in 0..=merges.len() {
        for (a, b) in pairs.iter().map(|(a, b)| (label[*a as usize], label[*b as usize])) {
            for at in 0..Clause::ALL.len() {
                if !(held[&(a, at)] && held[&(b, at)]) {
                    held.insert((a, at), false);
                    held.insert((b, at), false);
                }
            }
        }
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

#[test]
fn a_later_withdrawal_of_the_survivor_opens_nothing_that_the_prior_participant_denied() {
    use gemj_model::ConsentKind::{Given, WithdrawnPartial};
    let now = Timestamp::parse("2026-06-01").unwrap();
    let given = super::kit::event(1, Given, "all", 0, 0);
    let partly = super::kit::event(3, WithdrawnPartial, "recontact", 0, 0);
    let merge = Merge {
        number: 2,
        survivor: Ordinal(0),
        prior: Ordinal(1),
        state: MergeState::Same { reviewed: 2 },
    };
    let view = view(&[given, partly], &[merge], now);
    assert!(Clause::ALL.iter().all(|clause| view.holding(*clause).is_empty()));
}

#[test]
fn families_of_one_person_count_as_one_and_nobody_of_an_open_merge_is_asked_again() {
    let now = Timestamp::parse("2026-06-01").unwrap();
    let mut ledger = ConsentLedger::new(forms());
    let mut roster = Roster::default();
    for (who, family) in [(0, None), (1, Some("F1")), (2, Some("F1")), (3, None), (4, None), (5, Some("F2"))] {
        roster.register(Ordinal(who), family, None);
        let mut given = super::kit::event(u64::from(who) + 1, gemj_model::ConsentKind::Given, "all", 0, 0);
        given.participant = Ordinal(who);
        ledger.append(given);
    }
    for (number, survivor, prior, state) in [(7, 0, 1, MergeState::Same { reviewed: 8 }), (9, 3, 4, MergeState::Open)] {
        let (survivor, prior) = (Ordinal(survivor), Ordinal(prior));
        ledger.merge(Merge {
            number,
            survivor,
            prior,
            state,
        });
    }
    let view = ConsentView::fold(1, &ledger, &roster, &[], &[], &[], now);
    let families = view.families();
    assert_eq!(families[0], families[2], "the survivor is of the family of the prior participant");
    assert_eq!(families[3], families[4], "two participants who may be one person are one family");
    let counted: std::collections::BTreeSet<u32> = [0, 2, 3, 4, 5].into_iter().map(|who: usize| families[who]).collect();
    assert_eq!(counted.len(), 3);
    assert_eq!(view.askable_again().iter().collect::<Vec<_>>(), [0, 2, 5]);
}
