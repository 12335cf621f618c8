//! Values that a model extracted from texts are kept with their origin, and never as present.

use gemj_adapters::profile::Profile;
use gemj_model::{DetailName, Fact, FactStatus};

use crate::world::{Store, folder, numbers, take};

const PROFILE: &str = r#"
profile: notes
version: "1"
format: csv
site: hospital-a
namespace: notes
participant: { record: "*", number: number }
rules:
  - fact: disease
    record: row
    code: { from: icd10, via: [icd10, { prefix: "ICD10:" }] }
    label: name
    status: { from: found, via: [{ map: { yes: present, no: excluded } }] }
    details:
      - { name: extraction-source, text: note }
      - { name: extraction-model, text: model }
      - { name: extraction-confidence, text: confidence }
"#;

fn facts(rows: &[&str]) -> Vec<Fact> {
    let text = format!("number,icd10,name,found,note,model,confidence\n{}\n", rows.join("\n"));
    let folder = folder(&[("notes.csv", text.as_bytes())]);
    let mut store = Store::default();
    let linkage = numbers(&[("notes", "1", "P1")]);
    let profile = Profile::parse(PROFILE).unwrap();
    let accounting = take(&folder.path().join("notes.csv"), &profile, &linkage, &mut store).unwrap();
    assert_eq!(accounting.quarantined.len(), 0, "{:?}", accounting.quarantined);
    store.records.into_values().flat_map(|record| record.facts).collect()
}

fn details(fact: &Fact) -> Vec<(DetailName, &str)> {
    fact.details.iter().map(|detail| (detail.name, detail.text.as_str())).collect()
}

#[test]
fn an_extracted_statement_is_not_confirmed_and_keeps_its_source_its_model_and_its_confidence() {
    let facts = facts(&[
        "1,C509,乳癌,yes,note-7,reader-2.1,0.97",
        "1,C169,胃癌,no,note-8,reader-2.1,0.61",
        "1,E119,2型糖尿病,yes,note-9,reader-2.1,",
        "1,I109,高血圧症,yes,,,",
        "1,K297,胃炎の疑い,yes,,reader-2.1,0.5",
        "1,J459,喘息,perhaps,note-10,reader-2.1,0.5",
    ]);
    let statuses: Vec<FactStatus> = facts.iter().map(|fact| fact.status).collect();
    assert_eq!(
        statuses,
        [
            FactStatus::NotConfirmed,
            FactStatus::NotConfirmed,
            FactStatus::NotConfirmed,
            // A person entered this row: it has no mark of an extraction.
            FactStatus::Present,
            FactStatus::NotConfirmed,
            FactStatus::NotUnderstood,
        ]
    );
    let of = |source, confidence, status| {
        vec![
            (DetailName::ExtractionSource, source),
            (DetailName::ExtractionModel, "reader-2.1"),
            (DetailName::ExtractionConfidence, confidence),
            (DetailName::ExtractedStatus, status),
        ]
    };
    assert_eq!(details(&facts[0]), of("note-7", "0.97", "present"));
    assert_eq!(details(&facts[1]), of("note-8", "0.61", "excluded"));
    assert_eq!(details(&facts[3]), []);
    assert_eq!(details(&facts[4])[2], (DetailName::ExtractedStatus, "suspected"));
}

#[test]
fn a_rule_for_extracted_statements_without_one_of_their_details_is_refused() {
    for missing in ["extraction-source", "extraction-model", "extraction-confidence"] {
        let lines: Vec<&str> = PROFILE.lines().filter(|line| !line.contains(missing)).collect();
        let error = Profile::parse(&lines.join("\n")).unwrap_err().to_string();
        assert!(
            error.contains("extraction-source, extraction-model and extraction-confidence"),
            "{error}"
        );
    }
}
