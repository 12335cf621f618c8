//! Tests of resources that the typed parse rejects. The texts of the errors must repeat no value.
#![allow(clippy::unwrap_used, missing_docs)]

use hl7_fhir_typed::{Fault, MAX_DEPTH, MAX_RESOURCES_DEEP, TypedIssue, check};
use serde_json::{Value, json};

fn observation() -> Value {
    json!({
        "resourceType": "Observation", "status": "final", "code": {"text": "x"},
        "subject": {"reference": "Patient/p"}, "effectiveDateTime": "2026-01-02T03:04:05+09:00",
        "valueQuantity": {"value": 1.10, "unit": "g"}
    })
}

fn with(name: &str, value: Value) -> Vec<u8> {
    let mut resource = observation();
    resource[name] = value;
    serde_json::to_vec(&resource).unwrap()
}

fn refused(json: &[u8]) -> (Option<Box<str>>, Option<Box<str>>, Fault) {
    match check(json) {
        Err(TypedIssue::Resource {
            resource_type,
            element,
            fault,
        }) => (resource_type, element, fault),
        other => panic!("{other:?}"),
    }
}

fn nested_extensions(levels: usize) -> Value {
    (0..levels).fold(
        json!({"url": "https://x.example", "valueString": "s"}),
        |inner, _| json!({"url": "https://x.example", "extension": [inner]}),
    )
}

#[test]
fn a_resource_of_each_accepted_type_passes() {
    check(&serde_json::to_vec(&observation()).unwrap()).unwrap();
    let codeable = json!({"text": "x"});
    for resource in [
        json!({"resourceType": "Patient", "name": [{"text": "山田\u{3000}太郎"}]}),
        json!({"resourceType": "DiagnosticReport", "status": "final", "code": codeable}),
        json!({"resourceType": "Specimen", "type": codeable}),
        json!({"resourceType": "Consent", "status": "active", "scope": codeable, "category": [codeable]}),
        json!({"resourceType": "Task", "status": "requested", "intent": "proposal"}),
    ] {
        check(&serde_json::to_vec(&resource).unwrap()).unwrap();
    }
}

#[test]
fn a_missing_element_is_named() {
    let mut resource = observation();
    resource.as_object_mut().unwrap().remove("status");
    let (resource_type, _, fault) = refused(&serde_json::to_vec(&resource).unwrap());
    assert_eq!(resource_type.as_deref(), Some("Observation"));
    assert_eq!(fault, Fault::Missing { element: "status".into() });
}

#[test]
fn an_unknown_code_is_found_in_its_element_and_not_repeated() {
    let json = with("status", json!("SECRET-4711"));
    let (_, element, fault) = refused(&json);
    assert_eq!((element.as_deref(), fault), (Some("status"), Fault::UnknownCode));
    let issue = check(&json).unwrap_err();
    assert!(!format!("{issue} {issue:?}").contains("SECRET"));
}

#[test]
fn an_object_in_place_of_an_array_is_found_in_its_element() {
    let (_, element, fault) = refused(&with("category", json!({"text": "SECRET"})));
    assert_eq!((element.as_deref(), fault), (Some("category"), Fault::WrongShape));
}

#[test]
fn an_unknown_type_is_rejected() {
    for resource in [
        json!({"resourceType": "Secret"}),
        json!({"status": "final"}),
        json!({"resourceType": 1}),
    ] {
        let fault = refused(&serde_json::to_vec(&resource).unwrap()).2;
        assert!(matches!(fault, Fault::UnknownType | Fault::WrongShape), "{fault:?}");
    }
}

#[test]
fn a_birth_date_that_is_not_in_the_calendar_is_rejected() {
    let patient = br#"{"resourceType":"Patient","birthDate":"2024-02-30"}"#;
    assert_eq!(refused(patient).1.as_deref(), Some("birthDate"));
}

#[test]
fn bytes_that_are_not_json_are_rejected_with_line_and_column() {
    assert_eq!(check(b"{\n!"), Err(TypedIssue::NotJson { line: 2, column: 1 }));
    assert!(matches!(check(b"\xff\xfe"), Err(TypedIssue::NotJson { .. })));
}

#[test]
fn the_deepest_accepted_nesting_fits_in_a_small_stack() {
    // An extension adds two levels (array, object); the resource and the innermost extension add the rest.
    let deepest = with("extension", json!([nested_extensions((MAX_DEPTH - 3) / 2)]));
    let provision = (0..(MAX_DEPTH - 3) / 2).fold(json!({"type": "deny"}), |inner, _| json!({"provision": [inner]}));
    let consent =
        json!({"resourceType": "Consent", "status": "active", "scope": {"text": "x"}, "category": [{"text": "x"}], "provision": provision});
    let inner = serde_json::from_slice::<Value>(&with("extension", json!([nested_extensions(8)]))).unwrap();
    let contained = with("contained", json!([inner]));
    let inputs = [deepest, serde_json::to_vec(&consent).unwrap(), contained];
    let small = std::thread::Builder::new().stack_size(1 << 20);
    small
        .spawn(move || inputs.iter().for_each(|json| check(json).unwrap()))
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn deeper_nesting_is_rejected_before_the_parse() {
    let extensions = with("extension", json!([nested_extensions(MAX_DEPTH)]));
    assert_eq!(check(&extensions), Err(TypedIssue::TooDeep { limit: MAX_DEPTH }));
    let resources = (0..MAX_RESOURCES_DEEP).fold(observation(), |inner, _| {
        let mut outer = observation();
        outer["contained"] = json!([inner]);
        outer
    });
    let limit = MAX_RESOURCES_DEEP;
    assert_eq!(
        check(&serde_json::to_vec(&resources).unwrap()),
        Err(TypedIssue::TooManyResourcesDeep { limit })
    );
    assert!(matches!(check("[".repeat(100_000).as_bytes()), Err(TypedIssue::NotJson { .. })));
}

#[test]
fn any_change_of_one_byte_gives_an_answer_and_never_a_panic() {
    let json = serde_json::to_vec(&observation()).unwrap();
    for at in 0..json.len() {
        for byte in [b'0', b'"', b'{', b']', 0, 0xff] {
            let mut changed = json.clone();
            changed[at] = byte;
            let _ = check(&changed);
        }
    }
}
