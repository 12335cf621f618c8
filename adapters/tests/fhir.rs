//! Tests that ingest FHIR R4 resources. The resources and the expected statements are written by hand.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "feed_ingest/world.rs"]
#[allow(dead_code)]
mod world;

#[path = "fhir/miabis.rs"]
mod miabis;
#[path = "fhir/mutations.rs"]
mod mutations;
#[path = "fhir/random.rs"]
mod random;
#[path = "fhir/same_case.rs"]
mod same_case;
#[path = "fhir/subjects.rs"]
mod subjects;
#[path = "fhir/traps.rs"]
mod traps;

use gemj_adapters::Accounting;
use gemj_adapters::profile::Profile;
use gemj_model::fact::CaseRecord;
use gemj_model::{Fact, MeasuredValue};
use serde_json::{Value, json};

use world::{Numbers, Store, folder, numbers, take};

/// What became of some files.
pub(crate) struct Outcome {
    pub(crate) accounting: Accounting,
    pub(crate) store: Store,
}

pub(crate) fn linked() -> Numbers {
    numbers(&[("mrn", "001", "P1"), ("mrn", "002", "P2")])
}

/// Ingests files with the built-in profile.
pub(crate) fn ingested(files: &[(&str, &[u8])]) -> Outcome {
    with_profile(files, &Profile::open("fhir").unwrap())
}

pub(crate) fn with_profile(files: &[(&str, &[u8])], profile: &Profile) -> Outcome {
    let folder = folder(files);
    let mut store = Store::default();
    let accounting = take(folder.path(), profile, &linked(), &mut store).unwrap();
    Outcome { accounting, store }
}

/// Ingests one Bundle of these resources. Each has a `urn:uuid:` of its position.
pub(crate) fn collected(resources: &[Value]) -> Outcome {
    ingested(&[("a.json", bundle("collection", resources).to_string().as_bytes())])
}

pub(crate) fn bundle(kind: &str, resources: &[Value]) -> Value {
    let entries: Vec<Value> = resources.iter().map(|resource| json!({ "resource": resource })).collect();
    json!({ "resourceType": "Bundle", "type": kind, "entry": entries })
}

impl Outcome {
    pub(crate) fn reasons(&self) -> Vec<&'static str> {
        world::reasons(&self.accounting)
    }

    pub(crate) fn records(&self, participant: &str) -> Vec<&CaseRecord> {
        self.store
            .records
            .values()
            .filter(|record| record.participant.as_str() == participant)
            .collect()
    }

    /// The facts of a participant, one line each, in the order of their texts.
    pub(crate) fn facts(&self, participant: &str) -> Vec<String> {
        let facts = self.records(participant).into_iter().flat_map(|record| &record.facts);
        let mut lines: Vec<String> = facts.map(line).collect();
        lines.sort();
        lines
    }

    pub(crate) fn left_out(&self, rule: &str, name: &str) -> u64 {
        let rules = self.accounting.left_out.iter().filter(|(known, _)| known.as_str() == rule);
        rules.filter_map(|(_, names)| names.get(name)).sum()
    }
}

/// A fact as one line.
pub(crate) fn line(fact: &Fact) -> String {
    let value = match &fact.value {
        None => String::new(),
        Some(MeasuredValue::Text(text)) => format!(" text {text}"),
        Some(MeasuredValue::Coded { code, label }) => format!(" coded {code} {label}"),
        Some(MeasuredValue::Quantity { comparator, number, unit }) => {
            let comparator = comparator.map(|comparator| format!("{comparator:?} ")).unwrap_or_default();
            format!(" {comparator}{number} {unit}")
        }
    };
    let onset = fact.onset.as_ref().map(|onset| format!(" onset {onset}")).unwrap_or_default();
    let observed = fact
        .observed
        .as_ref()
        .map(|day| format!(" on {}", day.as_str()))
        .unwrap_or_default();
    format!("{} {} {:?}{value}{onset}{observed}", fact.code, fact.label, fact.status)
}

pub(crate) fn patient(id: &str, number: &str) -> Value {
    json!({ "resourceType": "Patient", "id": id, "identifier": [{ "system": "urn:h", "value": number }], "gender": "female", "birthDate": "1984-03-17" })
}

const ICD10: &str = "http://jpfhir.jp/fhir/core/mhlw/CodeSystem/ICD10-2013-full";

/// A confirmed and active Condition of Patient/1.
pub(crate) fn condition() -> Value {
    json!({
        "resourceType": "Condition", "subject": { "reference": "Patient/1" },
        "clinicalStatus": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active" }] },
        "verificationStatus": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "confirmed" }] },
        "code": { "coding": [{ "system": ICD10, "code": "K297", "display": "胃炎" }] },
    })
}

/// A final Observation of Patient/1.
pub(crate) fn observation() -> Value {
    json!({
        "resourceType": "Observation", "status": "final", "subject": { "reference": "Patient/1" },
        "code": { "coding": [{ "system": "http://loinc.org", "code": "718-7", "display": "Hemoglobin" }] },
        "effectiveDateTime": "2024-05-01T09:00:00+09:00",
    })
}

/// The resource with some members set.
pub(crate) fn with(mut resource: Value, members: &[(&str, Value)]) -> Value {
    for (name, value) in members {
        resource[*name] = value.clone();
    }
    resource
}
