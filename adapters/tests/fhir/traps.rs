//! Statuses, codes and values that would be stored wrongly by a simple reader.

use gemj_model::{PartialDate, Sex};
use serde_json::{Value, json};

use crate::{Outcome, bundle, collected, condition, ingested, observation, patient, with};

fn of_condition(members: &[(&str, Value)]) -> Outcome {
    collected(&[patient("1", "001"), with(condition(), members)])
}

fn of_observation(members: &[(&str, Value)]) -> Outcome {
    collected(&[patient("1", "001"), with(observation(), members)])
}

fn status(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": format!("http://terminology.hl7.org/CodeSystem/{system}"), "code": code }] })
}

#[test]
fn a_patient_has_sex_month_of_birth_and_facts() {
    let seen = of_condition(&[("onsetDateTime", json!("2023-05-10"))]);
    assert_eq!(seen.facts("P1"), ["ICD10:K29.7 胃炎 Present onset 2023-05-10"]);
    let record = seen.records("P1")[0];
    assert_eq!(
        (record.sex, record.born.clone()),
        (Sex::Female, Some(PartialDate::parse("1984-03").unwrap()))
    );
}

#[test]
fn a_condition_is_present_only_if_its_statuses_say_so() {
    let ver = |code| ("verificationStatus", status("condition-ver-status", code));
    let clin = |code| ("clinicalStatus", status("condition-clinical", code));
    for (members, expected) in [
        (vec![ver("confirmed")], "Present"),
        (vec![ver("unconfirmed")], "Suspected"),
        (vec![ver("provisional")], "Suspected"),
        (vec![ver("differential")], "Suspected"),
        (vec![ver("refuted")], "RuledOut"),
        (vec![ver("refuted"), clin("inactive")], "RuledOut"),
        (vec![ver("probable")], "NotUnderstood"),
        (vec![("verificationStatus", json!({ "text": "confirmed" }))], "NotUnderstood"),
        (vec![("verificationStatus", json!("confirmed"))], "NotUnderstood"),
        (
            vec![("verificationStatus", json!({ "coding": [{ "code": "confirmed" }] }))],
            "NotUnderstood",
        ),
        (vec![clin("recurrence")], "Present"),
        (vec![clin("relapse")], "Present"),
        (vec![clin("inactive")], "History"),
        (vec![clin("remission")], "History"),
        (vec![clin("resolved")], "History"),
        (vec![clin("gone")], "NotUnderstood"),
        (vec![("abatementDateTime", json!("2020-01-01"))], "History"),
        (vec![("abatementDateTime", json!("2020-01-01")), clin("resolved")], "History"),
        (vec![("abatementDateTime", json!("2020-01-01")), ver("refuted")], "RuledOut"),
        (
            vec![
                ("abatementDateTime", json!("2099-01-01")),
                ("meta", json!({ "lastUpdated": "2024-01-01T00:00:00Z" })),
            ],
            "NotUnderstood",
        ),
        (vec![("abatementString", json!("ongoing"))], "NotUnderstood"),
        (vec![("abatementAge", json!({ "value": 45 }))], "History"),
        (
            vec![("modifierExtension", json!([{ "url": "urn:x", "valueBoolean": true }]))],
            "NotUnderstood",
        ),
        (
            vec![("stage", json!([{ "modifierExtension": [{ "url": "urn:x" }] }]))],
            "NotUnderstood",
        ),
        (vec![("implicitRules", json!("urn:x"))], "NotUnderstood"),
        (vec![("meta", json!({ "tag": [{ "code": "SUBSETTED" }] }))], "NotUnderstood"),
        // The data is test data, or the disease is of the family.
        (vec![("meta", json!({ "security": [{ "code": "HTEST" }] }))], "NotUnderstood"),
        (vec![("category", json!([{ "text": "家族歴" }]))], "NotUnderstood"),
        (
            vec![("category", json!([{ "coding": [{ "code": "family-history" }] }]))],
            "NotUnderstood",
        ),
        (
            vec![(
                "category",
                json!([{ "coding": [{ "system": "http://snomed.info/sct", "code": "416471007" }] }]),
            )],
            "NotUnderstood",
        ),
        (
            vec![(
                "category",
                json!([{ "coding": [{ "code": "problem-list-item", "display": "Problem List Item" }] }]),
            )],
            "Present",
        ),
        // A model asserted the disease, and no person confirmed it.
        (vec![("meta", json!({ "security": [{ "code": "AIAST" }] }))], "NotConfirmed"),
        (
            vec![("meta", json!({ "security": [{ "code": "AIAST" }] })), clin("resolved")],
            "NotUnderstood",
        ),
        (vec![("extension", json!([{ "url": "urn:x", "valueBoolean": true }]))], "Present"),
    ] {
        let seen = of_condition(&members);
        assert_eq!(seen.facts("P1").len(), 1, "{members:?}");
        assert!(
            seen.facts("P1")[0].contains(&format!(" {expected}")),
            "{members:?}: {:?}",
            seen.facts("P1")
        );
    }
}

#[test]
fn a_condition_that_was_entered_in_error_is_left_out() {
    let seen = of_condition(&[("verificationStatus", status("condition-ver-status", "entered-in-error"))]);
    assert_eq!((seen.facts("P1").len(), seen.left_out("entered-in-error", "Condition")), (0, 1));
    let seen = of_observation(&[("status", json!("entered-in-error")), ("valueBoolean", json!(true))]);
    assert_eq!((seen.facts("P1").len(), seen.left_out("entered-in-error", "Observation")), (0, 1));
}

#[test]
fn every_name_of_a_diagnosis_is_searched_for_words() {
    let coded =
        |display: &str, text: &str| json!({ "coding": [{ "system": crate::ICD10, "code": "K297", "display": display }], "text": text });
    for (code, expected) in [
        (coded("胃炎", "胃炎の疑い"), "Suspected"),
        (coded("胃炎の疑い", "胃炎"), "Suspected"),
        (coded("胃炎", "胃炎の既往"), "History"),
        (coded("胃炎", "胃炎の家族歴"), "NotUnderstood"),
        (
            json!({ "coding": [{ "system": "http://snomed.info/sct", "code": "1", "display": "No known allergy (situation)" }] }),
            "NotUnderstood",
        ),
        (json!({}), "NotUnderstood"),
    ] {
        let seen = of_condition(&[("code", code.clone())]);
        let is_kept = seen.facts("P1").first().is_some_and(|fact| fact.contains(&format!(" {expected}")));
        assert!(is_kept || code == json!({}), "{code}: {:?}", seen.facts("P1"));
        assert!(!seen.facts("P1").iter().any(|fact| fact.contains("Present")), "{code}");
    }
}

#[test]
fn one_coding_is_chosen_by_the_order_of_the_profile() {
    let snomed = json!({ "system": "http://snomed.info/sct", "code": "4556007", "display": "Gastritis" });
    let icd = json!({ "system": crate::ICD10, "code": "K297", "display": "胃炎" });
    let key = json!({ "system": "http://medis.or.jp/CodeSystem/master-disease-keyNumber", "code": "20054174", "display": "胃炎" });
    let local = json!({ "system": "http://h.example/cs", "code": "001" });
    for codings in [vec![&snomed, &icd, &key, &local], vec![&local, &key, &icd, &snomed]] {
        let seen = of_condition(&[("code", json!({ "coding": codings }))]);
        assert_eq!(seen.facts("P1"), ["ICD10:K29.7 胃炎 Present"]);
        assert_eq!(seen.left_out("other-coding", "Condition.code.coding"), 3);
    }
    let seen = of_condition(&[("code", json!({ "coding": [local, key] }))]);
    assert_eq!(seen.facts("P1"), ["MDCDX2:20054174 胃炎 Present"]);
    let seen = of_condition(&[("code", json!({ "coding": [local] }))]);
    assert_eq!(seen.facts("P1"), ["hospital-a.code:http://h.example/cs|001  Present"]);
    let seen = of_condition(&[("code", json!({ "text": "めまい" }))]);
    assert_eq!(seen.facts("P1"), ["MDCDX2:20084317 めまい Present"]);
    let hpo = json!({ "coding": [{ "system": "http://human-phenotype-ontology.org", "code": "HP:0001250", "display": "Seizure" }] });
    let seen = of_condition(&[("code", hpo)]);
    assert_eq!(seen.facts("P1"), ["HP:0001250 Seizure Present"]);
}

#[test]
fn the_value_of_an_observation_keeps_its_digits_bound_and_unit() {
    let ucum = |value: &str| {
        let text = format!(r#"{{"value": {value}, "unit": "gram", "system": "http://unitsofmeasure.org", "code": "g/dL"}}"#);
        serde_json::from_str::<Box<serde_json::value::RawValue>>(&text).unwrap()
    };
    let resource = with(observation(), &[]).to_string();
    for (value, expected) in [
        ("1.10", "1.10 g/dL"),
        ("-0.50", "-0.50 g/dL"),
        ("100", "100 g/dL"),
        ("12345678901234567890.123", "12345678901234567890.123 g/dL"),
    ] {
        let resource = resource.replacen('{', &format!(r#"{{"valueQuantity":{},"#, ucum(value)), 1);
        let seen = ingested(&[("a.json", format!("{}\n{resource}", patient("1", "001")).as_bytes())]);
        assert_eq!(
            seen.facts("P1"),
            [format!("LOINC:718-7 Hemoglobin Present {expected} on 2024-05-01")]
        );
    }
    for (members, expected) in [
        (
            vec![("valueQuantity", json!({ "value": 5, "comparator": "<", "unit": "mg" }))],
            "Present Less 5 mg",
        ),
        (
            vec![("valueQuantity", json!({ "value": 5, "comparator": "ad", "unit": "mg" }))],
            "NotUnderstood text ad5",
        ),
        (vec![("valueInteger", json!(7))], "Present 7 "),
        (vec![("valueString", json!("少量"))], "Present text 少量"),
        (vec![("valueBoolean", json!(false))], "Present text false"),
        (
            vec![("valueRange", json!({ "low": { "value": 1 }, "high": { "value": 2 } }))],
            "Present text 1-2",
        ),
        (
            vec![(
                "valueRatio",
                json!({ "numerator": { "value": 1 }, "denominator": { "value": 128 } }),
            )],
            "Present text 1:128",
        ),
        (
            vec![(
                "valueCodeableConcept",
                json!({ "coding": [{ "system": "http://snomed.info/sct", "code": "260385009", "display": "Negative" }] }),
            )],
            "Present coded SNOMEDCT:260385009 Negative",
        ),
        (vec![("status", json!("preliminary")), ("valueInteger", json!(7))], "Suspected 7 "),
        (vec![("status", json!("registered")), ("valueInteger", json!(7))], "Suspected 7 "),
        (vec![("status", json!("unknown")), ("valueInteger", json!(7))], "NotUnderstood 7 "),
        (vec![("status", Value::Null), ("valueInteger", json!(7))], "NotUnderstood 7 "),
        (
            vec![("focus", json!([{ "reference": "Patient/2" }])), ("valueInteger", json!(7))],
            "NotUnderstood 7 ",
        ),
        (
            vec![("dataAbsentReason", json!({})), ("valueInteger", json!(7))],
            "NotUnderstood 7 ",
        ),
        (vec![("valueString", json!("x")), ("valueInteger", json!(7))], "NotUnderstood 7 "),
    ] {
        let seen = of_observation(&members);
        assert_eq!(
            seen.facts("P1"),
            [format!("LOINC:718-7 Hemoglobin {expected} on 2024-05-01")],
            "{members:?}"
        );
    }
}

#[test]
fn an_observation_without_a_result_is_left_out() {
    for members in [
        vec![("status", json!("registered"))],
        vec![("status", json!("cancelled")), ("valueInteger", json!(7))],
        vec![("dataAbsentReason", json!({ "text": "lost" }))],
    ] {
        let seen = of_observation(&members);
        assert_eq!(
            (seen.facts("P1").len(), seen.left_out("no-result", "Observation")),
            (0, 1),
            "{members:?}"
        );
    }
}

#[test]
fn a_component_has_its_own_value_and_the_status_of_its_observation() {
    let part = |code: &str, rest: Value| {
        let mut part = json!({ "code": { "coding": [{ "system": "http://loinc.org", "code": code }] } });
        part.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        part
    };
    let components = json!([
        part("8480-6", json!({ "valueQuantity": { "value": 120, "unit": "mmHg" } })),
        part("8462-4", json!({ "dataAbsentReason": { "text": "lost" } })),
        part("1-8", json!({})),
        part("2-6", json!({ "valueBoolean": true, "modifierExtension": [{ "url": "urn:x" }] })),
    ]);
    let members = [
        ("status", json!("preliminary")),
        ("component", components),
        ("valueInteger", json!(7)),
    ];
    let seen = of_observation(&members);
    // A modifier inside a component can change the meaning of the whole resource.
    let expected = [
        "LOINC:2-6  NotUnderstood text true on 2024-05-01",
        "LOINC:718-7 Hemoglobin NotUnderstood 7  on 2024-05-01",
        "LOINC:8480-6  NotUnderstood 120 mmHg on 2024-05-01",
    ];
    assert_eq!(seen.facts("P1"), expected);
    assert_eq!(seen.left_out("no-result", "Observation.component"), 1);
    let seen = of_observation(&[
        (
            "component",
            json!([part("8480-6", json!({ "valueInteger": 3 })), part("1-8", json!({}))]),
        ),
        ("valueInteger", json!(7)),
    ]);
    assert_eq!(
        seen.facts("P1"),
        [
            "LOINC:718-7 Hemoglobin Present 7  on 2024-05-01",
            "LOINC:8480-6  Present 3  on 2024-05-01"
        ]
    );
}

#[test]
fn a_specimen_has_its_identifier_and_its_parent() {
    let specimen = |id: &str, number: &str| {
        json!({ "resourceType": "Specimen", "id": id, "subject": { "reference": "Patient/1" }, "identifier": [{ "system": "urn:s", "value": number }],
            "type": { "coding": [{ "system": "http://snomed.info/sct", "code": "119297000", "display": "Blood" }] },
            "collection": { "collectedDateTime": "2024-05-01T09:00:00+09:00" } })
    };
    let child = with(specimen("b", "S2"), &[("parent", json!([{ "reference": "Specimen/a" }]))]);
    let lost = with(specimen("c", "S3"), &[("status", json!("unavailable"))]);
    let seen = collected(&[child, patient("1", "001"), specimen("a", "S1"), lost]);
    let specimens: Vec<_> = seen.records("P1")[0]
        .specimens
        .iter()
        .map(|s| (s.id.as_str(), s.kind_code.as_str(), s.parent.as_ref().map(|p| p.as_str())))
        .collect();
    assert_eq!(
        specimens,
        [("S1", "SNOMEDCT:119297000", None), ("S2", "SNOMEDCT:119297000", Some("S1"))]
    );
    let modified = with(specimen("a", "S1"), &[("modifierExtension", json!([{ "url": "urn:x" }]))]);
    assert_eq!(collected(&[patient("1", "001"), modified]).reasons(), ["modifier-not-understood"]);
    let unnamed = with(specimen("a", "S1"), &[("identifier", json!([]))]);
    assert_eq!(collected(&[patient("1", "001"), unnamed]).reasons(), ["no-specimen-id"]);
}

#[test]
fn the_disease_of_a_relative_is_not_read() {
    let family = json!({ "resourceType": "FamilyMemberHistory", "patient": { "reference": "Patient/1" }, "status": "completed",
        "condition": [{ "code": { "coding": [{ "system": crate::ICD10, "code": "C50" }] } }] });
    let seen = collected(&[
        patient("1", "001"),
        family,
        json!({ "resourceType": "List", "entry": [{ "item": { "reference": "Condition/1" } }] }),
    ]);
    assert_eq!(seen.facts("P1").len(), 0);
    assert_eq!(
        (
            seen.left_out("resource-not-read", "FamilyMemberHistory"),
            seen.left_out("resource-not-read", "List")
        ),
        (1, 1)
    );
    assert_eq!(seen.accounting.committed, 1);
}

#[test]
fn names_and_notes_are_counted_and_never_stored() {
    let mut person = patient("1", "001");
    for (name, value) in [
        ("name", json!([{ "text": "山田" }])),
        ("telecom", json!([{ "value": "03-1111" }])),
        ("text", json!({ "div": "秘密" })),
        ("photo", json!([{}])),
    ] {
        person[name] = value;
    }
    let seen = collected(&[
        person,
        with(condition(), &[("note", json!([{ "text": "秘密" }])), ("秘密", json!(1))]),
    ]);
    let told = format!("{:?}{:?}", seen.accounting, seen.facts("P1"));
    for secret in ["山田", "03-1111", "秘密", "1984-03-17", "001"] {
        assert!(!told.contains(secret), "{secret}");
    }
    for (rule, name) in [
        ("identifier-field", "Patient.name"),
        ("identifier-field", "Patient.telecom"),
        ("free-text", "Patient.text"),
        ("identifier-field", "Patient.photo"),
        ("free-text", "Condition.note"),
        ("field-not-admitted", "Condition.(unknown)"),
    ] {
        assert_eq!(seen.left_out(rule, name), 1, "{name}");
    }
    assert_eq!(seen.accounting.unknown_fields(), 0, "{:?}", seen.accounting.fields);
}

#[test]
fn a_bundle_that_states_changes_or_answers_is_refused_whole() {
    let resources = [patient("1", "001"), condition()];
    for kind in ["history", "message", "transaction-response", "batch-response", "other"] {
        assert_eq!(
            ingested(&[("a.json", bundle(kind, &resources).to_string().as_bytes())]).reasons(),
            ["bundle-type"],
            "{kind}"
        );
    }
    for kind in ["document", "collection", "searchset", "transaction", "batch"] {
        assert_eq!(
            ingested(&[("a.json", bundle(kind, &resources).to_string().as_bytes())])
                .facts("P1")
                .len(),
            1,
            "{kind}"
        );
    }
    for (method, reason) in [("DELETE", "deletion"), ("PATCH", "patch"), ("MERGE", "bundle-request")] {
        let mut changes = bundle("transaction", &resources);
        changes["entry"]
            .as_array_mut()
            .unwrap()
            .push(json!({ "request": { "method": method, "url": "Condition/7" } }));
        assert_eq!(ingested(&[("a.json", changes.to_string().as_bytes())]).reasons(), [reason]);
    }
    let mut created = bundle("transaction", &resources);
    created["entry"][0]["request"] = json!({ "method": "POST", "url": "Patient", "ifNoneExist": "identifier=urn:h|001" });
    created["entry"][1]["request"] = json!({ "method": "PUT", "url": "Condition/1" });
    assert_eq!(ingested(&[("a.json", created.to_string().as_bytes())]).facts("P1").len(), 1);
    let error = json!({ "resourceType": "Composition", "status": "entered-in-error" });
    let document = bundle("document", &[error, resources[0].clone(), resources[1].clone()]);
    assert_eq!(
        ingested(&[("a.json", document.to_string().as_bytes())]).reasons(),
        ["document-in-error"]
    );
}

#[test]
fn a_refused_file_refuses_the_patients_whose_resources_can_be_missing() {
    let one = |resource: Value| format!("{resource}\n");
    let (person, whole) = (
        one(patient("1", "001")),
        bundle(
            "collection",
            &[
                patient("2", "002"),
                with(condition(), &[("subject", json!({ "reference": "Patient/2" }))]),
            ],
        ),
    );
    let cut = one(condition()) + r#"{"resourceType":"Condition","sub"#;
    let files = [
        ("Condition.ndjson", cut.as_bytes()),
        ("Patient.ndjson", person.as_bytes()),
        ("b.json", whole.to_string().leak().as_bytes()),
    ];
    let seen = ingested(&files);
    assert_eq!(seen.reasons(), ["cut-short", "incomplete-delivery"]);
    assert_eq!((seen.facts("P1").len(), seen.facts("P2").len()), (0, 1));
    // A faulty line is one resource.
    let faulty = one(condition()) + "{\"resourceType\":\n" + &one(with(observation(), &[("valueInteger", json!(1))]));
    let seen = ingested(&[("c.ndjson", faulty.as_bytes()), ("p.ndjson", person.as_bytes())]);
    assert_eq!((seen.reasons(), seen.facts("P1").len()), (vec!["bad-json"], 2));
    assert_eq!(ingested(&[("a.json", b"<Bundle/>")]).reasons(), ["unknown-form"]);
    assert_eq!(ingested(&[("a.json", b"\xff\xfe{\0}\0")]).reasons(), ["encoding"]);
}

#[test]
fn a_page_of_a_search_result_is_read_only_with_the_next_page() {
    let page = |own: &str, next: Option<&str>, resources: &[Value]| {
        let mut page = bundle("searchset", resources);
        let links = [("self", Some(own)), ("next", next)];
        let links = links
            .iter()
            .filter_map(|(relation, url)| url.map(|url| json!({ "relation": relation, "url": url })));
        page["link"] = links.collect();
        page.to_string().into_bytes()
    };
    let first = page("http://h/fhir?page=1", Some("http://h/fhir?page=2"), &[patient("1", "001")]);
    let second = page("http://h/fhir?page=2", None, &[condition()]);
    assert_eq!(ingested(&[("1.json", &first)]).reasons(), ["missing-page"]);
    let seen = ingested(&[("1.json", &first), ("2.json", &second)]);
    assert_eq!((seen.reasons(), seen.facts("P1").len()), (vec![], 1));
}

#[test]
fn the_version_of_a_patient_is_its_latest_time() {
    let mut resources = bundle(
        "collection",
        &[
            patient("1", "001"),
            with(condition(), &[("meta", json!({ "lastUpdated": "2024-05-01T00:30:00+09:00" }))]),
        ],
    );
    let version = |resources: &Value| {
        let seen = ingested(&[("a.json", resources.to_string().as_bytes())]);
        seen.records("P1")[0].source.version.clone()
    };
    assert_eq!(version(&resources), "2024-04-30T15:30:00.000000000Z");
    resources["timestamp"] = json!("2024-06-01T00:00:00Z");
    assert_eq!(version(&resources), "2024-06-01T00:00:00.000000000Z");
    // Of two versions of one resource, the later counts; without an order, the patient is refused.
    let at = |time: &str, code: &str| {
        with(
            condition(),
            &[
                ("id", json!("c")),
                ("meta", json!({ "lastUpdated": time })),
                ("code", json!({ "coding": [{ "system": crate::ICD10, "code": code }] })),
            ],
        )
    };
    let seen = collected(&[
        patient("1", "001"),
        at("2024-02-01T00:00:00Z", "K25"),
        at("2024-01-01T00:00:00Z", "K26"),
    ]);
    assert_eq!(seen.facts("P1"), ["ICD10:K25  Present"]);
    let seen = collected(&[
        patient("1", "001"),
        at("2024-02-01T00:00:00Z", "K25"),
        at("2024-02-01T00:00:00Z", "K26"),
    ]);
    assert_eq!(seen.reasons(), ["same-resource"]);
}
