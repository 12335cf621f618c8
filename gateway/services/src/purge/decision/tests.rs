#![allow(clippy::unwrap_used)]
use std::collections::BTreeMap;

use gemj_catalogue::RecordedPurge;
use gemj_model::{Clause, ClauseSet, ConsentEvent, Ground, Ordinal, Participant, ParticipantId, Sex};

use super::*;

const DAY: i64 = 86_400;

fn at(day: i64) -> Timestamp {
    Timestamp::parse("2026-04-01T00:00:00Z").unwrap().plus_seconds(day * DAY)
}

fn event(sequence: u64, who: u32, kind: ConsentKind, form: Option<&str>, day: i64) -> ConsentEvent {
    ConsentEvent {
        sequence,
        participant: Ordinal(who),
        kind,
        form: form.map(|form| FormId::parse(form).unwrap()),
        clauses: if kind == ConsentKind::Given {
            Clause::ALL.into_iter().collect()
        } else {
            ClauseSet::EMPTY
        },
        effective: at(day),
        recorded: at(day),
        ground: Ground::Consent,
        corrects: None,
    }
}

fn person(events: Vec<Vec<ConsentEvent>>) -> PurgePerson {
    let participant = |number: usize| Participant {
        ordinal: Ordinal(number as u32),
        id: ParticipantId::parse(&format!("P{number}")).unwrap(),
        family: None,
        sex: Sex::Unknown,
        site: None,
        born: None,
    };
    PurgePerson {
        epoch: 1,
        participants: events
            .into_iter()
            .enumerate()
            .map(|(number, events)| (participant(number), events))
            .collect(),
        has_open_merge: false,
        counts: BTreeMap::new(),
        purge: None,
    }
}

fn decision(forms: &[&str], is_ordered: bool) -> PurgeDecision {
    PurgeDecision {
        forms: vec![gemj_fixtures::form("unified-1"), gemj_fixtures::form("other-1")],
        rules: ConsentRules::default(),
        policy: PurgePolicy {
            forms: forms.iter().map(|form| FormId::parse(form).unwrap()).collect(),
            waiting_days: 30,
        },
        is_ordered,
    }
}

fn left(form: &str) -> Vec<ConsentEvent> {
    vec![
        event(1, 0, ConsentKind::Given, Some(form), 0),
        event(2, 0, ConsentKind::Withdrawn, None, 10),
    ]
}

#[test]
fn without_a_policy_and_without_a_statement_nothing_is_erased() {
    assert_eq!(
        decision(&[], false).of(&person(vec![left("unified-1")]), at(1000)),
        Err(PurgeRefusal::NoPolicy)
    );
    assert_eq!(
        decision(&["other-1"], false).of(&person(vec![left("unified-1")]), at(1000)),
        Err(PurgeRefusal::NoPolicy)
    );
}

#[test]
fn the_policy_orders_the_erasure_after_the_waiting_time_if_it_names_every_signed_form() {
    let (policy, leaver) = (decision(&["unified-1"], false), person(vec![left("unified-1")]));
    assert_eq!(policy.of(&leaver, at(40).plus_seconds(-1)), Err(PurgeRefusal::Waiting(at(40))));
    assert_eq!(policy.of(&leaver, at(40)), Ok(PurgeGround::Policy));
    let mut two = left("unified-1");
    two.insert(
        1,
        ConsentEvent {
            sequence: 2,
            ..event(2, 0, ConsentKind::Given, Some("other-1"), 1)
        },
    );
    two[2].sequence = 3;
    assert_eq!(policy.of(&person(vec![two]), at(400)), Err(PurgeRefusal::NoPolicy));
}

#[test]
fn a_statement_replaces_the_policy_but_not_the_withdrawal() {
    let ordered = decision(&[], true);
    assert_eq!(ordered.of(&person(vec![left("unified-1")]), at(11)), Ok(PurgeGround::Statement));
    let stays = vec![event(1, 0, ConsentKind::Given, Some("unified-1"), 0)];
    assert_eq!(ordered.of(&person(vec![stays.clone()]), at(11)), Err(PurgeRefusal::NotWithdrawn));
    assert_eq!(ordered.of(&person(vec![Vec::new()]), at(11)), Err(PurgeRefusal::NotWithdrawn));
    let mut partial = stays.clone();
    partial.push(event(2, 0, ConsentKind::WithdrawnPartial, None, 5));
    assert_eq!(ordered.of(&person(vec![partial]), at(11)), Err(PurgeRefusal::NotWithdrawn));
    let mut unclear = stays;
    unclear.push(event(2, 0, ConsentKind::WithdrawalUnclear, None, 5));
    assert_eq!(ordered.of(&person(vec![unclear]), at(11)), Err(PurgeRefusal::NotWithdrawn));
    let mut back = left("unified-1");
    back.push(event(3, 0, ConsentKind::Given, Some("unified-1"), 20));
    assert_eq!(ordered.of(&person(vec![back]), at(30)), Err(PurgeRefusal::NotWithdrawn));
}

#[test]
fn every_participant_of_the_person_must_have_withdrawn_and_no_merge_may_be_open() {
    let ordered = decision(&[], true);
    let other = vec![event(3, 1, ConsentKind::Given, Some("unified-1"), 0)];
    assert_eq!(
        ordered.of(&person(vec![left("unified-1"), other]), at(30)),
        Err(PurgeRefusal::NotWithdrawn)
    );
    assert_eq!(
        ordered.of(&person(vec![left("unified-1"), Vec::new()]), at(30)),
        Ok(PurgeGround::Statement)
    );
    let open = PurgePerson {
        has_open_merge: true,
        ..person(vec![left("unified-1")])
    };
    assert_eq!(ordered.of(&open, at(30)), Err(PurgeRefusal::OpenMerge));
}

#[test]
fn an_erasure_that_has_begun_is_continued_whatever_the_policy_says() {
    let begun = PurgePerson {
        purge: Some(RecordedPurge {
            begun: at(1),
            ended: None,
            ground: PurgeGround::Statement,
            reason: "a letter".into(),
        }),
        ..person(vec![left("unified-1")])
    };
    assert_eq!(decision(&[], false).of(&begun, at(2)), Ok(PurgeGround::Statement));
}
