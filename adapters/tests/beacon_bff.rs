//! Tests that ingest files of the Beacon Friendly Format. The files and the expected statements are written by hand.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "feed_ingest/world.rs"]
#[allow(dead_code)]
mod world;

use std::path::{Path, PathBuf};

use gemj_adapters::Accounting;
use gemj_adapters::profile::Profile;
use gemj_model::fact::CaseRecord;
use serde_json::{Value, json};

use world::{Store, folder, numbers, reasons, take};

fn ingested(individuals: &[u8], biosamples: Option<&[u8]>) -> (Accounting, Store) {
    let mut files = vec![("individuals.json", individuals)];
    files.extend(biosamples.map(|bytes| ("biosamples.json", bytes)));
    let folder = folder(&files);
    let linkage = numbers(&[("mrn", "I1", "P1"), ("mrn", "I2", "P2"), ("mrn", "Ind001", "P3")]);
    let mut store = Store::default();
    let accounting = take(folder.path(), &Profile::open("bff").unwrap(), &linkage, &mut store).unwrap();
    (accounting, store)
}

fn read(individuals: &Value, biosamples: &Value) -> (Accounting, Store) {
    ingested(individuals.to_string().as_bytes(), Some(biosamples.to_string().as_bytes()))
}

fn of<'s>(store: &'s Store, participant: &str) -> Option<&'s CaseRecord> {
    store.records.values().find(|record| record.participant.as_str() == participant)
}

fn statuses(store: &Store, participant: &str) -> Vec<String> {
    let facts = of(store, participant).into_iter().flat_map(|record| &record.facts);
    facts.map(|fact| format!("{} {:?}", fact.code, fact.status)).collect()
}

fn individual(id: &str, members: Value) -> Value {
    let mut individual = json!({ "id": id, "sex": { "id": "NCIT:C16576", "label": "female" } });
    for (name, value) in members.as_object().unwrap() {
        individual[name] = value.clone();
    }
    individual
}

fn left_out(accounting: &Accounting, rule: &str, name: &str) -> u64 {
    let rules = accounting.left_out.iter().filter(|(known, _)| known.as_str() == rule);
    rules.filter_map(|(_, names)| names.get(name)).sum()
}

#[test]
fn the_example_of_the_standard_is_read() {
    let root = std::env::var_os("GEMJ_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let path = root.join("standards/beacon-v2/2.1.1/models/json/beacon-v2-default-model/individuals/examples/individual-MID-example.json");
    let Ok(bytes) = std::fs::read(path) else {
        eprintln!("SKIPPED: no Beacon v2 model");
        return;
    };
    let (accounting, store) = ingested(&bytes, None);
    assert_eq!((reasons(&accounting), accounting.committed), (vec![], 1));
    let record = of(&store, "P3").unwrap();
    assert_eq!(record.sex, gemj_model::Sex::Female);
    assert_eq!(statuses(&store, "P3"), ["OMIM:164400 Present", "LOINC:26515-7 Present"]);
    assert_eq!(record.facts[0].onset.as_deref(), Some("NCIT:C49685"));
    let value = gemj_model::MeasuredValue::Quantity {
        comparator: None,
        number: "55345".to_owned(),
        unit: "Per Milliliter".to_owned(),
    };
    assert_eq!(record.facts[1].value, Some(value));
    assert_eq!(record.facts[1].observed.as_ref().map(|date| date.as_str()), Some("2017-05-03"));
    assert_eq!(left_out(&accounting, "field-not-admitted", "individual.ethnicity"), 1);
    assert_eq!(
        left_out(&accounting, "field-not-admitted", "individual.$schema"),
        0,
        "a name that is no member is not shown"
    );
}

#[test]
fn a_mark_or_an_unknown_member_decides_the_status() {
    let feature = |members: Value| {
        let mut feature = json!({ "featureType": { "id": "HP:0001250", "label": "Seizure" } });
        for (name, value) in members.as_object().unwrap() {
            feature[name] = value.clone();
        }
        feature
    };
    for (members, status) in [
        (json!({}), "Present"),
        (json!({ "excluded": false }), "Present"),
        (json!({ "excluded": true }), "Excluded"),
        (json!({ "excluded": "yes" }), "NotUnderstood"),
        (json!({ "excluded": null }), "Present"),
        (json!({ "severity": { "id": "HP:0012828", "label": "Severe" } }), "Present"),
        (json!({ "resolution": { "age": { "iso8601duration": "P9Y" } } }), "History"),
        (json!({ "modifiers": [{ "id": "HP:0012825", "label": "Mild" }] }), "Present"),
        (
            json!({ "modifiers": [{ "id": "HP:0012825", "label": "Mild" }, { "id": "HP:0040285", "label": "Excluded" }] }),
            "Excluded",
        ),
        (
            json!({ "modifiers": [{ "id": "X:1", "label": "family history" }] }),
            "NotUnderstood",
        ),
        (json!({ "modifiers": ["mild"] }), "NotUnderstood"),
        (json!({ "negated": true }), "NotUnderstood"),
        (
            json!({ "featureType": { "id": "HP:0001250", "label": "No seizures" } }),
            "NotUnderstood",
        ),
        (
            json!({ "featureType": { "id": "HP:0001250", "label": "Seizure", "negated": true } }),
            "NotUnderstood",
        ),
    ] {
        let (accounting, store) = read(
            &json!([individual("I1", json!({ "phenotypicFeatures": [feature(members.clone())] }))]),
            &json!([]),
        );
        assert_eq!(
            (reasons(&accounting), statuses(&store, "P1")),
            (vec![], vec![format!("HP:0001250 {status}")]),
            "{members}"
        );
    }
    for (members, status) in [
        (json!({ "familyHistory": false }), "Present"),
        (json!({ "familyHistory": true }), "NotUnderstood"),
        (json!({ "excluded": true }), "Excluded"),
        (
            json!({ "stage": { "id": "OGMS:0000119", "label": "acute onset" }, "notes": "x" }),
            "Present",
        ),
    ] {
        let mut disease = json!({ "diseaseCode": { "id": "OMIM:1", "label": "A disease" } });
        for (name, value) in members.as_object().unwrap() {
            disease[name] = value.clone();
        }
        let (_, store) = read(&json!([individual("I1", json!({ "diseases": [disease] }))]), &json!([]));
        assert_eq!(statuses(&store, "P1"), [format!("OMIM:1 {status}")], "{members}");
    }
}

#[test]
fn free_information_is_counted_and_never_stored() {
    let info = json!({ "name": "山田花子", "REDCap": { "dob": "1984-03-17" } });
    let of_disease = json!([{ "diseaseCode": { "id": "OMIM:1" }, "notes": "山田花子" }]);
    let (accounting, store) = read(
        &json!([individual("I1", json!({ "info": info, "diseases": of_disease, "山田": 1 }))]),
        &json!([]),
    );
    assert_eq!(
        (
            left_out(&accounting, "free-text", "individual.info"),
            left_out(&accounting, "free-text", "disease.notes")
        ),
        (1, 1)
    );
    assert_eq!(left_out(&accounting, "field-not-admitted", "individual.(unknown)"), 1);
    let record = of(&store, "P1").unwrap();
    assert!(
        !format!(
            "{:?} {accounting:?}",
            record.facts.iter().map(|fact| &fact.label).collect::<Vec<_>>()
        )
        .contains("山田")
    );
}

#[test]
fn biosamples_belong_to_the_individual_that_they_name() {
    let biosample = |id: &str, of: Value| {
        json!({ "id": id, "individualId": of, "sampleOriginType": { "id": "UBERON:0000178", "label": "blood" },
        "biosampleStatus": { "id": "EFO:0009655" }, "collectionDate": "2020-09-11" })
    };
    let people = json!([individual("I1", json!({})), individual("I2", json!({}))]);
    let (accounting, store) = read(
        &people,
        &json!([
            biosample("b1", json!("I2")),
            biosample("b2", json!("I9")),
            biosample("b3", json!(["I1", "I2"]))
        ]),
    );
    assert_eq!(reasons(&accounting), ["unknown-individual"; 2]);
    let specimen = &of(&store, "P2").unwrap().specimens[0];
    assert_eq!((specimen.id.as_str(), specimen.kind_code.as_str()), ("b1", "UBERON:0000178"));
    assert!(of(&store, "P1").unwrap().specimens.is_empty());
    let (accounting, _) = read(&people, &json!([biosample("b1", json!("I1")), biosample("b1", json!("I2"))]));
    assert_eq!(reasons(&accounting), ["biosample-id-twice"; 2]);
    let (accounting, _) = read(&people, &json!([7]));
    assert_eq!(reasons(&accounting), ["bad-record", "incomplete-delivery", "incomplete-delivery"]);
}

#[test]
fn a_faulty_individual_does_not_affect_the_others() {
    let other = individual("I1", json!({ "diseases": [{ "diseaseCode": { "id": "OMIM:1" } }] }));
    let (accounting, store) = read(
        &json!([
            individual("I1", json!({})),
            other,
            individual("I2", json!({})),
            7,
            {},
            individual("I3", json!({})),
            individual(" I2", json!({}))
        ]),
        &json!([]),
    );
    assert_eq!(
        reasons(&accounting),
        ["bad-record", "no-id", "individual-id-twice", "unknown-number", "unknown-number"]
    );
    assert!(of(&store, "P2").is_some() && of(&store, "P1").is_none());
    let (accounting, _) = read(&json!([individual("I1", json!({ "sex": { "id": "NCIT:C0" } }))]), &json!([]));
    assert_eq!(reasons(&accounting), ["unknown-code"]);
    for bytes in [&b"[{"[..], b"7", b"\"x\"", b"[\xff]"] {
        assert_eq!(ingested(bytes, None).0.quarantined.len(), 1);
    }
}

#[test]
fn a_damaged_file_never_panics_and_the_sums_hold() {
    let people = json!([
        individual(
            "I1",
            json!({ "diseases": [{ "diseaseCode": { "id": "OMIM:1", "label": "x" } }],
        "measures": [{ "assayCode": { "id": "LOINC:1-8" }, "measurementValue": { "value": 1.50, "unit": { "id": "UO:1", "label": "g" } } }] })
        ),
        individual("I2", json!({}))
    ]);
    let samples = json!([{ "id": "b1", "individualId": "I1", "sampleOriginType": { "id": "UBERON:1" } }]);
    let (people, samples) = (people.to_string().into_bytes(), samples.to_string().into_bytes());
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let mut committed = 0;
    for at in 0..3000 {
        let mut bytes = if at % 4 == 0 { samples.clone() } else { people.clone() };
        let place = next(bytes.len());
        match next(4) {
            0 => bytes[place] = u8::try_from(next(256)).unwrap(),
            1 => bytes.truncate(place.max(1)),
            2 => drop(bytes.drain(place..(place + 1 + next(40)).min(bytes.len()))),
            _ => {
                let part = bytes[place..(place + 1 + next(200)).min(bytes.len())].to_vec();
                bytes.splice(place..place, part);
            }
        }
        // `take` asserts that the sums hold.
        let (accounting, _) = if at % 4 == 0 {
            ingested(&people, Some(&bytes))
        } else {
            ingested(&bytes, Some(&samples))
        };
        committed += accounting.committed;
    }
    assert!(committed > 500, "{committed}");
}
