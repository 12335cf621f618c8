//! Tests of received resources. A valid resource is kept byte for byte, and an invalid one is rejected with the place of the fault.

use std::collections::BTreeSet;

use hl7_fhir::resource::{MAX_BYTES, parse};
use hl7_fhir::{FhirError, ResourceType, Target};
use serde_json::{Value, json};

use crate::official;

fn examples() -> Vec<Value> {
    let concept = json!({"coding": [{"system": "http://loinc.org", "code": "69548-6"}], "text": "遺伝子\u{3000}検査"});
    let subject = json!({"reference": "Patient/p-1"});
    vec![
        json!({
            "resourceType": "Patient", "identifier": [{"system": "urn:oid:1.2.392.100495.20.3.51.11310000001", "value": "SECRET-4711"}, {"system": "https://x.example"}],
            "name": [{"family": "山田", "given": ["太郎", null], "_given": [null, {"extension": [{"url": "https://x.example", "valueCode": "x"}]}]}],
            "birthDate": "1980-02-29", "contact": [{"name": {"text": "x"}}],
            "link": [{"other": {"reference": "Patient/p-2"}, "type": "seealso"}],
        }),
        json!({
            "resourceType": "Observation", "status": "final", "code": concept, "subject": subject, "effectiveDateTime": "2026-01-02",
            "issued": "2026-01-02T03:04:05+09:00", "component": [{"code": {"text": "x"}, "valueRange": {"low": {"value": 1.10}}}],
            "contained": [{"resourceType": "Specimen", "id": "s"}], "specimen": {"reference": "#s"},
            "referenceRange": [{"text": "x"}],
        }),
        json!({"resourceType": "DiagnosticReport", "id": "r.1", "status": "final", "code": concept, "subject": subject, "effectivePeriod": {"start": "2026", "end": "2026"}}),
        json!({"resourceType": "Specimen", "subject": subject, "status": "available", "collection": {"collectedDateTime": "2026-01"}}),
        json!({
            "resourceType": "Consent", "status": "active", "scope": concept, "category": [concept], "patient": subject, "dateTime": "2026-01-02",
            "policy": [{"uri": "https://x.example/form|1"}],
            "provision": {"provision": [{"type": "deny", "code": [concept], "actor": [{"role": concept, "reference": subject}]}]},
        }),
        json!({
            "resourceType": "Task", "status": "requested", "intent": "proposal", "for": subject, "authoredOn": "2026-01-02T09:00:00+09:00",
            "lastModified": "2026-01-02T00:00:00Z", "output": [{"type": concept, "valueBoolean": true}],
        }),
    ]
}

fn example(resource_type: ResourceType) -> Value {
    examples()
        .into_iter()
        .find(|example| example["resourceType"] == resource_type.as_str())
        .unwrap()
}

fn issues(resource: &Value) -> BTreeSet<String> {
    match parse(&serde_json::to_vec(resource).unwrap()) {
        Ok(_) => BTreeSet::new(),
        Err(FhirError::Unprocessable(issues)) => issues
            .into_iter()
            .map(|issue| format!("{} {}", issue.code.as_str(), issue.expression.unwrap_or_default()))
            .collect(),
        Err(other) => panic!("{other:?}"),
    }
}

/// Asserts that exactly one issue is reported if one member of the valid example is set to `value` (or removed, if `value` is "(remove)").
fn gives(resource_type: ResourceType, pointer: &str, value: Value, issue: &str) {
    let mut resource = example(resource_type);
    if value != json!("(remove)") && resource.pointer(pointer).is_some() {
        *resource.pointer_mut(pointer).unwrap() = value;
    } else {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = resource.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        if value == json!("(remove)") {
            parent.remove(name);
        } else {
            parent.insert(name.to_owned(), value);
        }
    }
    assert_eq!(issues(&resource), BTreeSet::from([issue.to_owned()]), "{pointer}");
}

#[test]
fn the_examples_are_valid_by_the_official_schema_and_accepted() {
    for example in examples() {
        if let Some(findings) = official::findings(&example, true) {
            assert!(findings.is_empty(), "{findings:?}");
        }
        let text = serde_json::to_string_pretty(&example).unwrap().replace("1.1\n", "1.10\n");
        let received = parse(text.as_bytes()).unwrap();
        assert_eq!(received.text(), text);
        assert_eq!(received.resource_type().as_str(), example["resourceType"]);
    }
}

#[test]
fn lookups_return_the_received_values() {
    let read = |resource_type| parse(&serde_json::to_vec(&example(resource_type)).unwrap()).unwrap();
    let patient = read(ResourceType::Patient);
    let [identifier] = &patient.identifiers()[..] else { panic!() };
    assert_eq!(
        (identifier.system.as_deref(), identifier.value.as_str()),
        (Some("urn:oid:1.2.392.100495.20.3.51.11310000001"), "SECRET-4711")
    );
    assert_eq!((patient.id(), patient.status(), patient.subject()), (None, None, None));
    for resource_type in ResourceType::ALL.into_iter().filter(|t| *t != ResourceType::Patient) {
        let resource = read(resource_type);
        assert_eq!(resource.patient_id().unwrap(), "p-1");
        assert!(matches!(resource.subject().unwrap().target, Some(Target::Relative { .. })));
    }
    assert_eq!(read(ResourceType::DiagnosticReport).id(), Some("r.1"));
    assert_eq!(read(ResourceType::Task).status(), Some("requested"));
    assert!(!format!("{patient:?} {identifier:?} {:?}", read(ResourceType::Task).subject()).contains("SECRET"));
}

#[test]
fn empty_values_and_nulls_without_a_sibling_are_rejected() {
    use ResourceType::{Observation, Patient};
    gives(Observation, "/category", json!([]), "structure Observation.category");
    gives(Observation, "/note", json!([[]]), "structure Observation.note");
    gives(Observation, "/method", json!({}), "structure Observation.method");
    gives(Observation, "/method", Value::Null, "structure Observation.method");
    gives(Observation, "/code/text", json!(""), "value Observation.code.text");
    let mut nulls = example(Patient);
    nulls["name"][0]["_given"] = json!([null, null]);
    let both = ["structure Patient.name[0]._given", "structure Patient.name[0].given"];
    assert_eq!(issues(&nulls), BTreeSet::from(both.map(str::to_owned)));
    let mut lengths = example(Patient);
    lengths["name"][0]["given"] = json!(["a", "b", "c"]);
    assert_eq!(issues(&lengths), BTreeSet::from(both.map(str::to_owned)));
    gives(Patient, "/name/0/suffix", json!(["a", null]), "structure Patient.name[0].suffix");
}

#[test]
fn two_choices_of_one_element_are_rejected() {
    use ResourceType::{Observation, Patient};
    gives(
        Observation,
        "/effectiveInstant",
        json!("2026-01-02T03:04:05Z"),
        "structure Observation.effective",
    );
    gives(
        Observation,
        "/component/0/valueString",
        json!("x"),
        "structure Observation.component[0].value",
    );
    gives(
        Patient,
        "/name/0/_given/1/extension/0/_valueString",
        json!({"id": "x"}),
        "structure Patient.name[0]._given[1].extension[0].value",
    );
    let mut both = example(Patient);
    both["deceasedBoolean"] = json!(true);
    both["deceasedDateTime"] = json!("2026");
    assert_eq!(issues(&both), BTreeSet::from(["structure Patient.deceased".to_owned()]));
}

#[test]
fn dates_must_exist_in_the_calendar() {
    use ResourceType::{Consent, Observation, Patient, Specimen, Task};
    gives(Patient, "/birthDate", json!("2023-02-29"), "value Patient.birthDate");
    gives(Patient, "/birthDate", json!("2023-02-28T00:00:00Z"), "value Patient.birthDate");
    gives(
        Observation,
        "/effectiveDateTime",
        json!("2026-01-02T03:04Z"),
        "value Observation.effectiveDateTime",
    );
    gives(Observation, "/issued", json!("2026-01-02"), "value Observation.issued");
    gives(
        Observation,
        "/component/0/valueRange/extension",
        json!([{"url": "https://x.example", "valueDate": "2026-13"}]),
        "value Observation.component[0].valueRange.extension[0].valueDate",
    );
    gives(Consent, "/dateTime", json!("2026-04-31"), "value Consent.dateTime");
    gives(
        Consent,
        "/provision/period",
        json!({"end": "2026-02-30"}),
        "value Consent.provision.period.end",
    );
    gives(
        Specimen,
        "/collection/collectedDateTime",
        json!("yesterday"),
        "value Specimen.collection.collectedDateTime",
    );
    gives(Task, "/note", json!([{"text": "x", "time": "12:00:00"}]), "value Task.note[0].time");
}

#[test]
fn malformed_ids_and_references_are_rejected() {
    use ResourceType::Observation;
    gives(Observation, "/id", json!("a b"), "value Observation.id");
    gives(
        Observation,
        "/subject/reference",
        json!("patient 1"),
        "value Observation.subject.reference",
    );
    gives(
        Observation,
        "/subject/reference",
        json!("Patient/"),
        "value Observation.subject.reference",
    );
    gives(
        Observation,
        "/subject/reference",
        json!("Patient/1/_history"),
        "value Observation.subject.reference",
    );
    for ok in [
        "https://h.example/fhir/Patient/1",
        "urn:uuid:9f3f6f2e-0000-4000-8000-000000000000",
        "Patient/1/_history/2",
    ] {
        let mut resource = example(Observation);
        resource["subject"]["reference"] = json!(ok);
        assert_eq!(issues(&resource), BTreeSet::new());
    }
}

#[test]
fn violated_rules_of_contained_resources_are_rejected() {
    use ResourceType::Observation;
    gives(
        Observation,
        "/subject/reference",
        json!("#nobody"),
        "invariant Observation.subject.reference",
    );
    gives(
        Observation,
        "/specimen",
        json!({"display": "x"}),
        "invariant Observation.contained[0]",
    );
    gives(
        Observation,
        "/contained/0",
        json!({"resourceType": "Specimen", "id": "s", "meta": {"versionId": "1"}}),
        "invariant Observation.contained[0]",
    );
}

#[test]
fn absent_required_elements_are_rejected() {
    use ResourceType::{Consent, DiagnosticReport, Observation, Patient, Task};
    for (resource_type, element) in [
        (Observation, "status"),
        (Observation, "code"),
        (DiagnosticReport, "status"),
        (DiagnosticReport, "code"),
        (Consent, "status"),
        (Consent, "scope"),
        (Consent, "category"),
        (Task, "status"),
        (Task, "intent"),
    ] {
        gives(
            resource_type,
            &format!("/{element}"),
            json!("(remove)"),
            &format!("required {resource_type}.{element}"),
        );
    }
    gives(Patient, "/link/0/type", json!("(remove)"), "required Patient.link[0].type");
    gives(Task, "/output/0/valueBoolean", json!("(remove)"), "required Task.output[0].value");
    gives(
        Consent,
        "/provision/provision/0/actor/0/role",
        json!("(remove)"),
        "required Consent.provision.provision[0].actor[0].role",
    );
    // A status that has only an extension and no value does not count as a status.
    let mut only_extension = example(Observation);
    only_extension.as_object_mut().unwrap().remove("status");
    only_extension["_status"] = json!({"extension": [{"url": "https://x.example", "valueCode": "x"}]});
    assert!(issues(&only_extension).contains("required Observation.status"));
}

#[test]
fn required_elements_match_the_official_definitions() {
    let Some(bundle) = official::json_file("r4/profiles-resources.json.gz") else {
        return;
    };
    for resource_type in ResourceType::ALL {
        let found = bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]);
        let definition = found
            .into_iter()
            .find(|r| r["resourceType"] == "StructureDefinition" && r["id"] == resource_type.as_str())
            .unwrap();
        for element in definition["snapshot"]["element"].as_array().unwrap() {
            let path = element["path"].as_str().unwrap();
            let depth = path.matches('.').count();
            if depth != 1 || element["min"] == 0 {
                continue;
            }
            let name = path.split('.').nth(1).unwrap();
            let mut without = example(resource_type);
            assert!(
                without.as_object_mut().unwrap().remove(name).is_some(),
                "{path} is not in the example"
            );
            assert_eq!(issues(&without), BTreeSet::from([format!("required {path}")]));
        }
    }
}

#[test]
fn violated_invariants_are_rejected() {
    use ResourceType::{Consent, DiagnosticReport, Observation, Patient, Task};
    let mut absent = example(Observation);
    absent["valueString"] = json!("x");
    absent["dataAbsentReason"] = json!({"text": "x"});
    assert_eq!(issues(&absent), BTreeSet::from(["invariant Observation".to_owned()]));
    let mut repeated = example(Observation);
    repeated["component"][0]["code"] = repeated["code"].clone();
    assert_eq!(issues(&repeated), BTreeSet::new());
    repeated["valueString"] = json!("x");
    assert_eq!(issues(&repeated), BTreeSet::from(["invariant Observation".to_owned()]));
    gives(
        Observation,
        "/referenceRange/0",
        json!({"appliesTo": [{"text": "x"}]}),
        "invariant Observation.referenceRange[0]",
    );
    gives(Consent, "/policy", json!("(remove)"), "invariant Consent");
    gives(Task, "/lastModified", json!("2026-01-01T23:59:59Z"), "invariant Task");
    gives(Patient, "/contact/0", json!({"gender": "female"}), "invariant Patient.contact[0]");
    gives(
        DiagnosticReport,
        "/effectivePeriod/end",
        json!("2025"),
        "invariant DiagnosticReport.effectivePeriod",
    );
    gives(
        Patient,
        "/extension",
        json!([{"url": "https://x.example"}]),
        "invariant Patient.extension[0]",
    );
}

#[test]
fn the_typed_parse_rejects_wrong_codes_and_structures() {
    use ResourceType::{Observation, Task};
    gives(Observation, "/status", json!("SECRET"), "code-invalid Observation.status");
    gives(Task, "/status", json!("done"), "code-invalid Task.status");
    gives(Observation, "/category", json!({"text": "x"}), "structure Observation.category");
}

#[test]
fn a_body_that_is_not_an_accepted_resource_is_a_bad_request() {
    let status = |bytes: &[u8]| parse(bytes).unwrap_err().status();
    for bytes in [
        &b""[..],
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"{\"resourceType\":\"Patient\"} x",
        b"{\"resourceType\":\"Bundle\"}",
        b"{\"resourceType\":\"patient\"}",
    ] {
        assert_eq!(status(bytes), 400, "{bytes:?}");
    }
    assert_eq!(status(br#"{"resourceType":"Patient","id":"a","id":"b"}"#), 400);
    assert_eq!(status(br#"{"resourceType":"Patient","name":[{"text":"a","\u0074ext":"b"}]}"#), 400);
    assert_eq!(
        status(format!("{{\"resourceType\":\"Patient\",\"x\":{}1{}}}", "[".repeat(40), "]".repeat(40)).as_bytes()),
        400
    );
    assert_eq!(status(&vec![b' '; MAX_BYTES + 1]), 413);
}

#[test]
fn errors_repeat_no_part_of_the_request() {
    let mut resource = example(ResourceType::Patient);
    resource["birthDate"] = json!("SECRET");
    resource["SECRET name"] = json!([]);
    resource["name"][0]["use"] = json!("SECRET");
    let error = parse(&serde_json::to_vec(&resource).unwrap()).unwrap_err();
    assert!(!format!("{error} {error:?} {}", error.to_json()).contains("SECRET"));
}

#[test]
fn any_changed_byte_gives_an_answer_and_never_a_panic() {
    for example in examples() {
        let json = serde_json::to_vec(&example).unwrap();
        for at in 0..json.len() {
            for byte in *b"0\"{}[],:\\" {
                let mut changed = json.clone();
                changed[at] = byte;
                if let Ok(received) = parse(&changed) {
                    assert_eq!(received.text().as_bytes(), changed);
                }
            }
            let _ = parse(&json[..at]);
        }
    }
}
