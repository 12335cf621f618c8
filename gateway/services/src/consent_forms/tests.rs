#![allow(clippy::unwrap_used)]

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::*;

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/consent-forms")
}

fn value(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// A folder of consent forms: one form with two clauses, its text, and a decision about the built-in older form.
struct Folder {
    folder: tempfile::TempDir,
    form: Value,
    decision: Value,
}

impl Folder {
    fn new() -> Self {
        let form = json!({
            "id": "city-2", "version": "2.1", "title": {"ja": "同意書", "en": "Consent"}, "issuer": "City hospital",
            "effective_from": "2023-01-01", "effective_until": "2027-01-01", "document": "city-2.md",
            // The digest is that of a text with the two bytes "hi": printf hi | sha256sum
            "document_sha256": "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4",
            "overseas_countries": ["GB"], "data_use": [{"codes": ["DUO:0000042"]}, {"clauses": ["recontact"], "codes": ["DUO:0000043"]}],
            "clauses": [
                {"clause": "study-use", "text": {"ja": "", "en": ""}}, {"clause": "recontact", "text": {"ja": "", "en": ""}}
            ]
        });
        let decision = json!({
            "legacy_form": "legacy-2019", "form": "city-2", "sites": ["hospital-x"], "decision": "C-7", "decided": "2025-04-01",
            "ground": "opt-out-notice", "clauses": [{"agreed": "study-use", "opens": "recontact", "verdict": "narrower"}]
        });
        Self {
            folder: tempfile::tempdir().unwrap(),
            form,
            decision,
        }
    }

    fn read(&self) -> Result<Vec<ConsentForm>, FormError> {
        let folder = self.folder.path();
        fs::create_dir_all(folder.join("equivalences")).unwrap();
        fs::write(folder.join("city-2.md"), "hi").unwrap();
        fs::write(folder.join("form.schema.json"), "{}").unwrap();
        fs::write(folder.join("city-2.json"), self.form.to_string()).unwrap();
        fs::write(folder.join("equivalences/c-7.json"), self.decision.to_string()).unwrap();
        read(Some(folder))
    }

    fn form_fault(change: impl Fn(&mut Value)) -> FormFault {
        let mut folder = Self::new();
        change(&mut folder.form);
        match folder.read() {
            Err(FormError::Form { fault, .. }) => fault,
            other => panic!("{other:?}"),
        }
    }

    fn decision_fault(change: impl Fn(&mut Value)) -> EquivalenceFault {
        let mut folder = Self::new();
        change(&mut folder.decision);
        match folder.read() {
            Err(FormError::Equivalence { fault, .. }) => fault,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_built_in_forms_contain_the_digests_of_their_texts() {
    for id in ["unified-1", "legacy-2019"] {
        let form = value(&schemas().join(format!("{id}.json")));
        let output = Command::new("sha256sum").arg(schemas().join(format!("{id}.md"))).output().unwrap();
        let digest = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            digest.split_whitespace().next().unwrap(),
            form["document_sha256"].as_str().unwrap(),
            "{id}"
        );
        let text = fs::read_to_string(schemas().join(format!("{id}.md"))).unwrap();
        for clause in form["clauses"].as_array().unwrap() {
            for language in ["ja", "en"] {
                assert!(text.contains(clause["text"][language].as_str().unwrap()), "{id}: {clause}");
            }
        }
    }
    assert_eq!(read(None).unwrap().len(), 2);
}

#[test]
fn the_form_and_decision_files_follow_their_schemas() {
    let validator = |name: &str| jsonschema::validator_for(&value(&schemas().join(name))).unwrap();
    let form = validator("form.schema.json");
    for id in ["unified-1", "legacy-2019"] {
        assert!(form.is_valid(&value(&schemas().join(format!("{id}.json")))), "{id}");
    }
    let decision = validator("equivalence.schema.json");
    assert!(decision.is_valid(&value(&schemas().join("equivalences/example-legacy-2019.json"))));
    let folder = Folder::new();
    assert!(form.is_valid(&folder.form) && decision.is_valid(&folder.decision));
    for (member, wrong) in [
        ("equivalences", json!([])),
        ("ground", json!("wish")),
        ("clauses", json!([])),
        ("document_sha256", json!("0")),
    ] {
        let mut changed = folder.form.clone();
        changed[member] = wrong;
        assert!(!form.is_valid(&changed), "{member}");
    }
}

#[test]
fn a_folder_adds_forms_and_decisions_to_the_built_in_ones() {
    let forms = Folder::new().read().unwrap();
    let ids: Vec<&str> = forms.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(ids, ["unified-1", "legacy-2019", "city-2"]);
    assert_eq!(forms[2].particulars.version, "2.1");
    assert_eq!(forms[1].particulars.equivalences.len(), 1);
    assert!(forms[0].particulars.equivalences.is_empty() && forms[2].particulars.equivalences.is_empty());
}

#[test]
fn the_example_decision_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("equivalences")).unwrap();
    let example = schemas().join("equivalences/example-legacy-2019.json");
    fs::copy(example, folder.path().join("equivalences/e.json")).unwrap();
    let forms = read(Some(folder.path())).unwrap();
    assert_eq!(forms[1].particulars.equivalences[0].decision, "EX-2025-003");
}

#[test]
fn an_invalid_form_is_rejected() {
    type Change = fn(&mut Value);
    let cases: [(Change, FormFault); 14] = [
        (|f| f["effective_from"] = json!("spring"), FormFault::Day("effective_from")),
        (
            |f| f["effective_until"] = json!("2027-01-01T00:00:00Z"),
            FormFault::Day("effective_until"),
        ),
        (|f| f["effective_until"] = json!("2023-01-01"), FormFault::EndsFirst),
        (|f| f["overseas_countries"] = json!(["uk"]), FormFault::Country("uk".into())),
        (|f| f["overseas_countries"] = json!(["JP"]), FormFault::Country("JP".into())),
        (|f| f["overseas_countries"] = json!(["GB", "GB"]), FormFault::Country("GB".into())),
        (|f| f["clauses"] = json!([]), FormFault::NoClause),
        (
            |f| f["clauses"][0]["clause"] = json!("recontact"),
            FormFault::ClauseTwice("recontact"),
        ),
        (|f| f["data_use"][0]["codes"] = json!(["DUO:42"]), FormFault::Code("DUO:42".into())),
        (|f| f["data_use"][1]["clauses"] = json!(["biobank"]), FormFault::DataUse),
        (|f| f["document_sha256"] = json!("8F"), FormFault::Digest),
        (|f| f["document_sha256"] = Value::Null, FormFault::NoDigest),
        (|f| f["document"] = json!("../city-2.md"), FormFault::DocumentName),
        (
            |f| f["document"] = json!("absent.md"),
            FormFault::Unreadable(std::io::ErrorKind::NotFound),
        ),
    ];
    for (change, fault) in cases {
        assert_eq!(Folder::form_fault(change), fault);
    }
    let other = Folder::form_fault(|f| f["document_sha256"] = json!("0".repeat(64)));
    assert!(matches!(other, FormFault::OtherDocument(found) if found.starts_with("8f434346")));
}

#[test]
fn an_invalid_decision_is_rejected() {
    type Change = fn(&mut Value);
    let cases: [(Change, EquivalenceFault); 10] = [
        (
            |d| d["legacy_form"] = json!("lost-1"),
            EquivalenceFault::UnknownForm("lost-1".into()),
        ),
        (|d| d["form"] = json!("lost-2"), EquivalenceFault::UnknownForm("lost-2".into())),
        (|d| d["form"] = json!("legacy-2019"), EquivalenceFault::SameForm),
        (|d| d["sites"] = json!([]), EquivalenceFault::Sites),
        (|d| d["sites"] = json!(["a", "a"]), EquivalenceFault::Sites),
        (|d| d["decision"] = json!(" "), EquivalenceFault::NoDecision),
        (|d| d["clauses"] = json!([]), EquivalenceFault::Rows),
        (
            |d| d["clauses"][0]["agreed"] = json!("recontact"),
            EquivalenceFault::AgreedNotAsked("recontact"),
        ),
        (
            |d| d["clauses"][0]["opens"] = json!("commercial"),
            EquivalenceFault::OpensNotAsked("commercial"),
        ),
        (
            |d| d["clauses"][0]["opens"] = json!("study-use"),
            EquivalenceFault::AnsweredThere("study-use"),
        ),
    ];
    for (change, fault) in cases {
        assert_eq!(Folder::decision_fault(change), fault);
    }
    let company = |d: &mut Value| {
        d["form"] = json!("unified-1");
        d["clauses"][0]["opens"] = json!("commercial");
    };
    assert_eq!(Folder::decision_fault(company), EquivalenceFault::CommercialWithoutConsent);
}

#[test]
fn unknown_members_repeated_ids_and_too_long_files_are_rejected() {
    let mut folder = Folder::new();
    folder.form["languages"] = json!(["ja"]);
    assert!(matches!(folder.read(), Err(FormError::NotAForm { file, .. }) if file == "city-2.json"));
    let mut folder = Folder::new();
    folder.decision["note"] = json!("");
    assert!(matches!(folder.read(), Err(FormError::NotAForm { file, .. }) if file == "c-7.json"));
    let mut folder = Folder::new();
    folder.form["id"] = json!("unified-1");
    assert!(matches!(folder.read(), Err(FormError::Twice(id)) if id == "unified-1"));
    let folder = Folder::new();
    fs::write(folder.folder.path().join("long.json"), " ".repeat(MAX_BYTES as usize + 1)).unwrap();
    assert!(matches!(
        folder.read(),
        Err(FormError::Form {
            fault: FormFault::TooLong(MAX_BYTES),
            ..
        })
    ));
    assert!(matches!(read(Some(Path::new("/nowhere/at/all"))), Err(FormError::Io(_))));
}
