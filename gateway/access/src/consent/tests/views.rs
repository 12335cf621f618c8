//! Compares consent views with a loop over all people: audiences, grounds, families and releases.

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;

use gemj_model::{
    Approval, Clause, ConsentEvent, DatasetId, Delivery, Ordinal, Organisation, OrganisationKind, Release, ReleaseId, Timestamp,
};
use proptest::prelude::*;

use super::kit::{any_event, any_instant, event, form, forms};
use crate::consent::{Audience, ConsentLedger, ConsentView, Roster};

const PEOPLE: u32 = 12;

fn dataset(id: &str) -> DatasetId {
    DatasetId::parse(id).unwrap()
}

fn audiences() -> Vec<Audience> {
    let of = |country: &str, kind, commercial| {
        let domain = String::new();
        Audience::of(
            &Organisation {
                domain,
                country: country.to_owned(),
                kind,
            },
            commercial,
        )
    };
    vec![
        Audience::World,
        of("JP", OrganisationKind::Academic, false),
        of("JP", OrganisationKind::Academic, true),
        of("JP", OrganisationKind::Company, false),
        of("GB", OrganisationKind::Academic, false),
        of("GB", OrganisationKind::Company, false),
        of("KR", OrganisationKind::Academic, false),
        of("ZZ", OrganisationKind::Academic, false),
    ]
}

/// Whether one person's consent covers an audience, computed directly from the person's consent state.
fn agrees(ledger: &ConsentLedger, who: u32, audience: &Audience, now: Timestamp) -> bool {
    let standing = ledger.standing(Ordinal(who), now);
    let has = |clause, consent_only: bool| standing.clauses.contains(clause) && (!consent_only || standing.by_consent.contains(clause));
    match audience {
        Audience::World => [
            Clause::StudyUse,
            Clause::ThirdPartyDomestic,
            Clause::ThirdPartyOverseas,
            Clause::Commercial,
        ]
        .into_iter()
        .all(|clause| has(clause, true)),
        Audience::Organisation { country, commercial } => {
            let provided = if country == "JP" {
                has(Clause::ThirdPartyDomestic, *commercial)
            } else {
                let named = standing
                    .overseas_form
                    .as_ref()
                    .and_then(form)
                    .is_some_and(|f| f.overseas_countries.contains(country));
                has(Clause::ThirdPartyOverseas, *commercial) && named
            };
            has(Clause::StudyUse, *commercial) && provided && (!commercial || has(Clause::Commercial, true))
        }
    }
}

fn approval(id: &str, from: Option<i64>, to: i64) -> Approval {
    Approval {
        visa_value: format!("https://dac.example/{id}"),
        project: "A project".into(),
        organisation: "kyoto.example".into(),
        datasets: vec![dataset("cancer")],
        delivery: Delivery::TreOnly,
        not_before: from.map(Timestamp),
        not_after: Timestamp(to),
        ..gemj_fixtures::approval(id)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    #[test]
    fn covered_people_and_whole_families_equal_those_of_a_loop_over_all_people(
        events in prop::collection::vec((0..PEOPLE, any_event()), 0..40),
        families in prop::collection::vec(prop::option::of(0u8..4), PEOPLE as usize),
        cancer in prop::collection::vec(any::<bool>(), PEOPLE as usize), released in prop::collection::vec(any::<bool>(), PEOPLE as usize),
        now in any_instant()
    ) {
        let mut ledger = ConsentLedger::new(forms());
        let mut roster = Roster::default();
        for (sequence, (who, event)) in (1u64..).zip(events) {
            ledger.append(ConsentEvent { sequence, participant: Ordinal(who), corrects: None, ..event });
        }
        let name = |who: u32| families[who as usize].map(|f| format!("F{f}"));
        for who in 0..PEOPLE {
            roster.register(Ordinal(who), name(who).as_deref(), None);
            if cancer[who as usize] {
                roster.enrol(&dataset("cancer"), Ordinal(who));
            }
        }
        let release = Release {
            id: ReleaseId::parse("cancer-1").unwrap(), dataset: dataset("cancer"), created: now, objects: Vec::new(),
            participants: (0..PEOPLE).filter(|w| released[*w as usize]).map(Ordinal).collect(), citation: String::new(), manifest_sha256: "1".into(),
        };
        let view = ConsentView::fold(1, &ledger, &roster, &[], std::slice::from_ref(&release), &[dataset("cancer")], now);
        for audience in audiences() {
            let agreeing: HashMap<u32, bool> = (0..PEOPLE).map(|w| (w, agrees(&ledger, w, &audience, now))).collect();
            let covered: Vec<u32> = (0..PEOPLE).filter(|w| cancer[*w as usize] && agreeing[w]).collect();
            let related = |a: u32, b: u32| a == b || (name(a).is_some() && name(a) == name(b));
            let whole: Vec<u32> = covered.iter().copied().filter(|w| (0..PEOPLE).all(|r| !related(*w, r) || agreeing[&r])).collect();
            for _ in 0..2 {
                prop_assert_eq!(view.covered(&dataset("cancer"), &audience).iter().collect::<Vec<_>>(), covered.clone(), "{:?}", audience);
                prop_assert_eq!(view.whole_families(&dataset("cancer"), &audience).iter().collect::<Vec<_>>(), whole.clone(), "{:?}", audience);
                let within = |people: &[u32]| people.iter().copied().filter(|w| released[*w as usize]).collect::<Vec<_>>();
                prop_assert_eq!(view.covered_in_release(&release.id, &audience).iter().collect::<Vec<_>>(), within(&covered));
                prop_assert_eq!(view.whole_families_in_release(&release.id, &audience).iter().collect::<Vec<_>>(), within(&whole));
            }
            prop_assert!(view.covered(&dataset("rare"), &audience).is_empty());
            prop_assert!(view.covered_in_release(&ReleaseId::parse("cancer-2").unwrap(), &audience).is_empty());
        }
    }
}

#[test]
fn a_view_is_valid_until_the_next_change_of_a_clause_or_beginning_or_end_of_an_approval() {
    let mut ledger = ConsentLedger::new(forms());
    let view = |ledger: &ConsentLedger, approvals: &[Approval], now: i64| {
        ConsentView::fold(1, ledger, &Roster::default(), approvals, &[], &[], Timestamp(now))
    };
    assert_eq!(view(&ledger, &[], 10).valid_until(), None);
    let approvals = [approval("A", Some(40), 70), approval("B", None, 60)];
    assert_eq!(view(&ledger, &approvals, 10).valid_until(), Some(Timestamp(40)));
    assert_eq!(view(&ledger, &approvals, 40).valid_until(), Some(Timestamp(60)));
    assert_eq!(view(&ledger, &approvals, 70).valid_until(), None);
    ledger.append(event(1, gemj_model::ConsentKind::Given, "all", 20, 5));
    let made = view(&ledger, &approvals, 10);
    assert_eq!(made.valid_until(), Some(Timestamp(20)));
    assert!(made.holds_at(Timestamp(19)) && !made.holds_at(Timestamp(20)) && !made.holds_at(Timestamp(9)));
}

#[test]
fn an_approval_opens_nothing_before_its_first_instant() {
    let ledger = ConsentLedger::new(forms());
    let approvals = [approval("A", Some(40), 70)];
    let view = ConsentView::fold(1, &ledger, &Roster::default(), &approvals, &[], &[], Timestamp(10));
    let opens = |now| view.approvals_of_value("https://dac.example/A", Timestamp(now)).count() == 1;
    assert!(!opens(39) && opens(40) && opens(69) && !opens(70));
}
