//! Consents of proxies, the assent of minors, and majority.

use super::*;

fn child(born: &PartialDate, rules: ConsentRules) -> Circumstances<'_> {
    Circumstances {
        rules,
        born: Some(born),
        site: None,
    }
}

fn at(events: &[ConsentEvent], child: Circumstances<'_>, text: &str) -> Standing {
    standing_as_of(events, child, instant(text), Timestamp(i64::MAX), form)
}

#[test]
fn a_proxy_s_consent_ends_on_the_first_day_of_the_month_of_majority_in_japan() {
    let rules = ConsentRules {
        assent_age: None,
        ..ConsentRules::default()
    };
    let signed = instant("2024-05-01").0;
    let events = [event(1, Kind::ProxyGiven, "all", signed, signed)];
    for (born, last, first) in [
        ("2008-07", "2026-06-30T23:59:59+09:00", "2026-07-01T00:00:00+09:00"),
        ("2008-07-29", "2026-06-30T14:59:59Z", "2026-06-30T15:00:00Z"),
        ("2008", "2025-12-31T23:59:59+09:00", "2026-01-01T00:00:00+09:00"),
    ] {
        let born = PartialDate::parse(born).unwrap();
        assert_eq!(at(&events, child(&born, rules), last).clauses, all(), "{born:?} {last}");
        assert_eq!(at(&events, child(&born, rules), last).next_change, Some(instant(first)));
        assert!(at(&events, child(&born, rules), first).clauses.is_empty(), "{first}");
    }
    let unknown = Circumstances {
        rules,
        ..Circumstances::default()
    };
    assert_eq!(at(&events, unknown, "2099-01-01").clauses, all());
}

#[test]
fn a_proxy_s_consent_continues_after_majority_if_the_rules_state_so() {
    let rules = ConsentRules {
        assent_age: None,
        at_majority: AtMajority::Continue,
        ..ConsentRules::default()
    };
    let born = PartialDate::parse("2008-07").unwrap();
    let signed = instant("2024-05-01").0;
    let mut events = vec![event(1, Kind::ProxyGiven, "all", signed, signed)];
    assert_eq!(at(&events, child(&born, rules), "2030-01-01").clauses, all());
    let objected = instant("2029-01-01").0;
    events.push(event(2, Kind::Withdrawn, "", objected, objected));
    assert!(at(&events, child(&born, rules), "2030-01-01").clauses.is_empty());
}

#[test]
fn from_the_age_of_assent_on_only_clauses_with_the_minor_s_assent_at_that_age_hold() {
    let born = PartialDate::parse("2009-07").unwrap();
    let rules = ConsentRules::default();
    let day = |text| instant(text).0;
    let signed = event(1, Kind::ProxyGiven, "all", day("2024-05-01"), day("2024-05-01"));
    let assent = |sequence, clauses, text| event(sequence, Kind::Assent, clauses, day(text), day(text));
    assert_eq!(at(std::slice::from_ref(&signed), child(&born, rules), "2025-06-30").clauses, all());
    assert_eq!(
        at(std::slice::from_ref(&signed), child(&born, rules), "2025-06-30").next_change,
        Some(instant("2025-07-01"))
    );
    assert!(
        at(std::slice::from_ref(&signed), child(&born, rules), "2025-07-01")
            .clauses
            .is_empty()
    );
    let early = [signed.clone(), assent(2, "all", "2024-05-01")];
    assert!(
        at(&early, child(&born, rules), "2025-07-01").clauses.is_empty(),
        "an assent given at the age of fourteen"
    );
    let in_time = [signed.clone(), assent(2, "study-use;recontact", "2025-07-01")];
    assert_eq!(
        at(&in_time, child(&born, rules), "2025-08-01").clauses.joined(),
        "study-use;recontact"
    );
    let fewer = [in_time[0].clone(), in_time[1].clone(), assent(3, "study-use", "2025-09-01")];
    assert_eq!(at(&fewer, child(&born, rules), "2025-10-01").clauses.joined(), "study-use");
    assert!(at(&in_time, child(&born, rules), "2027-07-01").clauses.is_empty(), "majority");
    assert!(
        at(&[assent(1, "all", "2025-08-01")], child(&born, rules), "2025-09-01")
            .clauses
            .is_empty(),
        "assent alone"
    );
    let own = [
        signed,
        event(2, Kind::Given, "study-use;recontact", day("2027-07-02"), day("2027-07-02")),
    ];
    assert_eq!(at(&own, child(&born, rules), "2027-08-01").clauses.joined(), "study-use;recontact");
}

#[test]
fn a_changed_answer_counts_as_signed_by_the_last_signer() {
    let born = PartialDate::parse("2008-07").unwrap();
    let rules = ConsentRules {
        assent_age: None,
        ..ConsentRules::default()
    };
    let day = |text| instant(text).0;
    for kind in [Kind::ClauseChanged, Kind::Corrected, Kind::LegacyEquivalent] {
        let events = [
            event(1, Kind::ProxyGiven, "all", day("2024-05-01"), day("2024-05-01")),
            event(2, kind, "study-use", day("2025-05-01"), day("2025-05-01")),
        ];
        assert_eq!(at(&events, child(&born, rules), "2026-06-01").clauses.joined(), "study-use");
        assert!(at(&events, child(&born, rules), "2026-07-01").clauses.is_empty(), "{kind:?}");
    }
}
