//! Corrections of events: an event that is struck, and an answer that is corrected.

use super::*;

#[test]
fn a_correction_without_a_number_opens_the_clauses_that_it_lists() {
    let events = [
        event(1, Kind::Given, "all", 10, 10),
        event(2, Kind::Withdrawn, "", 20, 20),
        event(3, Kind::Corrected, "study-use;recontact", 20, 30),
    ];
    assert_eq!(fold(&events, 40).clauses.joined(), "study-use;recontact");
}

#[test]
fn an_unclear_withdrawal_closes_everything_until_its_own_correction() {
    let mut events = vec![
        event(1, Kind::Given, "all", 10, 10),
        event(2, Kind::WithdrawalUnclear, "", 900, 20),
        event(3, Kind::Given, "all", 950, 25),
        event(4, Kind::Corrected, "all", 960, 26),
        corrects(5, 1, "", 27),
        corrects(6, 77, "all", 28),
    ];
    for now in [15, 30, 899, 1000] {
        assert!(fold(&events, now).clauses.is_empty() && fold(&events, now).unclear, "{now}");
    }
    events.truncate(2);
    events.push(corrects(3, 2, "", 40));
    assert_eq!(fold(&events, 50).clauses, all());
    assert!(!fold(&events, 50).unclear);
    *events.last_mut().unwrap() = corrects(3, 2, "study-use;recontact", 40);
    assert_eq!(
        fold(&events, 50).clauses.joined(),
        "study-use;recontact",
        "the correction lists the clauses that stay open"
    );
}

#[test]
fn an_event_that_a_correction_strikes_has_no_effect() {
    let events = [
        event(1, Kind::Given, "study-use;recontact", 10, 10),
        event(2, Kind::Withdrawn, "", 20, 20),
        corrects(3, 2, "", 30),
    ];
    assert_eq!(fold(&events, 40).clauses.joined(), "study-use;recontact");
    assert!(!fold(&events, 40).withdrawn);
    let events = [
        event(1, Kind::Given, "all", 10, 10),
        event(2, Kind::Given, "all", 20, 20),
        corrects(3, 2, "", 30),
    ];
    assert_eq!(fold(&events, 40).clauses, all());
    assert!(fold(&[events[0].clone(), corrects(3, 1, "", 30)], 40).clauses.is_empty());
}

#[test]
fn a_corrected_answer_of_a_proxy_has_the_corrected_clauses_and_still_ends_at_majority() {
    let events = [event(1, Kind::ProxyGiven, "all", 10, 10), corrects(2, 1, "study-use", 10)];
    let born = PartialDate::parse("1952-06").unwrap();
    let proxied = Circumstances {
        rules: ConsentRules {
            assent_age: None,
            ..ConsentRules::default()
        },
        born: Some(&born),
        ..Circumstances::default()
    };
    assert_eq!(
        standing_as_of(&events, proxied, Timestamp(20), Timestamp(20), form)
            .clauses
            .joined(),
        "study-use"
    );
    let of_age = instant("1970-06-01");
    assert!(standing_as_of(&events, proxied, of_age, of_age, form).clauses.is_empty());
}

#[test]
fn a_correction_of_a_withdrawal_opens_no_clause_that_was_not_given_before() {
    let events = [
        event(1, Kind::Given, "study-use", 10, 10),
        event(2, Kind::Withdrawn, "", 20, 20),
        corrects(3, 2, "all", 30),
    ];
    assert_eq!(fold(&events, 40).clauses.joined(), "study-use");
}

#[test]
fn a_correction_that_is_itself_struck_has_no_effect() {
    let events = [
        event(1, Kind::Given, "all", 10, 10),
        event(2, Kind::Withdrawn, "", 20, 20),
        corrects(3, 2, "", 30),
        corrects(4, 3, "", 40),
    ];
    assert!(fold(&events, 50).clauses.is_empty() && fold(&events, 50).withdrawn);
    let again: Vec<_> = events.iter().cloned().chain([corrects(5, 4, "", 45)]).collect();
    assert_eq!(fold(&again, 50).clauses, all());
}

#[test]
fn a_correction_of_another_participant_s_event_of_an_unknown_event_or_of_itself_has_no_effect() {
    for target in [7, 99, 3] {
        let events = [
            event(1, Kind::Given, "study-use", 10, 10),
            event(2, Kind::Withdrawn, "", 20, 20),
            corrects(3, target, "all", 30),
        ];
        assert!(fold(&events, 40).clauses.is_empty(), "{target}");
        assert_eq!(
            fold(&[events[0].clone(), events[2].clone()], 40).clauses.joined(),
            "study-use",
            "{target}"
        );
    }
}

#[test]
fn a_correction_cannot_name_an_event_that_comes_after_it() {
    let events = [
        event(1, Kind::Given, "all", 10, 10),
        corrects(2, 3, "", 15),
        event(3, Kind::Withdrawn, "", 20, 20),
    ];
    assert!(fold(&events, 40).clauses.is_empty());
}
