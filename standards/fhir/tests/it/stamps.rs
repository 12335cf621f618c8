//! Tests that write the server's id and version into a received text. Nothing else in the text changes.

use hl7_fhir::resource::{Stamp, StampError, read};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const STAMP: Stamp<'_> = Stamp {
    id: "new-1",
    version_id: "7",
    last_updated: "2026-01-02T03:04:05.120Z",
};

fn stamped(text: &str) -> String {
    read(text.as_bytes()).unwrap().stamped(STAMP).unwrap()
}

#[test]
fn numbers_spaces_and_escapes_survive() {
    let text = "{ \"resourceType\" : \"Observation\",\n \"valueQuantity\": {\"value\": 1.10, \"x\": 12345678901234567890123, \"e\": 1E-2},\"note\":[{\"text\":\"\\u5c71 {\\\"id\\\":1}\"}] }";
    let stamp = "\"id\":\"new-1\",\"meta\":{\"versionId\":\"7\",\"lastUpdated\":\"2026-01-02T03:04:05.120Z\"},";
    assert_eq!(stamped(text), format!("{{{stamp}{}", &text[1..]));
}

#[test]
fn existing_members_are_replaced_in_place() {
    let text = r#"{"resourceType":"Patient","meta": {"profile":["https://x.example"], "versionId" :"1"} ,"\u0069d" : "old","contained":[{"resourceType":"Patient","id":"c"}]}"#;
    assert_eq!(
        stamped(text),
        r#"{"resourceType":"Patient","meta": {"lastUpdated":"2026-01-02T03:04:05.120Z","profile":["https://x.example"], "versionId" :"7"} ,"\u0069d" : "new-1","contained":[{"resourceType":"Patient","id":"c"}]}"#
    );
}

#[test]
fn an_empty_meta_gets_version_and_time() {
    assert_eq!(
        stamped(r#"{"resourceType":"Patient","meta":{ }}"#),
        r#"{"id":"new-1","resourceType":"Patient","meta":{"versionId":"7","lastUpdated":"2026-01-02T03:04:05.120Z" }}"#
    );
}

#[test]
fn a_stamp_in_the_wrong_format_is_rejected() {
    let resource = read(br#"{"resourceType":"Patient","meta":[]}"#).unwrap();
    assert_eq!(resource.stamped(Stamp { id: "a b", ..STAMP }), Err(StampError::NotAnId));
    assert_eq!(resource.stamped(Stamp { version_id: "\"", ..STAMP }), Err(StampError::NotAnId));
    assert_eq!(
        resource.stamped(Stamp {
            last_updated: "2026-01-02",
            ..STAMP
        }),
        Err(StampError::NotAnInstant)
    );
    assert_eq!(resource.stamped(STAMP), Err(StampError::NotAnObject));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("id\"}]{[\\")),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("(id|meta|versionId|[a-z\"\\\\]{0,4})", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn the_stamped_text_differs_in_id_and_meta_only(
        members in prop::collection::hash_map("[a-z\"\\\\{}]{0,6}", any_json(), 0..6), id in any::<bool>(), meta in any::<bool>(), pretty in any::<bool>(),
    ) {
        let mut resource: Map<String, Value> = members.into_iter().collect();
        resource.remove("meta");
        resource.insert("resourceType".to_owned(), json!("Patient"));
        if id { resource.insert("id".to_owned(), json!("old")); }
        if meta { resource.insert("meta".to_owned(), json!({"source": "https://x.example/}", "versionId": "1"})); }
        let resource = Value::Object(resource);
        let text = if pretty { serde_json::to_string_pretty(&resource).unwrap() } else { resource.to_string() };
        let Ok(received) = read(text.as_bytes()) else { return Ok(()) };
        let stamped = received.stamped(STAMP).unwrap();
        let mut expected = resource;
        expected["id"] = json!("new-1");
        if !meta { expected["meta"] = json!({}); }
        expected["meta"]["versionId"] = json!("7");
        expected["meta"]["lastUpdated"] = json!("2026-01-02T03:04:05.120Z");
        prop_assert_eq!(serde_json::from_str::<Value>(&stamped).unwrap(), expected);
    }
}
