//! Reads a Bundle written by hand in the style of mCODE STU4 (minimal Common Oncology Data Elements) and genomics-reporting. Python's own JSON reader states
//! what must become of each resource.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "feed_ingest/world.rs"]
#[allow(dead_code)]
mod world;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use gemj_adapters::Accounting;
use gemj_adapters::profile::Profile;
use gemj_model::{Fact, FactKind, FactStatus, MeasuredValue};
use serde_json::Value;

use world::{Store, folder, numbers, take};

const BUNDLE: &str = include_str!("mcode/bundle.json");

fn ingested() -> (Accounting, Store) {
    let files = folder(&[("bundle.json", BUNDLE.as_bytes())]);
    let mut store = Store::default();
    let linked = numbers(&[("mrn", "001", "001"), ("mrn", "002", "002")]);
    let accounting = take(files.path(), &Profile::open("fhir").unwrap(), &linked, &mut store).unwrap();
    (accounting, store)
}

/// What Python says about the Bundle; `None` without a Python.
fn expected() -> Option<Value> {
    let Some(python) = std::env::var_os("GEMJ_TEST_PYTHON") else {
        eprintln!("SKIPPED: GEMJ_TEST_PYTHON is not set");
        return None;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mcode");
    let output = Command::new(python)
        .arg(folder.join("reader.py"))
        .arg(folder.join("bundle.json"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn line(fact: &Fact) -> String {
    let value = match &fact.value {
        None => String::new(),
        Some(MeasuredValue::Text(text)) => format!("text {text}"),
        Some(MeasuredValue::Coded { code, .. }) => format!("coded {code}"),
        Some(MeasuredValue::Quantity { comparator, number, unit }) => {
            let sign = comparator.map(|sign| format!("{sign:?} ")).unwrap_or_default();
            format!("{sign}{number} {unit}").trim().to_owned()
        }
    };
    let when = fact.onset.clone().or(fact.observed.as_ref().map(|day| day.as_str().to_owned()));
    let parts = [
        fact.kind.as_str().to_owned(),
        fact.code.clone(),
        format!("{:?}", fact.status),
        value,
        when.unwrap_or_default(),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The kinds of facts that Conditions, Observations and Specimens give.
fn is_of_condition_or_observation(fact: &Fact) -> bool {
    matches!(fact.kind, FactKind::Disease | FactKind::Phenotype | FactKind::Measurement)
}

#[test]
fn every_condition_observation_and_specimen_of_a_cancer_patient_is_what_python_reads() {
    let Some(expected) = expected() else { return };
    let (accounting, store) = ingested();
    assert_eq!(accounting.quarantined.len(), 0, "{:?}", accounting.quarantined);
    assert_eq!(accounting.results_refused.len(), 0, "{:?}", accounting.results_refused);
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for record in store.records.values() {
        let lines = found.entry(record.participant.as_str().to_owned()).or_default();
        lines.extend(record.facts.iter().filter(|fact| is_of_condition_or_observation(fact)).map(line));
        lines.extend(
            record
                .specimens
                .iter()
                .map(|s| format!("specimen {} {}", s.id.as_str(), s.kind_code)),
        );
        lines.sort();
    }
    assert_eq!(serde_json::to_value(found).unwrap(), expected["facts"]);
    for (rule_and_name, count) in expected["left"].as_object().unwrap() {
        let (rule, name) = rule_and_name.split_once(' ').unwrap();
        let rules = accounting.left_out.iter().filter(|(known, _)| known.as_str() == rule);
        let left: u64 = rules.filter_map(|(_, names)| names.get(name)).sum();
        assert_eq!(left, count.as_u64().unwrap(), "{rule_and_name}");
    }
    assert_eq!(expected["resources"], 25);
}

#[test]
fn orders_histories_of_relatives_and_what_was_not_done_are_counted_or_are_not_present() {
    let Some(expected) = expected() else { return };
    let (accounting, store) = ingested();
    let facts: Vec<&Fact> = store.records.values().flat_map(|record| &record.facts).collect();
    for (kind, ids) in expected["others"].as_object().unwrap() {
        let rules = accounting.left_out.iter().filter(|(rule, _)| rule.as_str() == "resource-not-read");
        let left: u64 = rules.filter_map(|(_, names)| names.get(kind)).sum();
        let made = match kind.as_str() {
            "MedicationRequest" | "MedicationAdministration" => FactKind::Treatment,
            "Procedure" => FactKind::Procedure,
            "FamilyMemberHistory" => FactKind::FamilyHistory,
            // A report repeats its results.
            _ => {
                assert_eq!(left, ids.as_array().unwrap().len() as u64, "{kind}");
                continue;
            }
        };
        // Each resource of the type is counted as not read, or makes a fact of its own kind.
        let count = ids.as_array().unwrap().len() as u64;
        assert!(left == count || facts.iter().any(|fact| fact.kind == made), "{kind}: {left}");
    }
    // The orders and the things that were not done name these agents and procedures; only the first was given.
    let is_present = |fact: &&&Fact| fact.status == FactStatus::Present;
    for word in ["cisplatin", "Radiotherapy", "2555", "1217123003"] {
        let mut named = facts.iter().filter(|fact| fact.label.contains(word) || fact.code.ends_with(word));
        assert!(!named.any(|fact| is_present(&fact)), "{word}");
    }
    let diseases = facts.iter().filter(|fact| fact.kind == FactKind::Disease);
    assert!(
        diseases.clone().all(|fact| fact.code != "SNOMEDCT:372137005"),
        "a disease of the mother"
    );
    // A variant of an Observation is a measurement, and never a carrier of an allele.
    assert_eq!(accounting.carriers, 0);
    let shown = format!("{accounting:?}{:?}", store.records);
    for planted in ["Anyperson", "INS-77", "1951-01-20"] {
        assert!(!shown.contains(planted), "{planted}");
    }
}
