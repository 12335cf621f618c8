//! To whom a resource belongs.

use gemj_adapters::profile::Profile;
use serde_json::{Value, json};

use crate::{bundle, collected, condition, ingested, patient, with, with_profile};

fn about(subject: Value) -> Value {
    with(condition(), &[("subject", subject)])
}

fn named(full_url: &str, resource: Value) -> Value {
    json!({ "fullUrl": full_url, "resource": resource })
}

fn entries(entries: &[Value]) -> Vec<u8> {
    json!({ "resourceType": "Bundle", "type": "collection", "entry": entries })
        .to_string()
        .into_bytes()
}

#[test]
fn every_form_of_reference_finds_its_patient() {
    let contained = json!({ "resourceType": "Condition", "subject": { "reference": "#p" }, "contained": [patient("p", "001")], "code": condition()["code"] });
    for resource in [
        about(json!({ "reference": "urn:uuid:aaaa" })),
        about(json!({ "reference": "Patient/1" })),
        about(json!({ "reference": "Patient/1/_history/3" })),
        about(json!({ "reference": "Patient/1", "type": "Patient" })),
        about(json!({ "reference": "Patient?identifier=urn:h%7C001" })),
        about(json!({ "identifier": { "system": "urn:h", "value": "001" } })),
        about(json!({ "reference": "Patient/9", "identifier": { "system": "urn:h", "value": "001" } })),
        about(json!({ "reference": "http://other.example/fhir/Patient/1" })),
        contained,
    ] {
        let seen = ingested(&[(
            "a.json",
            &entries(&[
                named("urn:uuid:bbbb", resource.clone()),
                named("urn:uuid:aaaa", patient("1", "001")),
                named("urn:uuid:cccc", patient("2", "002")),
            ]),
        )]);
        assert_eq!(
            (seen.facts("P1").len(), seen.facts("P2").len(), seen.reasons()),
            (1, 0, vec![]),
            "{resource}"
        );
    }
}

#[test]
fn a_relative_reference_means_the_server_of_its_resource() {
    let on = |server: &str, resource: Value, id: &str| named(&format!("http://{server}/fhir/{id}"), resource);
    let files = entries(&[
        on("a", patient("1", "001"), "Patient/1"),
        on("b", patient("1", "002"), "Patient/1"),
        on("b", about(json!({ "reference": "Patient/1" })), "Condition/1"),
        on("c", about(json!({ "reference": "Patient/1" })), "Condition/1"),
        json!({ "resource": about(json!({ "reference": "Patient/1" })) }),
        on("c", about(json!({ "reference": "http://a/fhir/Patient/1" })), "Condition/2"),
    ]);
    let seen = ingested(&[("a.json", &files)]);
    assert_eq!((seen.facts("P1").len(), seen.facts("P2").len()), (1, 1));
    assert_eq!(seen.reasons(), ["unresolved-subject", "ambiguous-subject"]);
}

#[test]
fn a_subject_that_is_not_certain_refuses_its_resource_alone() {
    for (subject, reason) in [
        (json!({ "reference": "Patient/9" }), "unresolved-subject"),
        (json!({ "reference": "urn:uuid:1" }), "unresolved-subject"),
        (json!({ "reference": "#p" }), "unresolved-subject"),
        (json!({ "reference": "1" }), "unresolved-subject"),
        (json!({ "display": "山田" }), "unresolved-subject"),
        (
            json!({ "identifier": { "system": "urn:other", "value": "001" } }),
            "unresolved-subject",
        ),
        (
            json!({ "reference": "Patient/1", "identifier": { "system": "urn:h", "value": "002" } }),
            "ambiguous-subject",
        ),
        (json!({ "reference": "Group/1" }), "not-a-patient"),
        (json!({ "reference": "http://a/fhir/Device/1" }), "not-a-patient"),
        (json!({ "reference": "Patient/1", "type": "Group" }), "not-a-patient"),
    ] {
        let seen = collected(&[patient("1", "001"), patient("2", "002"), condition(), about(subject.clone())]);
        assert_eq!(
            (seen.reasons(), seen.facts("P1").len(), seen.facts("P2").len()),
            (vec![reason], 1, 0),
            "{subject}"
        );
    }
    let mut without = condition();
    without.as_object_mut().unwrap().remove("subject");
    assert_eq!(collected(&[patient("1", "001"), without]).reasons(), ["no-subject"]);
}

#[test]
fn the_resources_of_a_document_refer_only_to_each_other() {
    let document = |person: Option<Value>| {
        let resources: Vec<Value> = person.into_iter().chain([condition()]).collect();
        bundle("document", &resources).to_string().into_bytes()
    };
    let files = [
        document(Some(patient("1", "001"))),
        document(Some(patient("1", "002"))),
        document(None),
    ];
    let seen = ingested(&[("a.json", &files[0]), ("b.json", &files[1]), ("c.json", &files[2])]);
    assert_eq!(
        (seen.facts("P1").len(), seen.facts("P2").len(), seen.reasons()),
        (1, 1, vec!["unresolved-subject"])
    );
}

#[test]
fn a_number_is_certain_or_the_patient_is_refused() {
    let identifiers = |list: Value| collected(&[with(patient("1", "001"), &[("identifier", list)]), condition()]);
    let record = json!({ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR" }] });
    let (own, other) = (
        json!({ "system": "urn:h", "value": "001" }),
        json!({ "system": "urn:insurance", "value": "999" }),
    );
    for (list, reasons) in [
        (json!([own, other]), vec!["several-numbers"]),
        (json!([]), vec!["no-number"]),
        (json!([{ "system": "urn:h", "value": "001", "use": "old" }]), vec!["no-number"]),
        (json!([own, { "system": "urn:h", "value": "777", "use": "old" }]), vec![]),
        (json!([{ "system": "urn:h", "value": "001", "type": record }, other]), vec![]),
        (json!([own, own]), vec![]),
        (json!([other]), vec!["unknown-number"]),
    ] {
        let seen = identifiers(list.clone());
        assert_eq!(seen.reasons(), reasons, "{list}");
        assert_eq!(seen.facts("P1").len(), usize::from(reasons.is_empty()), "{list}");
    }
    for (member, value, reason) in [
        ("active", json!(false), "inactive-patient"),
        (
            "link",
            json!([{ "type": "replaced-by", "other": { "reference": "Patient/2" } }]),
            "replaced-patient",
        ),
        ("modifierExtension", json!([{ "url": "urn:x" }]), "modifier-not-understood"),
    ] {
        let seen = collected(&[with(patient("1", "001"), &[(member, value)]), condition()]);
        assert_eq!((seen.reasons(), seen.facts("P1").len()), (vec![reason], 0));
    }
}

#[test]
fn one_value_of_two_systems_is_two_persons() {
    let other = with(
        patient("2", "001"),
        &[("identifier", json!([{ "system": "urn:other", "value": "001" }]))],
    );
    let resources = [patient("1", "001"), other, condition()];
    assert_eq!(collected(&resources).reasons(), ["several-systems", "several-systems"]);
    let text =
        include_str!("../../../schemas/mapping-profiles/fhir.yaml").replacen("fhir:\n", "fhir:\n  number: { system: \"urn:h\" }\n", 1);
    let profile = Profile::parse(&text).unwrap();
    let seen = with_profile(&[("a.json", bundle("collection", &resources).to_string().as_bytes())], &profile);
    assert_eq!((seen.reasons(), seen.facts("P1").len()), (vec!["no-number"], 1));
    let profile = Profile::parse(&text.replace("{ system: \"urn:h\" }", "{ member: id }")).unwrap();
    let seen = with_profile(
        &[(
            "a.json",
            bundle("collection", &[patient("001", "x"), about(json!({ "reference": "Patient/001" }))])
                .to_string()
                .as_bytes(),
        )],
        &profile,
    );
    assert_eq!(seen.facts("P1").len(), 1);
}

#[test]
fn two_patient_resources_with_one_number_are_one_person() {
    let seen = collected(&[
        patient("1", "001"),
        patient("2", "001"),
        condition(),
        about(json!({ "reference": "Patient/2" })),
    ]);
    assert_eq!((seen.accounting.committed, seen.facts("P1").len(), seen.reasons()), (1, 1, vec![]));
    let contradiction = with(patient("2", "001"), &[("gender", json!("male"))]);
    assert_eq!(collected(&[patient("1", "001"), contradiction]).reasons(), ["contradiction"]);
}

#[test]
fn an_identifier_that_several_persons_can_share_finds_no_patient() {
    let record = json!({ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR" }] });
    let of_family = json!({ "system": "urn:insurance", "value": "55" });
    let person = |id: &str, number: &str| {
        let own = json!({ "system": "urn:h", "value": number, "type": record });
        with(patient(id, number), &[("identifier", json!([own, of_family]))])
    };
    // The parent is in the files, and the child, whose condition it is, is not.
    let seen = collected(&[person("1", "001"), about(json!({ "identifier": of_family }))]);
    assert_eq!((seen.reasons(), seen.facts("P1").len()), (vec!["unresolved-subject"], 0));
    let contained = json!({ "resourceType": "Condition", "subject": { "reference": "#p" }, "code": condition()["code"],
        "contained": [{ "resourceType": "Patient", "id": "p", "identifier": [of_family] }] });
    assert_eq!(collected(&[person("1", "001"), contained]).reasons(), ["unresolved-subject"]);
    let shared = about(json!({ "reference": "Patient/1", "identifier": of_family }));
    let seen = collected(&[person("1", "001"), person("2", "002"), shared.clone()]);
    assert_eq!((seen.reasons(), seen.facts("P1").len(), seen.facts("P2").len()), (vec![], 1, 0));
    let seen = collected(&[patient("1", "001"), person("2", "002"), shared]);
    assert_eq!((seen.reasons(), seen.facts("P1").len()), (vec!["ambiguous-subject"], 0));
}

#[test]
fn a_relative_reference_of_a_bundle_finds_no_patient_of_another_bundle() {
    let of_hospital = bundle("collection", &[patient("1", "001")]).to_string();
    let of_other = bundle("collection", &[condition()]).to_string();
    let absolute = bundle(
        "collection",
        &[about(json!({ "reference": "http://other.example/fhir/Patient/1" }))],
    )
    .to_string();
    for other in [&of_other, &absolute] {
        let seen = ingested(&[("a.json", of_hospital.as_bytes()), ("b.json", other.as_bytes())]);
        assert_eq!((seen.reasons(), seen.facts("P1").len()), (vec!["unresolved-subject"], 0), "{other}");
    }
    let lines = [
        ("Condition.ndjson", condition().to_string()),
        ("Patient.ndjson", patient("1", "001").to_string()),
    ];
    let files: Vec<(&str, &[u8])> = lines.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    assert_eq!(ingested(&files).facts("P1").len(), 1);
}

#[test]
fn a_number_with_a_space_or_an_end_is_another_number() {
    for identifier in [
        json!({ "system": "urn:h", "value": "001 " }),
        json!({ "system": "urn:h", "value": " 001" }),
        json!({ "system": "urn:h", "value": "1" }),
    ] {
        let seen = collected(&[with(patient("1", "001"), &[("identifier", json!([identifier]))]), condition()]);
        assert_eq!((seen.reasons(), seen.facts("P1").len()), (vec!["unknown-number"], 0));
    }
    let ended = json!([{ "system": "urn:h", "value": "001", "period": { "end": "2020-01-01" } }]);
    assert_eq!(
        collected(&[with(patient("1", "001"), &[("identifier", ended)]), condition()]).reasons(),
        ["no-number"]
    );
}

#[test]
fn files_in_inner_folders_are_read_with_the_others() {
    let line = |resource: Value| format!("{resource}\n").into_bytes();
    let seen = ingested(&[
        ("Patient.ndjson", &line(patient("1", "001"))),
        ("Condition/2026/part-0.ndjson", &line(about(json!({ "reference": "Patient/1" })))),
        ("Condition/2026/notes.txt", b"not a resource"),
    ]);
    assert_eq!((seen.facts("P1").len(), seen.reasons()), (1, vec![]));
    assert_eq!(
        seen.accounting.ignored.values().sum::<u64>(),
        1,
        "the file of another kind is counted"
    );
}
