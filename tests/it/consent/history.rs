//! `consent history` shows the clauses at one time, as they were known at another time.

use gemj_tests::{Backend, Programme};
use serde_json::Value;

fn history(programme: &Programme, further: &[&str]) -> Value {
    let arguments = [&["consent", "history", "P-1", "--json"], further].concat();
    serde_json::from_str(&programme.run(&arguments).good().out).unwrap()
}

/// The clauses that apply, each with the number of the event that decides it.
fn holding(history: &Value) -> Vec<(String, u64)> {
    let clauses = history["clauses"].as_array().unwrap();
    let held = clauses.iter().filter(|c| c["holds"] == true);
    held.map(|c| (c["clause"].as_str().unwrap().to_owned(), c["by_event"].as_u64().unwrap()))
        .collect()
}

#[test]
fn the_history_names_the_event_that_decided_each_clause() {
    let programme = Programme::new(Backend::Embedded);
    let rows = "P-1,unified-1,given,study-use;third-party-domestic;commercial,2026-04-01\n\
                P-1,,withdrawn-partial,commercial,2026-05-01\n\
                P-1,unified-1,clause-changed,study-use;third-party-domestic;recontact,2026-06-01\n";
    programme.register(["P-1"]);
    let _ = programme.import_consents(rows).good();
    let now = history(&programme, &[]);
    let events: Vec<u64> = now["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["sequence"].as_u64().unwrap())
        .collect();
    let held = holding(&now);
    let [first, _, third] = events.as_slice() else { panic!("{now:#}") };
    assert_eq!(
        held,
        [
            ("study-use".to_owned(), *first),
            ("third-party-domestic".to_owned(), *first),
            ("recontact".to_owned(), *third)
        ]
    );
    let before: Value = history(&programme, &["--effective", "2026-04-15"]);
    assert!(holding(&before).iter().any(|(clause, _)| clause == "commercial"), "{before:#}");
    assert!(!holding(&before).iter().any(|(clause, _)| clause == "recontact"), "{before:#}");
    let earlier = history(&programme, &["--effective", "2026-03-01"]);
    assert!(holding(&earlier).is_empty(), "{earlier:#}");
    let unknown = history(&programme, &["--effective", "2026-04-15", "--known", "2020-01-01"]);
    assert_eq!((holding(&unknown).len(), unknown["events"].as_array().unwrap().len()), (0, 0));

    let told = programme.run(&["consent", "history", "P-1"]).good().out;
    assert!(told.lines().any(|l| l.starts_with("commercial") && l.contains("no")), "{told}");
    let nobody = programme.run(&["consent", "history", "P-9"]);
    assert_eq!(nobody.code, Some(2));
    let bad = programme.run(&["consent", "history", "P-1", "--known", "last week"]);
    assert!(bad.code == Some(2) && bad.err.contains("--known"), "{}", bad.err);
}

#[test]
fn a_use_with_a_legal_ground_other_than_consent_is_shown_with_its_ground() {
    let programme = Programme::new(Backend::Embedded);
    let unknown = programme.run(&["consent", "record", "P-1", "--form", "unified-1", "--accept", "all"]);
    assert!(
        unknown.code == Some(2) && unknown.err.contains("is not registered"),
        "{}",
        unknown.err
    );
    assert_eq!(programme.run(&["consent", "show", "P-1"]).code, Some(2), "nothing was registered");
    programme.register(["P-1"]);
    let _ = programme.import_consents("P-1,unified-1,given,study-use,2026-03-01\n").good();
    let _ = programme
        .run(&[
            "consent",
            "record",
            "P-1",
            "--form",
            "unified-1",
            "--accept",
            "study-use",
            "--effective",
            "2026-04-01",
            "--ground",
            "ethics-waiver",
        ])
        .good();
    let now = history(&programme, &[]);
    let study = now["clauses"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["clause"] == "study-use")
        .unwrap()
        .clone();
    assert_eq!((&study["holds"], &study["by_consent"]), (&true.into(), &false.into()));
    assert_eq!(now["events"][1]["ground"], "ethics-waiver");
}
