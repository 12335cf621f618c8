//! `consent import` never loses a withdrawal.

use gemj_demo::Persona;
use gemj_tests::Backend;
use gemj_tests::small_data::person;

use crate::small::loaded;

#[test]
fn an_unreadable_withdrawal_blocks_and_a_withdrawal_of_no_known_participant_raises_an_alarm() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let ids: Vec<String> = (1..=6).map(|n| programme.object_of(&person(n), "VCF")).collect();
    let status = |number: usize| {
        let path = format!("/ga4gh/drs/v1/objects/{}", ids[number - 1]);
        served.client.get(&path, Some(&token)).status
    };
    assert!((1..=6).all(|n| status(n) == 200));
    let sheet = format!(
        "{},,withdrawn,,the first of May\n{},unified-77,withdrawn,,\n{},,撤回,,2026-05-01\n{},unified-1,given,study-use,nonsense\n\
         TST-77,,withdrawn,,\n,,withdrawn,,\n{},,withdrawn,,2099-01-01\n",
        person(1),
        person(2),
        person(3),
        person(4),
        person(6)
    );
    let ran = programme.import_consents(&sheet).refused();
    assert_eq!(
        ran.out.lines().last(),
        Some("4 recorded (3 of them withdrawals that wait to be resolved), 3 refused")
    );
    let rings = ran.err.lines().filter(|l| l.contains("BLOCKS NO PARTICIPANT")).count();
    assert_eq!(rings, 2, "{}", ran.err);
    for text in ["TST-", "first of May", "nonsense", "unified-77"] {
        assert!(!ran.err.contains(text), "{text}: {}", ran.err);
    }
    assert_eq!([1, 2, 3].map(status), [404; 3]);
    assert_eq!([4, 5].map(status), [200; 2], "an invalid row without a withdrawal changes nothing");
    assert_eq!(status(6), 404, "a withdrawal dated in the future blocks at once");
}

#[test]
fn a_correction_in_a_sheet_must_name_an_event_of_the_same_participant() {
    let programme = gemj_tests::Programme::new(Backend::Embedded);
    let import = |rows: &str| {
        let path = programme.path("corrections.csv");
        std::fs::write(&path, format!("participant,form,kind,clauses,effective_at,ground,corrects\n{rows}")).unwrap();
        programme.run(&["consent", "import", path.to_str().unwrap()])
    };
    programme.register(["P-1", "P-2"]);
    let _ = import("P-1,unified-1,given,study-use,2026-04-01,,\nP-2,unified-1,given,study-use,2026-04-01,opt-out-notice,\n").good();
    let _ = programme.run(&["consent", "withdraw", "P-1"]).good();
    let shown = programme.run(&["consent", "show", "P-1"]).good().out;
    let withdrawn = shown.lines().find(|l| l.contains("withdrawn")).unwrap();
    let sequence = withdrawn.split_whitespace().next().unwrap();
    let ran = import(&format!("P-2,,corrected,,,,{sequence}\nP-1,,corrected,,,,{sequence}\n")).refused();
    assert_eq!(ran.out.trim(), "1 recorded, 1 refused");
    assert!(ran.err.contains("line 2:"), "{}", ran.err);
    let shown = programme.run(&["consent", "show", "P-1"]).good().out;
    assert!(shown.contains("holds now: study-use"), "{shown}");
    let second = programme.run(&["consent", "show", "P-2"]).good().out;
    assert!(
        second.contains("opt-out-notice") && second.contains("holds now: study-use"),
        "{second}"
    );
}

#[test]
fn a_stray_quotation_mark_a_shifted_column_and_synonyms_lose_no_withdrawal() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let ids: Vec<String> = (1..=6).map(|n| programme.object_of(&person(n), "VCF")).collect();
    let status = |number: usize| {
        let path = format!("/ga4gh/drs/v1/objects/{}", ids[number - 1]);
        served.client.get(&path, Some(&token)).status
    };
    let sheet = format!(
        "{},unified-1,given,\"all,2026-04-01\n{},,withdrawn,,\n{},withdrawn,,,\n{},,同意取下げ,,\n\"{},,withdrawn,,\n",
        person(1),
        person(2),
        person(3),
        person(4),
        person(5)
    );
    let ran = programme.import_consents(&sheet).refused();
    assert_eq!(
        ran.out.lines().last(),
        Some("4 recorded (3 of them withdrawals that wait to be resolved), 1 refused"),
        "{}",
        ran.err
    );
    assert_eq!([1, 2, 3, 4, 5, 6].map(status), [200, 404, 404, 404, 404, 200]);
}

#[test]
fn a_consent_without_a_date_does_not_lift_a_withdrawal() {
    let programme = gemj_tests::Programme::new(Backend::Embedded);
    programme.register(["P-1", "P-2"]);
    let first = programme
        .import_consents("P-1,unified-1,given,study-use,\nP-2,unified-1,given,study-use,\n")
        .good();
    assert_eq!(
        first.out.trim(),
        "2 recorded, 0 refused",
        "without an earlier withdrawal the consent holds from now on"
    );
    let _ = programme.run(&["consent", "withdraw", "P-1"]).good();
    let again = programme
        .import_consents("P-1,unified-1,given,study-use,\nP-2,unified-1,given,study-use,\n")
        .refused();
    assert!(
        again.out.contains("1 recorded, 1 refused") && again.err.contains("line 2: a consent without a date"),
        "{}",
        again.err
    );
    let recorded = programme.run(&["consent", "record", "P-1", "--form", "unified-1", "--accept", "all"]);
    assert_eq!(recorded.code, Some(2), "{}{}", recorded.out, recorded.err);
    assert!(recorded.err.contains("does not lift a withdrawal"), "{}", recorded.err);
    let shown = programme.run(&["consent", "show", "P-1"]).good().out;
    assert!(shown.contains("holds now: nothing"), "{shown}");
}
