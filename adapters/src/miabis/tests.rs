//! Tests with hand-written biobank files, valid and invalid.

use std::fs;

use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::unit::{Field, Unit};

fn bank() -> Value {
    json!({
        "donors": [{"id": "D1", "sex": "Female", "birthDate": "1984-03"}, {"id": "D2", "sex": "Male", "name": null}],
        "samples": [
            {"id": "S2", "donorId": "D1", "sampleType": "DNA", "creationTime": "2024-05-02", "parentId": "S1"},
            {"id": "S1", "donorId": "D1", "sampleType": "Whole blood", "creationTime": "2024-05",
             "contentDiagnosis": [{"ontology": "ICD-10", "code": "K29.7"}, {"ontology": "ORPHA", "code": "166024"}],
             "anatomicalSite": {"ontology": "UBERON", "code": "UBERON:0000178"}, "useAndAccessConditions": ["a", "b"]},
            {"id": "S3", "donorId": "D2", "sampleType": "DNA", "contentDiagnosis": {"ontology": "ICD-10", "code": "C349"}}
        ],
        "events": [{"donorId": "D2", "age": 61, "ageUnit": "year"}]
    })
}

fn read_files(files: &[(&str, &[u8])], given: &str) -> (Vec<Unit>, Vec<Undecodable>) {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let (mut units, mut refused) = (Vec::new(), Vec::new());
    let flow = read(&folder.path().join(given), &mut |met| {
        match met {
            Met::Unit(unit) => units.push(unit),
            Met::Undecodable(fault) => refused.push(fault),
            Met::Ignored(name) => panic!("{name}"),
            // A damaged name of a list is another member of the file.
            Met::LeftOut(..) | Met::Repaired(_) | Met::Remains(_) => {}
        }
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue());
    (units, refused)
}

fn read_json(bank: &Value) -> (Vec<Unit>, Vec<Undecodable>) {
    read_files(&[("samples.json", bank.to_string().as_bytes())], "samples.json")
}

fn value<'u>(unit: &'u Unit, record: usize, name: &str) -> Option<&'u str> {
    match unit.records[record].fields.get(name)? {
        Field::Value(text) => Some(text),
        Field::Null => None,
    }
}

fn shape(unit: &Unit) -> Vec<(&str, Option<usize>)> {
    unit.records.iter().map(|r| (r.kind.as_str(), r.parent)).collect()
}

#[test]
fn a_donor_with_all_samples_is_one_unit_and_parents_come_first() {
    let (units, refused) = read_json(&bank());
    assert_eq!((units.len(), refused.len()), (2, 0));
    let first = &units[0];
    assert_eq!(
        shape(first),
        [
            ("donor", None),
            ("sample", Some(0)),
            ("contentDiagnosis", Some(1)),
            ("contentDiagnosis", Some(1)),
            ("sample", Some(0))
        ]
    );
    assert_eq!(
        (value(first, 0, "birthDate"), value(first, 1, "id"), value(first, 4, "id")),
        (Some("1984-03"), Some("S1"), Some("S2"))
    );
    assert_eq!((value(first, 2, "code"), value(first, 3, "code")), (Some("K29.7"), Some("166024")));
    assert_eq!(value(first, 1, "anatomicalSite.code"), Some("UBERON:0000178"));
    assert_eq!(value(first, 1, "useAndAccessConditions(2)"), Some("b"));
    assert_eq!(first.locator, "samples.json#donors[0]");
    assert_eq!(shape(&units[1]).last(), Some(&("event", Some(0))));
    assert_eq!(value(&units[1], 3, "age"), Some("61"));
    assert!(units[1].records[0].fields.get("name") == Some(&Field::Null));
}

#[test]
fn a_table_gives_the_same_units_as_the_json() {
    let donors = "id,sex,birthDate\nD1,Female,1984-03\nD2,Male,\n";
    let samples = "id;donorId;sampleType;creationTime;contentDiagnosis.ontology;contentDiagnosis.code;parentId\n\
                   S1;D1;Whole blood;2024-05;ICD-10;K29.7;\nS2;D1;DNA;2024-05-02;;;S1\nS3;D2;DNA;;ICD-10;C349;\n";
    for given in ["samples.csv", ""] {
        let (units, refused) = read_files(&[("samples.csv", samples.as_bytes()), ("donors.csv", donors.as_bytes())], given);
        assert_eq!((units.len(), refused.len()), (2, 0));
        assert_eq!(
            shape(&units[0]),
            [
                ("donor", None),
                ("sample", Some(0)),
                ("contentDiagnosis", Some(1)),
                ("sample", Some(0))
            ]
        );
        assert_eq!(
            (value(&units[0], 2, "code"), value(&units[0], 0, "sex")),
            (Some("K29.7"), Some("Female"))
        );
    }
    let alone = "id,donorId,sampleType,donor.sex,donor.birthDate\nS1,D1,DNA,Female,1984\nS2,D1,DNA,Female,1984\nS3,D2,DNA,,\n";
    let (units, refused) = read_files(&[("samples.csv", alone.as_bytes())], "samples.csv");
    assert_eq!((units.len(), refused.len()), (2, 0));
    assert_eq!(
        (
            value(&units[0], 0, "id"),
            value(&units[0], 0, "sex"),
            value(&units[0], 0, "birthDate")
        ),
        (Some("D1"), Some("Female"), Some("1984"))
    );
    let other = alone.replace("S2,D1,DNA,Female", "S2,D1,DNA,Male");
    let (units, refused) = read_files(&[("samples.csv", other.as_bytes())], "samples.csv");
    assert_eq!((units.len(), refused[0].reason_code), (1, "donor-contradiction"));
}

#[test]
fn a_json_list_of_samples_is_read_without_donors() {
    let list = json!([{"id": "S1", "donorId": "D1"}, {"id": "S2", "donor": {"id": "D1", "sex": "Male"}}, {"id": "S3"}, 4]);
    let (units, refused) = read_json(&list);
    assert_eq!((units.len(), value(&units[0], 0, "sex")), (1, Some("Male")));
    assert_eq!(shape(&units[0]), [("donor", None), ("sample", Some(0)), ("sample", Some(0))]);
    let refused: Vec<_> = refused.iter().map(|r| (r.locator.as_str(), r.reason_code)).collect();
    assert_eq!(
        refused,
        [("samples.json#[2]", "sample-without-donor"), ("samples.json#[3]", "bad-element")]
    );
}

/// Reads the biobank file after `change` was applied. Returns the number of units, and the reason codes of the refusals.
fn after(change: impl Fn(&mut Value)) -> (usize, Vec<&'static str>) {
    let mut bank = bank();
    change(&mut bank);
    let (units, refused) = read_json(&bank);
    (units.len(), refused.iter().map(|r| r.reason_code).collect())
}

#[test]
fn a_bad_donor_or_sample_does_not_affect_other_donors() {
    let add = |list: &'static str, element: Value| move |bank: &mut Value| bank[list].as_array_mut().unwrap().push(element.clone());
    assert_eq!(after(add("samples", json!({"id": "S9"}))), (2, vec!["sample-without-donor"]));
    assert_eq!(
        after(add("samples", json!({"id": "S9", "donorId": "D9"}))),
        (2, vec!["unknown-donor"])
    );
    assert_eq!(after(add("samples", json!({"donorId": "D1"}))), (2, vec!["bad-sample"]));
    assert_eq!(
        after(add("samples", json!({"id": "S9", "donorId": "D1", "donor": {"id": "D2"}}))),
        (2, vec!["donor-contradiction"])
    );
    assert_eq!(
        after(add(
            "samples",
            json!({"id": "S9", "donorId": "D1", "donor": "D1", "contentDiagnosis": ["x"]})
        )),
        (2, vec!["bad-element"])
    );
    assert_eq!(
        after(add("donors", json!({"id": "D1", "sex": "Male"}))),
        (1, vec!["donor-contradiction"])
    );
    assert_eq!(after(add("donors", json!({"id": "D1", "sex": "Female"}))), (2, vec![]));
    assert_eq!(after(add("donors", json!({"sex": "Male"}))), (2, vec!["bad-donor"]));
    assert_eq!(after(add("events", json!({"age": 3}))), (2, vec!["event-without-donor"]));
    assert_eq!(
        after(add("samples", json!({"id": "S3", "donorId": "D2"}))),
        (1, vec!["sample-id-twice"])
    );
    assert_eq!(
        after(add("samples", json!({"id": "S3", "donorId": "D1"}))),
        (0, vec!["sample-id-twice", "sample-id-twice"])
    );
    assert_eq!(
        after(add("samples", json!({"id": "S4", "donorId": "D1", "parentId": "S3"}))),
        (1, vec!["parent-of-another-donor"])
    );
    assert_eq!(
        after(|bank| bank["samples"][1]["parentId"] = json!("S2")),
        (1, vec!["aliquot-cycle"])
    );
    assert_eq!(
        after(|bank| bank["samples"][1]["parentId"] = json!("S1")),
        (1, vec!["aliquot-cycle"])
    );
    // The parent sample S0 is not in the file, because it was delivered earlier. The aliquot is accepted.
    assert_eq!(after(|bank| bank["samples"][1]["parentId"] = json!("S0")), (2, vec![]));
}

#[test]
fn an_unreadable_file_is_refused_whole() {
    let code = |files: &[(&str, &[u8])], given: &str| {
        let (units, refused) = read_files(files, given);
        assert_eq!((units.len(), refused.len()), (0, 1));
        refused[0].reason_code
    };
    assert_eq!(code(&[("samples.json", b"{\"samples\": [")], "samples.json"), "bad-json");
    assert_eq!(
        code(&[("samples.json", b"{\"samples\": [], \"samples\": []}")], "samples.json"),
        "bad-json"
    );
    assert_eq!(code(&[("samples.json", b"\"x\"")], "samples.json"), "bad-json");
    assert_eq!(code(&[("samples.json", b"[\"\xff\"]")], "samples.json"), "encoding");
    assert_eq!(code(&[("samples.csv", b"id,id\n")], "samples.csv"), "bad-header");
    assert_eq!(code(&[], ""), "unreadable");
    assert_eq!(code(&[("samples.json", b"[]"), ("samples.csv", b"id\n")], ""), "ambiguous-folder");
    assert_eq!(
        code(
            &[("samples.json", b"[{\"id\": \"S1\", \"id\": \"S2\", \"donorId\": \"D1\"}]")],
            "samples.json"
        ),
        "bad-element"
    );
    let deep = format!("[{}{}]", "[".repeat(100_000), "]".repeat(100_000));
    let (units, refused) = read_files(&[("samples.json", deep.as_bytes())], "samples.json");
    assert_eq!((units.len(), refused.len()), (0, 1));
}

#[test]
fn the_order_of_lists_and_other_donors_do_not_change_a_digest() {
    let digest = |bank: &Value| read_json(bank).0.into_iter().find(|u| u.key == "D1").unwrap().sha256;
    let mut other = bank();
    other["samples"].as_array_mut().unwrap().reverse();
    other["donors"].as_array_mut().unwrap().truncate(1);
    other["samples"].as_array_mut().unwrap().remove(0);
    assert_eq!(digest(&bank()), digest(&other));
    other["donors"][0]["sex"] = json!("Male");
    assert_ne!(digest(&bank()), digest(&other));
}

proptest! {
    #[test]
    fn mutated_bytes_are_read_or_refused(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(), as_table in any::<bool>()) {
        let table = "id;donorId;sampleType;contentDiagnosis.code;parentId;donor.sex\nS1;D1;DNA;K297;;Male\nS2;D1;DNA;;S1;Male\n";
        let mut bytes = if as_table { table.as_bytes().to_vec() } else { bank().to_string().into_bytes() };
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if cut {
            bytes.truncate(at);
        }
        let name = if as_table { "samples.csv" } else { "samples.json" };
        let (units, _) = read_files(&[(name, &bytes)], name);
        for unit in units {
            let parents_first = unit.records.iter().enumerate().all(|(at, r)| r.parent.is_none_or(|p| p < at));
            prop_assert!(parents_first && !unit.key.is_empty() && unit.records[0].kind == "donor");
        }
    }
}

#[test]
fn a_small_file_that_would_take_much_memory_is_refused() {
    // The files have one of these: many elements of two bytes, many rows of two bytes, a long name around many members, or one element with
    // many parts.
    let many = format!("{{\"samples\":[{}{{}}]}}", "{},".repeat(2_000_000));
    let (units, refused) = read_files(&[("samples.json", many.as_bytes())], "samples.json");
    assert_eq!((units.len(), refused.len(), refused[0].reason_code), (0, 1, "too-large"));
    let rows = format!("a\n{}", "b\n".repeat(4_000_000));
    let (units, refused) = read_files(&[("samples.csv", rows.as_bytes())], "samples.csv");
    assert_eq!((units.len(), refused.len(), refused[0].reason_code), (0, 1, "too-large"));
    let long = format!(
        "[{{\"id\":\"S1\",\"donorId\":\"D1\",\"{}\":{{\"a\":1,\"b\":2}}}}, {{\"id\":\"S2\",\"donorId\":\"D2\"}}]",
        "n".repeat(300)
    );
    let (units, refused) = read_files(&[("samples.json", long.as_bytes())], "samples.json");
    assert_eq!((units.len(), refused.len(), refused[0].reason_code), (1, 1, "bad-element"));
    let large = format!(
        "[{{\"id\":\"S1\",\"donorId\":\"D1\",\"x\":[{}1]}}, {{\"id\":\"S2\",\"donorId\":\"D2\"}}]",
        "1,".repeat(600_000)
    );
    let (units, refused) = read_files(&[("samples.json", large.as_bytes())], "samples.json");
    assert_eq!((units.len(), refused.len(), refused[0].reason_code), (1, 1, "bad-element"));
}
