//! Tests that ingest biobank files with traps. The files and the expected statements are written by hand.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "feed_ingest/world.rs"]
#[allow(dead_code)]
mod world;

use gemj_adapters::Accounting;
use gemj_adapters::profile::Profile;
use serde_json::{Value, json};

use world::{Store, folder, numbers, reasons, take};

fn ingested(bank: &str) -> (Accounting, Store) {
    let folder = folder(&[("samples.json", bank.as_bytes())]);
    let linkage = numbers(&[
        ("biobank-a", "D1", "P1"),
        ("biobank-a", "D2", "P2"),
        ("biobank-a", "100000", "P3"),
        ("biobank-a", "9007199254740993", "P4"),
        ("biobank-a", "9007199254740992", "P5"),
    ]);
    let mut store = Store::default();
    let accounting = take(folder.path(), &Profile::open("miabis").unwrap(), &linkage, &mut store).unwrap();
    (accounting, store)
}

fn specimens(store: &Store, participant: &str) -> Vec<String> {
    let of = store.records.values().filter(|record| record.participant.as_str() == participant);
    of.flat_map(|record| &record.specimens)
        .map(|specimen| specimen.id.as_str().to_owned())
        .collect()
}

fn statuses(store: &Store) -> Vec<String> {
    let facts = store.records.values().flat_map(|record| &record.facts);
    facts.map(|fact| format!("{} {:?}", fact.code, fact.status)).collect()
}

fn sample(id: &str, donor: &str, members: Value) -> Value {
    let mut sample = json!({ "id": id, "donorId": donor, "sampleType": "DNA" });
    for (name, value) in members.as_object().unwrap() {
        sample[name] = value.clone();
    }
    sample
}

#[test]
fn a_pooled_sample_is_refused_with_everything_made_of_it() {
    for members in [
        json!({ "donorId": ["D1", "D2"] }),
        json!({ "donorId": [null, "D1"] }),
        json!({ "donor": [{ "id": "D1" }, { "id": "D2" }] }),
        json!({ "donor": { "id": ["D1", "D2"] } }),
        json!({ "donorIds": ["D1", "D2"] }),
        json!({ "pooled": true }),
        json!({ "parentId": ["S1", "S9"] }),
    ] {
        let bank = json!([
            sample("S1", "D1", json!({})),
            sample("POOL", "D1", members),
            sample("A1", "D1", json!({ "parentId": "POOL" })),
            sample("A2", "D2", json!({ "parentId": "A1" })),
        ]);
        let (accounting, store) = ingested(&bank.to_string());
        assert_eq!(reasons(&accounting), ["pooled-sample"; 3], "{bank}");
        assert_eq!(
            (specimens(&store, "P1"), specimens(&store, "P2")),
            (vec!["S1".to_owned()], vec![]),
            "{bank}"
        );
    }
    let one = json!([sample("S1", "D1", json!({ "donorId": ["D1"], "pooled": false }))]);
    assert_eq!(specimens(&ingested(&one.to_string()).1, "P1"), ["S1"]);
}

#[test]
fn an_id_that_is_a_number_is_compared_by_its_digits() {
    let bank = r#"[{"id": 1, "donorId": 1e5}, {"id": 2, "donorId": 100000}, {"id": 3, "donorId": 100000.0},
                   {"id": 4, "donorId": 9007199254740993}, {"id": 5, "donorId": 9007199254740992}, {"id": 6, "donorId": "0100000"},
                   {"id": 12345678901234567890123, "donorId": "D1"}]"#;
    let (accounting, store) = ingested(bank);
    assert_eq!(reasons(&accounting), ["unknown-number"; 3]);
    assert_eq!(specimens(&store, "P3"), ["2"]);
    assert_eq!(
        (specimens(&store, "P4"), specimens(&store, "P5")),
        (vec!["4".to_owned()], vec!["5".to_owned()])
    );
    assert_eq!(specimens(&store, "P1"), ["12345678901234567890123"]);
    let (accounting, _) = ingested(r#"[{"id": "S1", "donorId": 007}]"#);
    assert_eq!(reasons(&accounting), ["bad-json"]);
}

#[test]
fn tissue_of_an_animal_is_no_specimen_of_the_donor() {
    for members in [
        json!({ "source": "Animal" }),
        json!({ "source": "Environment" }),
        json!({ "species": "Mus musculus" }),
        json!({ "sampleType": "Xenograft tissue" }),
        json!({ "sampleType": ["DNA", "PDX"] }),
        json!({ "detailedSampleType": "異種移植" }),
    ] {
        let bank = json!([
            sample("S1", "D1", members),
            sample("S2", "D1", json!({ "parentId": "S1" })),
            sample("S3", "D1", json!({ "source": "Human" }))
        ]);
        let (accounting, store) = ingested(&bank.to_string());
        assert_eq!(reasons(&accounting), ["not-human"; 2], "{bank}");
        assert_eq!(specimens(&store, "P1"), ["S3"], "{bank}");
    }
}

#[test]
fn a_deleted_or_excluded_sample_or_donor_gives_no_statement() {
    let diagnosis = json!([{ "ontology": "ICD-10", "code": "C34.9" }]);
    for (members, kept, refused) in [
        (json!({ "deleted": true }), 0, vec![]),
        (json!({ "enteredInError": "yes" }), 0, vec![]),
        (json!({ "excluded": 1 }), 0, vec![]),
        (json!({ "deleted": "maybe" }), 0, vec!["modifier-not-understood"]),
        (json!({ "deleted": false, "excluded": "no" }), 1, vec![]),
    ] {
        let mut members = members;
        members["contentDiagnosis"] = diagnosis.clone();
        let (accounting, store) = ingested(&json!([sample("S1", "D1", members), sample("S2", "D1", json!({}))]).to_string());
        assert_eq!((reasons(&accounting), statuses(&store).len()), (refused, kept));
        assert!(specimens(&store, "P1").contains(&"S2".to_owned()));
    }
    let of_donor = |mark: Value| ingested(&json!({ "donors": [mark], "samples": [sample("S1", "D1", json!({}))] }).to_string());
    let (accounting, store) = of_donor(json!({ "id": "D1", "deleted": true }));
    assert_eq!(
        (reasons(&accounting), accounting.committed, specimens(&store, "P1").len()),
        (vec![], 1, 0)
    );
    assert_eq!(reasons(&of_donor(json!({ "id": "D1", "withdrawn": true })).0), ["excluded-donor"]);
}

#[test]
fn a_diagnosis_is_present_only_if_every_member_of_it_and_of_its_sample_is_understood() {
    let code = json!({ "ontology": "ICD-10", "code": "C34.9" });
    let with = |members: Value| {
        let mut diagnosis = code.clone();
        for (name, value) in members.as_object().unwrap() {
            diagnosis[name] = value.clone();
        }
        diagnosis
    };
    for (of_sample, of_diagnosis, status) in [
        (json!({}), json!({}), "Present"),
        (json!({ "tissue": "abnormal" }), json!({}), "NotUnderstood"),
        (json!({ "sampleType": "Normal tissue" }), json!({}), "NotUnderstood"),
        (json!({ "sampleType": "Tissue, tumor-adjacent" }), json!({}), "NotUnderstood"),
        (
            json!({ "anatomicalSite": { "code": "UBERON:1", "text": "正常肺" } }),
            json!({}),
            "NotUnderstood",
        ),
        (
            json!({ "anatomicalSite": { "code": "UBERON:1", "text": "abnormal lung" } }),
            json!({}),
            "Present",
        ),
        (json!({}), json!({ "text": "normal control" }), "NotUnderstood"),
        (json!({}), json!({ "excluded": true }), "NotUnderstood"),
        (json!({}), json!({ "excluded": false }), "Present"),
        (json!({}), json!({ "verificationStatus": "refuted" }), "NotUnderstood"),
        (json!({}), json!({ "text": "No lung cancer" }), "NotUnderstood"),
    ] {
        let mut members = of_sample;
        members["contentDiagnosis"] = json!([with(of_diagnosis)]);
        let bank = json!([sample("S1", "D1", members)]);
        let (accounting, store) = ingested(&bank.to_string());
        assert_eq!(
            (reasons(&accounting), statuses(&store)),
            (vec![], vec![format!("ICD10:C34.9 {status}")]),
            "{bank}"
        );
    }
    let (_, store) = ingested(
        &json!([sample(
            "S1",
            "D1",
            json!({ "contentDiagnosis": [with(json!({ "deleted": true }))] })
        )])
        .to_string(),
    );
    assert!(statuses(&store).is_empty());
}

#[test]
fn members_beside_the_lists_are_counted() {
    let (accounting, _) = ingested(&json!({ "samples": [sample("S1", "D1", json!({}))], "biobank": { "id": "B" } }).to_string());
    let names = accounting
        .left_out
        .iter()
        .find(|(rule, _)| rule.as_str() == "field-not-admitted")
        .unwrap()
        .1;
    assert_eq!(names["biobank"], 1);
}
