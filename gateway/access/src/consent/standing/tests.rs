#![allow(clippy::unwrap_used)]

mod corrections;
mod minors;

use gemj_model::{Clause, ClauseSet, ConsentEvent, ConsentKind as Kind, FormId, Ground, PartialDate, Timestamp};

use super::super::rules::{AtMajority, ConsentRules};
use super::super::tests::kit::{all, event, form, instant, legacy, of, site, unified};
use super::*;

/// The consent state of a participant about whom only these events are known.
fn fold(events: &[ConsentEvent], now: i64) -> Standing {
    standing_at(events, Timestamp(now), form)
}

fn corrects(sequence: u64, target: u64, clauses: &str, at: i64) -> ConsentEvent {
    ConsentEvent {
        corrects: Some(target),
        ..event(sequence, Kind::Corrected, clauses, at, at)
    }
}

#[test]
fn without_a_recorded_event_no_clause_holds() {
    assert_eq!(fold(&[], 100), Standing::default());
}

#[test]
fn an_unknown_form_opens_nothing() {
    let mut given = event(1, Kind::Given, "all", 10, 10);
    given.form = Some(FormId::parse("unknown-9").unwrap());
    assert!(fold(&[given], 100).clauses.is_empty());
}

#[test]
fn a_consent_with_a_later_date_has_no_effect_before_its_date() {
    let events = [event(1, Kind::Given, "all", 50, 10)];
    assert!(fold(&events, 49).clauses.is_empty());
    assert_eq!(fold(&events, 49).next_change, Some(Timestamp(50)));
    assert!(fold(&events, 50).clauses.contains(Clause::StudyUse));
}

#[test]
fn a_withdrawal_with_a_later_date_takes_effect_at_once() {
    let events = [event(1, Kind::Given, "all", 10, 10), event(2, Kind::Withdrawn, "", 90, 20)];
    assert!(fold(&events, 20).clauses.is_empty());
    assert!(fold(&events, 100).withdrawn);
}

#[test]
fn a_withdrawal_dated_before_the_consent_but_recorded_after_it_closes_all_clauses() {
    let events = [event(1, Kind::Given, "all", 50, 50), event(2, Kind::Withdrawn, "", 20, 60)];
    assert!(fold(&events, 70).clauses.is_empty());
}

#[test]
fn a_signature_after_a_withdrawal_opens_its_clauses_again() {
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
fn a_consent_signed_before_a_withdrawal_and_recorded_after_it_opens_nothing() {
    let events = [event(1, Kind::Withdrawn, "", 20, 20), event(2, Kind::Given, "all", 15, 30)];
    assert!(fold(&events, 40).clauses.is_empty());
}

#[test]
fn a_partial_withdrawal_closes_only_the_clauses_that_it_lists() {
    let events = [
        event(1, Kind::Given, "all", 10, 10),
        event(2, Kind::WithdrawnPartial, "commercial", 20, 20),
    ];
    let clauses = fold(&events, 30).clauses;
    assert!(!clauses.contains(Clause::Commercial) && clauses.contains(Clause::ThirdPartyOverseas));
}

#[test]
fn after_death_recontact_is_closed_and_study_use_stays_open() {
    let events = [event(1, Kind::Given, "all", 10, 10), event(2, Kind::Died, "", 20, 20)];
    let clauses = fold(&events, 30).clauses;
    assert!(!clauses.contains(Clause::Recontact) && clauses.contains(Clause::StudyUse));
}

#[test]
fn a_due_reconsent_ends_a_proxy_s_consent_on_its_day_and_not_before() {
    let events = [event(1, Kind::ProxyGiven, "all", 10, 10), event(2, Kind::ReconsentDue, "", 50, 10)];
    assert!(fold(&events, 49).clauses.contains(Clause::StudyUse));
    assert_eq!(fold(&events, 49).next_change, Some(Timestamp(50)));
    assert!(fold(&events, 50).clauses.is_empty());
}

#[test]
fn of_two_answers_with_the_same_date_the_one_that_allows_less_decides() {
    for (first, second) in [("all", "study-use;recontact"), ("study-use;recontact", "all")] {
        let events = [event(1, Kind::Given, first, 10, 10), event(2, Kind::ClauseChanged, second, 10, 20)];
        assert_eq!(fold(&events, 30).clauses.joined(), "study-use;recontact");
    }
    let events = [event(1, Kind::Withdrawn, "", 10, 10), event(2, Kind::Given, "all", 10, 20)];
    assert!(fold(&events, 30).clauses.is_empty());
}

#[test]
fn an_answer_without_a_known_form_closes_every_clause() {
    let mut unread = event(2, Kind::Given, "all", 20, 20);
    for unknown in [None, Some(FormId::parse("unknown-9").unwrap())] {
        unread.form = unknown;
        let events = [event(1, Kind::Given, "all", 10, 10), unread.clone()];
        assert!(fold(&events, 19).clauses.contains(Clause::StudyUse));
        assert!(fold(&events, 20).clauses.is_empty());
    }
}

#[test]
fn a_partial_withdrawal_that_lists_no_clause_closes_every_clause() {
    let events = [event(1, Kind::Given, "all", 10, 10), event(2, Kind::WithdrawnPartial, "", 20, 20)];
    assert!(fold(&events, 30).clauses.is_empty());
}

#[test]
fn a_signature_on_a_form_after_the_end_of_the_form_opens_nothing() {
    let end = instant("2026-04-01").0;
    let on = |date| of("ended-1", event(1, Kind::Given, "study-use", date, date));
    assert_eq!(fold(&[on(end - 1)], end + 5).clauses.joined(), "study-use");
    assert!(fold(&[on(end)], end + 5).clauses.is_empty());
    let changed = of("ended-1", event(2, Kind::ClauseChanged, "study-use;recontact", end + 1, end + 1));
    assert_eq!(fold(&[on(end - 1), changed], end + 5).clauses.joined(), "study-use;recontact");
}

#[test]
fn a_clause_that_rests_on_an_opt_out_notice_holds_but_does_not_rest_on_consent() {
    let mut given = event(1, Kind::Given, "study-use;commercial", 10, 10);
    given.ground = Ground::OptOutNotice;
    let signed = event(2, Kind::ClauseChanged, "study-use;commercial", 20, 20);
    let standing = fold(&[given.clone()], 15);
    assert_eq!(
        (standing.clauses.joined().as_str(), standing.by_consent),
        ("study-use;commercial", ClauseSet::EMPTY)
    );
    assert_eq!(fold(&[given.clone(), signed], 25).by_consent.joined(), "study-use;commercial");
    let notice = of("notice-1", event(1, Kind::Given, "study-use", 10, 10));
    let noticed = fold(&[notice], 15);
    assert!(noticed.by_consent.is_empty() && noticed.clauses.contains(Clause::StudyUse));
}

#[test]
fn after_death_findings_are_returned_only_if_return_to_the_family_was_agreed() {
    let died = event(2, Kind::Died, "", 20, 20);
    let events = [
        event(
            1,
            Kind::Given,
            "study-use;return-findings;incidental-findings;family-return",
            10,
            10,
        ),
        died.clone(),
    ];
    assert_eq!(
        fold(&events, 30).clauses.joined(),
        "study-use;return-findings;incidental-findings;family-return"
    );
    let events = [event(1, Kind::Given, "study-use;return-findings;incidental-findings", 10, 10), died];
    assert_eq!(fold(&events, 30).clauses.joined(), "study-use");
}

#[test]
fn a_committee_s_judgement_does_not_reopen_a_withdrawn_clause() {
    for taken in [Kind::Withdrawn, Kind::WithdrawnPartial, Kind::Expired, Kind::ReconsentDue] {
        let mut events = vec![
            event(1, Kind::Given, "all", 10, 10),
            event(2, taken, "study-use", 20, 20),
            event(3, Kind::LegacyEquivalent, "study-use", 30, 30),
        ];
        assert!(!fold(&events, 100).clauses.contains(Clause::StudyUse), "{taken:?}");
        events.push(event(4, Kind::Given, "study-use", 40, 40));
        events.push(event(5, Kind::LegacyEquivalent, "study-use", 50, 50));
        assert_eq!(fold(&events, 100).clauses.joined(), "study-use", "signed again: {taken:?}");
    }
}

#[test]
fn a_past_state_depends_on_the_events_recorded_by_the_stated_time() {
    let events = [event(1, Kind::Given, "all", 10, 12), event(2, Kind::Withdrawn, "", 30, 50)];
    let holds = |effective, known| {
        let nobody = Circumstances::default();
        !standing_as_of(&events, nobody, Timestamp(effective), Timestamp(known), form)
            .clauses
            .is_empty()
    };
    assert!(!holds(11, 11), "signed at 10, but not recorded before 12");
    assert!(holds(11, 12), "the state at 11, by the ledger of 12");
    assert!(holds(40, 40), "the state at 40, by the ledger of 40");
    assert!(!holds(40, 50), "the state at 40, by the ledger of 50 with the withdrawal");
    assert!(holds(29, 50));
    let early = [event(1, Kind::Given, "all", 10, 10), event(2, Kind::Withdrawn, "", 90, 50)];
    let holds = |effective, known| {
        let nobody = Circumstances::default();
        !standing_as_of(&early, nobody, Timestamp(effective), Timestamp(known), form)
            .clauses
            .is_empty()
    };
    assert!(
        holds(49, 200) && !holds(50, 200),
        "a withdrawal with a later date takes effect when it is recorded"
    );
}

#[test]
fn a_signature_on_an_older_form_opens_from_the_decision_on_the_clauses_that_the_committee_decided_for_its_site() {
    let day = |text| instant(text).0;
    let signed = of(
        "legacy-1",
        event(1, Kind::Given, "study-use;biobank", day("2020-05-01"), day("2020-05-01")),
    );
    let (a, b) = (site("site-a"), site("site-b"));
    let of_site = |events: &[ConsentEvent], site, text| {
        let circumstances = Circumstances {
            site,
            ..Circumstances::default()
        };
        standing_as_of(events, circumstances, instant(text), Timestamp(i64::MAX), form)
    };
    let alone = [signed.clone()];
    assert_eq!(of_site(&alone, Some(&a), "2025-03-31").clauses.joined(), "study-use;biobank");
    assert_eq!(of_site(&alone, Some(&a), "2025-03-31").next_change, Some(instant("2025-04-01")));
    let judged = of_site(&alone, Some(&a), "2025-04-01");
    assert_eq!(judged.clauses.joined(), "study-use;third-party-overseas;recontact;biobank");
    assert_eq!(judged.by_consent.joined(), "study-use;biobank");
    assert_eq!(judged.overseas_form, Some(unified().id.clone()));
    for other in [Some(&b), None] {
        assert_eq!(of_site(&alone, other, "2026-01-01").clauses.joined(), "study-use;biobank");
    }
    // No row of the equivalence opens a clause here. The rows that require study-use do not apply, because the participant did not agree to it. The
    // row that requires biobank needs a new consent.
    let refused = [of(
        "legacy-1",
        event(1, Kind::Given, "biobank", day("2020-05-01"), day("2020-05-01")),
    )];
    assert_eq!(of_site(&refused, Some(&a), "2026-01-01").clauses.joined(), "biobank");
    // A later answer on the newer form takes precedence over the judgement, and so does a withdrawal.
    let newer = event(2, Kind::Given, "study-use", day("2024-05-01"), day("2024-05-01"));
    assert_eq!(
        of_site(&[signed.clone(), newer], Some(&a), "2026-01-01").clauses.joined(),
        "study-use;biobank".replace(";biobank", "")
    );
    let left = event(2, Kind::Withdrawn, "", day("2024-05-01"), day("2024-05-01"));
    assert!(of_site(&[signed, left], Some(&a), "2026-01-01").clauses.is_empty());
    assert_eq!(legacy().particulars.equivalences.len(), 1);
}

#[test]
fn a_clause_holds_only_inside_the_period_of_its_answer() {
    let events = [
        event(1, Kind::Given, "study-use;recontact;biobank", 10, 10),
        event(2, Kind::PeriodBegins, "recontact", 100, 10),
        event(3, Kind::PeriodEnds, "recontact", 200, 10),
        event(4, Kind::PeriodEnds, "study-use", 150, 10),
    ];
    for (now, holds, next) in [
        (50, "study-use;biobank", Some(100)),
        (100, "study-use;recontact;biobank", Some(150)),
        (149, "study-use;recontact;biobank", Some(150)),
        (150, "recontact;biobank", Some(200)),
        (199, "recontact;biobank", Some(200)),
        (200, "biobank", None),
    ] {
        let standing = fold(&events, now);
        assert_eq!(standing.clauses.joined(), holds, "{now}");
        assert_eq!(standing.next_change, next.map(Timestamp), "{now}");
        assert!(!standing.withdrawn, "a period that ended is no withdrawal");
    }
}

#[test]
fn the_period_of_one_answer_neither_closes_nor_opens_a_clause_of_another_answer() {
    let first = [
        event(1, Kind::Given, "study-use;recontact", 10, 10),
        event(2, Kind::PeriodBegins, "recontact", 100, 10),
        event(3, Kind::PeriodEnds, "study-use", 150, 10),
    ];
    let and = |more: ConsentEvent| first.iter().cloned().chain([more]).collect::<Vec<_>>();
    // The participant signed again before the end of the period. The end applies only to the first answer.
    let renewed = and(event(4, Kind::Given, "study-use", 120, 120));
    assert_eq!(fold(&renewed, 160).clauses.joined(), "study-use");
    assert!(
        !fold(&renewed, 160).clauses.contains(Clause::Recontact),
        "the beginning of the first answer's period does not open a clause that the second answer refused"
    );
    for taken in [
        event(4, Kind::Withdrawn, "", 50, 50),
        event(4, Kind::WithdrawnPartial, "recontact", 50, 50),
    ] {
        assert!(
            !fold(&and(taken), 120).clauses.contains(Clause::Recontact),
            "the beginning of a period does not open a withdrawn clause"
        );
    }
    // If an answer is struck, its period has no effect. If an answer is corrected, its period still applies.
    let struck = and(corrects(4, 1, "", 20));
    assert!(fold(&struck, 120).clauses.is_empty());
    let corrected = and(corrects(4, 1, "study-use;recontact", 20));
    assert_eq!(fold(&corrected, 120).clauses.joined(), "study-use;recontact");
    assert_eq!(fold(&corrected, 50).clauses.joined(), "study-use");
    // A bound of a period has no effect if no answer precedes it.
    assert!(fold(&[event(1, Kind::PeriodBegins, "study-use", 10, 10)], 50).clauses.is_empty());
}
