//! Repairs the official R4 JSON Schema, which rejects three things that the specification allows:
//!
//! 1. Its pattern for string and markdown rejects U+3000 (the ideographic space in Japanese names) in an engine that supports Unicode. The
//!    repaired pattern accepts any character.
//! 2. It rejects a `null` in an array of primitives that is aligned with its `_sibling` array (FHIR R4, JSON § primitive elements). In the repaired
//!    schema, arrays with a sibling accept `null` items, and so do the siblings.
//! 3. Its list of values for `CapabilityStatement.fhirVersion` ends at 4.0.0. The repaired list includes 4.0.1.

use serde_json::{Value, json};

/// The pattern for strings in the schema as published.
const STRING_PATTERN: &str = "^[ \\r\\n\\t\\S]+$";

/// Returns the schema document with the three repairs.
pub(super) fn repaired(mut document: Value) -> Value {
    let Some(definitions) = document.get_mut("definitions").and_then(Value::as_object_mut) else {
        return document;
    };
    for definition in definitions.values_mut() {
        any_character(definition);
        let Some(properties) = definition.get_mut("properties").and_then(Value::as_object_mut) else {
            continue;
        };
        let doubled: Vec<String> = properties
            .keys()
            .filter(|name| properties.contains_key(&format!("_{name}")))
            .cloned()
            .collect();
        for name in doubled {
            for name in [format!("_{name}"), name] {
                if let Some(items) = properties.get_mut(&name).and_then(|property| property.get_mut("items")) {
                    *items = json!({"anyOf": [items.take(), {"type": "null"}]});
                }
            }
        }
    }
    if let Some(Value::Array(versions)) = document.pointer_mut("/definitions/CapabilityStatement/properties/fhirVersion/enum") {
        versions.push(json!("4.0.1"));
    }
    document
}

fn any_character(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if name == "pattern" && member == STRING_PATTERN {
                    *member = json!("^[\\s\\S]+$");
                } else {
                    any_character(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(any_character),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A schema that validates one definition. The error means that R4 does not have the definition.
pub(super) fn of_definition(document: Option<&Value>, definition: &str) -> Result<Value, String> {
    let definitions = document.and_then(|document| document.get("definitions"));
    let definitions = definitions.ok_or("the FHIR schema has no definitions")?;
    if definitions.get(definition).is_none() {
        return Err(format!("FHIR R4 has no {definition}"));
    }
    Ok(json!({
        "$schema": "http://json-schema.org/draft-06/schema#",
        "allOf": [{"$ref": format!("#/definitions/{definition}")}],
        "definitions": definitions,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_repairs_are_made_and_other_errors_are_still_rejected() {
        let document = json!({"definitions": {
            "string": {"type": "string", "pattern": STRING_PATTERN},
            "CapabilityStatement": {"properties": {"fhirVersion": {"enum": ["4.0.0"]}}},
            "HumanName": {"additionalProperties": false, "properties": {
                "family": {"$ref": "#/definitions/string"},
                "given": {"type": "array", "items": {"$ref": "#/definitions/string"}},
                "_given": {"type": "array", "items": {"type": "object"}},
                "prefix": {"type": "array", "items": {"$ref": "#/definitions/string"}}
            }}
        }});
        let document = repaired(document);
        let accepts = |definition: &str, value: Value| {
            let schema = of_definition(Some(&document), definition).unwrap();
            jsonschema::validator_for(&schema).unwrap().is_valid(&value)
        };
        assert!(accepts("HumanName", json!({"family": "山田\u{3000}花子"})));
        assert!(accepts("HumanName", json!({"given": [null, "x"], "_given": [{}, null]})));
        assert!(!accepts("HumanName", json!({"prefix": [null]})));
        assert!(!accepts("HumanName", json!({"family": ""})));
        assert!(accepts("CapabilityStatement", json!({"fhirVersion": "4.0.1"})));
        assert!(!accepts("CapabilityStatement", json!({"fhirVersion": "4.3.0"})));
        assert!(of_definition(Some(&document), "Nonsense").is_err());
    }
}
