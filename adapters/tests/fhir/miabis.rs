//! The same donors as MIABIS in JSON and as MIABIS on FHIR.

use gemj_adapters::profile::Profile;
use gemj_model::fact::CaseRecord;
use serde_json::{Value, json};

use crate::world::{Store, folder, numbers, take, target};

const TYPES: &str = "https://fhir.bbmri-eric.eu/CodeSystem/miabis-detailed-samply-type-cs";

/// The donors, samples and diagnoses as MIABIS in JSON, and as MIABIS on FHIR.
fn bank() -> (Value, Value) {
    let kinds = [("Whole blood", "WholeBlood"), ("DNA", "DNA"), ("Plasma", "Plasma")];
    let diagnoses = [("C34.9", "lung cancer"), ("K29.7", "gastritis")];
    let (mut donors, mut samples, mut entries) = (Vec::new(), Vec::new(), Vec::new());
    for at in 0..20_usize {
        let (id, sex) = (format!("D{at}"), ["Female", "Male"][at % 2]);
        let born = format!("19{:02}-0{}", 40 + at, 1 + at % 9);
        donors.push(json!({ "id": id, "sex": sex, "birthDate": born }));
        entries.push(json!({ "resource": { "resourceType": "Patient", "id": id, "identifier": [{ "value": id }], "gender": sex.to_lowercase(), "birthDate": born } }));
        let subject = json!({ "reference": format!("Patient/{id}") });
        for sample in 0..=at % 3 {
            let (name, code) = kinds[sample];
            let sample_id = format!("S{at}-{sample}");
            let collected = format!("2023-05-{:02}", 1 + at);
            let storage = ["RT", "-60to-85", "LN"][sample];
            let (icd, text) = diagnoses[at % 2];
            let mut plain = json!({ "id": sample_id, "donorId": id, "sampleType": name, "creationTime": collected, "storageTemperature": storage,
                "anatomicalSite": { "code": "UBERON:0000178", "text": "blood" }, "contentDiagnosis": [{ "ontology": "ICD-10", "code": icd, "text": text }] });
            let temperature = json!([{ "url": "https://fhir.bbmri-eric.eu/StructureDefinition/miabis-sample-storage-temperature-extension",
                "valueCodeableConcept": { "coding": [{ "code": storage }] } }]);
            let mut specimen = json!({ "resourceType": "Specimen", "id": sample_id, "subject": subject, "identifier": [{ "value": sample_id }],
                "type": { "coding": [{ "system": TYPES, "code": code, "display": name }] },
                "collection": { "collectedDateTime": collected, "bodySite": { "coding": [{ "system": "http://purl.obolibrary.org/obo/uberon.owl", "code": "UBERON:0000178", "display": "blood" }] } },
                "processing": [{ "extension": temperature }], "note": [{ "text": "no commercial use" }] });
            if sample > 0 {
                plain["parentId"] = json!(format!("S{at}-0"));
                specimen["parent"] = json!([{ "reference": format!("Specimen/S{at}-0") }]);
            }
            samples.push(plain);
            entries.push(json!({ "resource": specimen }));
            entries.push(json!({ "resource": { "resourceType": "Observation", "id": format!("o{sample_id}"), "status": "final", "subject": subject,
                "specimen": { "reference": format!("Specimen/{sample_id}") }, "code": { "coding": [{ "system": "http://loinc.org", "code": "52797-8" }] },
                "valueCodeableConcept": { "coding": [{ "system": "http://hl7.org/fhir/sid/icd-10", "code": icd, "display": text }] } } }));
        }
    }
    let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": entries });
    (json!({ "donors": donors, "samples": samples }), bundle)
}

fn statements(name: &str, content: &Value, profile: &str) -> Vec<String> {
    let ids: Vec<&'static str> = (0..20).map(|at| &*format!("D{at}").leak()).collect();
    let rows: Vec<(&str, &str, &'static str)> = ids.iter().map(|id| ("mrn", *id, *id)).collect();
    let folder = folder(&[(name, content.to_string().as_bytes())]);
    let mut store = Store::default();
    let profile = Profile::open(profile).unwrap();
    let accounting = gemj_adapters::feed::ingest(
        &[folder.path().join(name)],
        &profile,
        &target("hospital-a", "mrn"),
        &numbers(&rows),
        &mut store,
    )
    .unwrap();
    assert_eq!((accounting.quarantined.as_slice(), accounting.committed), (&[][..], 20), "{name}");
    let mut lines: Vec<String> = store.records.values().map(line).collect();
    lines.sort();
    lines
}

fn line(record: &CaseRecord) -> String {
    let mut facts: Vec<String> = record.facts.iter().map(crate::line).collect();
    facts.sort();
    let mut specimens: Vec<String> = record
        .specimens
        .iter()
        .map(|s| {
            let (parent, site) = (s.parent.as_ref().map_or("", |parent| parent.as_str()), s.body_site.as_deref());
            let collected = s.collected.as_ref().map_or("", |date| date.as_str());
            format!(
                "{} {} {} {collected} {site:?} {:?} {parent}",
                s.id.as_str(),
                s.kind_code,
                s.kind_label,
                s.storage
            )
        })
        .collect();
    specimens.sort();
    let born = record.born.as_ref().map_or("", |date| date.as_str());
    format!("{} {:?} {born} {facts:?} {specimens:?}", record.participant.as_str(), record.sex)
}

#[test]
fn the_same_donors_in_both_forms_give_the_same_statements() {
    let (plain, on_fhir) = bank();
    let plain = statements("samples.json", &plain, "miabis");
    assert_eq!(plain, statements("bank.json", &on_fhir, "miabis-on-fhir"));
    assert!(
        plain[3].contains("ICD10:") && plain.iter().any(|line| line.contains("MIABIS:WholeBlood")),
        "{plain:#?}"
    );
}

#[test]
fn a_specimen_of_an_animal_refuses_its_donor() {
    let (_, mut on_fhir) = bank();
    let source = json!([{ "url": "https://fhir.bbmri-eric.eu/StructureDefinition/miabis-sample-source-extension", "valueCodeableConcept": { "coding": [{ "code": "Animal" }] } }]);
    on_fhir["entry"][1]["resource"]["extension"] = source;
    let folder = folder(&[("a.json", on_fhir.to_string().as_bytes())]);
    let accounting = take(
        folder.path(),
        &Profile::open("miabis-on-fhir").unwrap(),
        &numbers(&[]),
        &mut Store::default(),
    )
    .unwrap();
    assert_eq!(
        accounting
            .quarantined
            .iter()
            .filter(|refused| refused.reason_code == "not-human")
            .count(),
        1
    );
}
