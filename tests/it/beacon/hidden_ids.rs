//! Ids of withdrawn participants, hidden ids and unknown ids get the same answer: same status and same body, for every caller.

use gemj_demo::Persona;
use gemj_tests::Backend;
use gemj_tests::small_data::{person, private_variant};
use serde_json::{Value, json};

use super::official::records;
use crate::small::loaded;

const BELOW: [(&str, &[&str]); 4] = [
    ("individuals", &["", "/biosamples", "/runs", "/analyses", "/g_variants"]),
    ("biosamples", &["", "/runs", "/analyses", "/g_variants"]),
    ("runs", &["", "/analyses", "/g_variants"]),
    ("analyses", &["", "/g_variants"]),
];

const WINDOW: &str = "assemblyId=GRCh38&referenceName=1&start=0&end=100000&";

#[test]
fn ids_of_a_withdrawn_participant_are_answered_like_unknown_ids() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let (download, view) = (
        programme.passport(Persona::DomesticAcademic),
        programme.passport(Persona::OverseasAcademic),
    );
    let (registered, inside) = (
        programme.passport(Persona::RegisteredOnly),
        programme.passport(Persona::OverseasTre),
    );
    let get = |path: &str, token: Option<&str>, further: &str| {
        let window = if path.ends_with("g_variants") { WINDOW } else { "" };
        served.client.get(&format!("/beacon/{path}?{window}{further}"), token)
    };
    let record = "requestedGranularity=record&limit=0&includeResultsetResponses=ALL";
    // The test finds the participant with own reads by the only variant that no other participant carries.
    let variant = served
        .client
        .get(&format!("/beacon/g_variants?{}&{record}", private_variant(1)), Some(&download));
    let who = records(&variant.expect(200).json())[0]["caseLevelData"][0]["individualId"]
        .as_str()
        .unwrap()
        .to_owned();
    let id_of = |below: &str| {
        let found = get(&format!("individuals/{who}/{below}"), Some(&download), record)
            .expect(200)
            .json();
        let own: Vec<&Value> = records(&found).into_iter().filter(|r| r["individualId"] == who.as_str()).collect();
        assert!(!own.is_empty(), "{below}: {found:#}");
        own[0]["id"].as_str().unwrap().to_owned()
    };
    let ids = [
        ("individuals", who.clone(), "P-0123456789abcdef"),
        ("biosamples", id_of("biosamples"), "N-0123456789abcdef"),
        ("runs", id_of("runs"), "o-0123456789abcdef"),
        ("analyses", id_of("analyses"), "o-0123456789abcdef"),
    ];
    for (of, id, _) in &ids {
        let found = get(&format!("{of}/{id}"), Some(&download), record).expect(200).json();
        assert_eq!(
            found["responseSummary"],
            json!({"exists": true, "numTotalResults": 1, "countPrecision": "exact"}),
            "{of}"
        );
        assert_eq!(records(&found)[0]["id"], id.as_str());
    }
    // Callers who get no records never see an id, and every id gets the same answer.
    for token in [None, Some(&registered), Some(&inside)] {
        for (of, id, unknown) in &ids {
            for below in BELOW.iter().find(|(path, _)| path == of).unwrap().1 {
                let asked = |id: &str| {
                    get(&format!("{of}/{id}{below}"), token.map(String::as_str), record)
                        .expect(200)
                        .json()
                };
                assert_eq!(asked(id), asked(unknown), "{of}{below}");
                assert_eq!(asked(id)["responseSummary"]["exists"], false);
            }
        }
    }
    let _ = programme.run(&["consent", "withdraw", &person(1)]).good();
    for (of, id, unknown) in &ids {
        for below in BELOW.iter().find(|(path, _)| path == of).unwrap().1 {
            for token in [&download, &view] {
                let asked = |id: &str| get(&format!("{of}/{id}{below}"), Some(token), record);
                let (withdrawn, nobody) = (asked(id), asked(unknown));
                assert_eq!((withdrawn.status, withdrawn.text()), (nobody.status, nobody.text()), "{of}{below}");
                let malformed = asked("no%20id%C3%A4");
                assert_eq!(
                    (withdrawn.status, withdrawn.text()),
                    (malformed.status, malformed.text()),
                    "{of}{below}"
                );
                assert_eq!(withdrawn.expect(200).json()["responseSummary"]["exists"], false);
            }
        }
    }
    let terms = |id: &str| {
        get(&format!("individuals/{id}/filtering_terms"), Some(&download), "")
            .expect(200)
            .text()
    };
    assert_eq!(terms(&who), terms("P-0123456789abcdef"));
    // After the withdrawal, lists contain neither the participant nor the participant's private variant.
    let gone = served
        .client
        .get(&format!("/beacon/g_variants?{}&{record}", private_variant(1)), Some(&download));
    assert_eq!(gone.expect(200).json()["responseSummary"]["exists"], false);
    for path in ["individuals", "biosamples", "runs", "analyses", "g_variants"] {
        let listed = get(path, Some(&download), record).expect(200).text();
        assert!(!listed.contains(&who), "{path}");
    }
}
