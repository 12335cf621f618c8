//! The evaluation of changed participants alone gives the same result as the evaluation of all participants.

use std::collections::BTreeMap;

use gemj_model::{Clause, ClauseSet, ConsentEvent, Ordinal, PartialDate, SiteId, Timestamp};
use proptest::prelude::*;

use super::kit::{any_birth, any_bound, any_event, any_instant, any_rules, any_site, forms};
use crate::consent::ConsentLedger;
use crate::consent::evaluation::Evaluated;

/// One change of a consent ledger, or one evaluation of the ledger.
#[derive(Clone, Debug)]
enum Step {
    Event(Box<ConsentEvent>),
    Birth(u32, Option<PartialDate>),
    Site(u32, Option<SiteId>),
    Evaluate(Timestamp),
}

/// One of ten people. Two of them have distant ordinals, so that the evaluation builds bitmaps of several runs.
fn any_person() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 0u32..8, 1 => Just(65_536), 1 => Just(3_000_000_000)]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (any_person(), any_event()).prop_map(|(who, event)| Step::Event(Box::new(ConsentEvent { participant: Ordinal(who), ..event }))),
        3 => (any_person(), any_bound()).prop_map(|(who, bound)| Step::Event(Box::new(ConsentEvent { participant: Ordinal(who), ..bound }))),
        1 => (any_person(), any_birth()).prop_map(|(who, born)| Step::Birth(who, born)),
        1 => (any_person(), any_site()).prop_map(|(who, site)| Step::Site(who, site)),
        4 => any_instant().prop_map(Step::Evaluate),
    ]
}

type Plain = (Vec<Vec<u32>>, Vec<Vec<u32>>, BTreeMap<String, Vec<u32>>, Option<Timestamp>);

fn plain(evaluated: &Evaluated) -> Plain {
    let bitmaps = &evaluated.bitmaps;
    let people = |bitmap: &roaring::RoaringBitmap| bitmap.iter().collect::<Vec<_>>();
    (
        bitmaps.clauses.iter().map(|b| people(b)).collect(),
        bitmaps.other_grounds.iter().map(|b| people(b)).collect(),
        bitmaps
            .overseas
            .iter()
            .map(|(number, b)| (evaluated.forms[number].id.as_str().to_owned(), people(b)))
            .collect(),
        evaluated.next_change,
    )
}

/// The expected result of an evaluation, computed person by person.
fn one_by_one(ledger: &ConsentLedger, everybody: &[u32], now: Timestamp) -> Plain {
    let standings: Vec<_> = everybody.iter().map(|who| (*who, ledger.standing(Ordinal(*who), now))).collect();
    let who = |holds: &dyn Fn(&crate::consent::Standing) -> bool| standings.iter().filter(|(_, s)| holds(s)).map(|(w, _)| *w).collect();
    let other = |s: &crate::consent::Standing| -> ClauseSet { s.clauses.minus(s.by_consent) };
    let mut overseas: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (who, standing) in &standings {
        if let Some(form) = &standing.overseas_form {
            overseas.entry(form.as_str().to_owned()).or_default().push(*who);
        }
    }
    (
        Clause::ALL.into_iter().map(|c| who(&|s| s.clauses.contains(c))).collect(),
        Clause::ALL.into_iter().map(|c| who(&|s| other(s).contains(c))).collect(),
        overseas,
        standings.iter().filter_map(|(_, s)| s.next_change).min(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn an_evaluation_of_changes_equals_an_evaluation_of_everything(steps in prop::collection::vec(any_step(), 1..60), rules in any_rules(), back in any::<bool>()) {
        let mut ledger = ConsentLedger::new(forms()).with_rules(rules);
        let everybody: Vec<u32> = (0..8).chain([65_536, 3_000_000_000]).collect();
        let mut sequence = 0;
        let mut clock = Timestamp(i64::MIN);
        let mut held = Vec::new();
        for step in steps {
            match step {
                Step::Event(event) => {
                    sequence += 10;
                    let corrects = event.corrects.map(|back| (sequence as u64).saturating_sub(back * 10));
                    ledger.append(ConsentEvent { sequence: sequence as u64, corrects, ..*event });
                }
                Step::Birth(who, born) => ledger.register_birth(Ordinal(who), born),
                Step::Site(who, site) => ledger.register_site(Ordinal(who), site.as_ref()),
                Step::Evaluate(at) => {
                    clock = if back { at } else { clock.max(at) };
                    let now = ledger.evaluated(clock);
                    prop_assert_eq!(plain(&now), plain(&ledger.clone().evaluated(clock)));
                    prop_assert_eq!(plain(&now), one_by_one(&ledger, &everybody, clock));
                    held.push((plain(&now), now));
                }
            }
        }
        // Results of earlier evaluations do not change when later events are appended.
        for (then, evaluated) in held {
            prop_assert_eq!(then, plain(&evaluated));
        }
    }
}
