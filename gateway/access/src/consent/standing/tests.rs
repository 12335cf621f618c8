#![allow(clippy::unwrap_used)]

use super::*;
use gemj_model::consent::{Bilingual, FormClause};
use gemj_model::{ConsentKind as Kind, Ordinal};
use proptest::prelude::*;

fn unified() -> Arc<ConsentForm> {
    let text = Bilingual {
        ja: String::new(),
        en: String::new(),
    };
    Arc::new(ConsentForm {
        id: FormId::parse("unified-1").unwrap(),
        title: text.clone(),
        issuer: "programme".into(),
        particulars: Default::default(),
        effective_from: "2024-04-01".into(),
        overseas_countries: vec!["GB".into()],
        clauses: Clause::ALL
            .into_iter()
            .map(|clause| FormClause {
                clause,
                text: text.clone(),
            })
            .collect(),
    })
}

fn event(sequence: u64, kind: Kind, clauses: &str, effective: i64, recorded: i64) -> ConsentEvent {
    let clauses = if clauses == "all" {
        Clause::ALL.into_iter().collect()
    } else {
        ClauseSet::parse(clauses).unwrap()
    };
    ConsentEvent {
        sequence,
        participant: Ordinal(0),
        kind,
        form: Some(FormId::parse("unified-1").unwrap()),
        clauses,
        effective: Timestamp(effective),
        recorded: Timestamp(recorded),
        ground: gemj_model::Ground::Consent,
        corrects: None,
    }
}

fn fold(events: &[ConsentEvent], now: i64) -> Standing {
    standing_at(events, Timestamp(now), |id| (id.as_str() == "unified-1").then(unified))
}

#[test]
fn nothing_recorded_means_no() {
    assert_eq!(fold(&[], 100), Standing::default());
}

#[test]
fn an_unknown_form_opens_nothing() {
    let mut given = event(1, Kind::Given, "all", 10, 10);
    given.form = Some(FormId::parse("unknown-9").unwrap());
    assert!(fold(&[given], 100).clauses.is_empty());
}

#[test]
fn a_consent_dated_later_does_nothing_before_its_day() {
    let events = [event(1, Kind::Given, "all", 50, 10)];
    assert!(fold(&events, 49).clauses.is_empty());
    assert_eq!(fold(&events, 49).next_change, Some(Timestamp(50)));
    assert!(fold(&events, 50).clauses.contains(Clause::StudyUse));
}

#[test]
fn a_withdrawal_dated_later_blocks_at_once() {
    let events = [event(1, Kind::Given, "all", 10, 10), event(2, Kind::Withdrawn, "", 90, 20)];
    assert!(fold(&events, 20).clauses.is_empty());
    assert!(fold(&events, 100).withdrawn);
}

#[test]
fn a_withdrawal_dated_before_the_consent_still_blocks() {
    let events = [event(1, Kind::Given, "all", 50, 50), event(2, Kind::Withdrawn, "", 20, 60)];
    assert!(fold(&events, 70).clauses.is_empty());
}

#[test]
fn a_new_signature_after_a_withdrawal_opens_again() {
    let events = [
        event(1, Kind::Given, "all", 10, 10),
        event(2, Kind::Withdrawn, "", 20, 20),
        event(3, Kind::Given, "study-use", 30, 30),
    ];
    let standing = fold(&events, 40);
    assert_eq!(standing.clauses.joined(), "study-use");
    assert!(!standing.withdrawn);
}

#[test]
fn an_old_paper_entered_after_a_withdrawal_does_not_open() {
    let events = [event(1, Kind::Withdrawn, "", 20, 20), event(2, Kind::Given, "all", 15, 30)];
    assert!(fold(&events, 40).clauses.is_empty());
}

#[test]
fn a_correction_opens_what_was_closed_by_mistake() {
    let events = [
        event(1, Kind::Given, "all", 10, 10),
        event(2, Kind::Withdrawn, "", 20, 20),
        event(3, Kind::Corrected, "study-use;recontact", 20, 30),
    ];
    assert_eq!(fold(&events, 40).clauses.joined(), "study-use;recontact");
}

#[test]
fn a_partial_withdrawal_takes_only_its_clauses() {
    let events = [
        event(1, Kind::Given, "all", 10, 10),
        event(2, Kind::WithdrawnPartial, "commercial", 20, 20),
    ];
    let clauses = fold(&events, 30).clauses;
    assert!(!clauses.contains(Clause::Commercial) && clauses.contains(Clause::ThirdPartyOverseas));
}

#[test]
fn the_dead_are_not_asked_again_and_their_consent_stays() {
    let events = [event(1, Kind::Given, "all", 10, 10), event(2, Kind::Died, "", 20, 20)];
    let clauses = fold(&events, 30).clauses;
    assert!(!clauses.contains(Clause::Recontact) && clauses.contains(Clause::StudyUse));
}

#[test]
fn coming_of_age_ends_a_proxy_on_its_day_and_not_before() {
    let events = [event(1, Kind::ProxyGiven, "all", 10, 10), event(2, Kind::ReconsentDue, "", 50, 10)];
    assert!(fold(&events, 49).clauses.contains(Clause::StudyUse));
    assert_eq!(fold(&events, 49).next_change, Some(Timestamp(50)));
    assert!(fold(&events, 50).clauses.is_empty());
}

fn any_event() -> impl Strategy<Value = (u8, u16, i64, i64)> {
    (0u8..9, 0u16..512, 0i64..100, 0i64..100)
}

proptest! {
    #[test]
    fn a_withdrawal_at_the_end_of_any_ledger_leaves_nothing(history in prop::collection::vec(any_event(), 0..12), effective in 0i64..200, now in 0i64..300) {
        let kinds = [Kind::Given, Kind::ProxyGiven, Kind::Assent, Kind::ClauseChanged, Kind::WithdrawnPartial, Kind::Expired, Kind::ReconsentDue, Kind::Died, Kind::LegacyEquivalent];
        let mut recorded = 0;
        let mut events: Vec<_> = history.iter().enumerate().map(|(i, (kind, bits, effective, step))| {
            recorded += step;
            let clauses: Vec<_> = Clause::ALL.into_iter().filter(|c| bits & (1 << *c as u16) != 0).map(Clause::as_str).collect();
            event(i as u64, kinds[*kind as usize], &clauses.join(";"), *effective, recorded)
        }).collect();
        events.push(event(99, Kind::Withdrawn, "", effective, recorded));
        prop_assert!(fold(&events, now).clauses.is_empty());
    }
}
