//! The official JSON Schema of R4 refuses three things that R4 allows. This repairs it when it is loaded.

use serde_json::{Map, Value, json};

/// The pattern of `string` and `markdown` as published. `\S` and the four spaces leave out every other white space, such as the
/// ideographic space (U+3000) of Japanese names, where the regular expressions know Unicode.
const PUBLISHED_STRING: &str = r"^[ \r\n\t\S]+$";
/// "A sequence of Unicode characters" (FHIR R4 § 2.24.0.1 string), at least one.
const REPAIRED_STRING: &str = r"^[\s\S]+$";

/// Repairs the parsed `fhir.schema.json` of R4 in place; doing so twice changes nothing more.
///
/// 1. Strings may hold any white space.
/// 2. Arrays of primitives that have a `_sibling` array may hold nulls, and so may the sibling (FHIR R4 § 2.6.2.4). That they
///    match is for [`crate::resource::parse`] to see.
/// 3. `CapabilityStatement.fhirVersion` may be 4.0.1.
pub fn repair_r4_schema(schema: &mut Value) {
    repair_patterns(schema);
    let Some(Value::Object(definitions)) = schema.get_mut("definitions") else {
        return;
    };
    for definition in definitions.values_mut() {
        if let Some(Value::Object(properties)) = definition.get_mut("properties") {
            allow_nulls(properties);
            allow_version(properties);
        }
    }
}

fn repair_patterns(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.get("pattern").and_then(Value::as_str) == Some(PUBLISHED_STRING) {
                members.insert("pattern".to_owned(), json!(REPAIRED_STRING));
            }
            members.values_mut().for_each(repair_patterns);
        }
        Value::Array(items) => items.iter_mut().for_each(repair_patterns),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn allow_nulls(properties: &mut Map<String, Value>) {
    let siblings: Vec<String> = properties.keys().filter(|name| name.starts_with('_')).cloned().collect();
    for sibling in siblings {
        for name in [sibling.trim_start_matches('_'), &sibling] {
            let Some(Value::Object(property)) = properties.get_mut(name) else {
                continue;
            };
            let Some(items) = property.get_mut("items") else { continue };
            if items.get("anyOf").is_none() {
                *items = json!({"anyOf": [items.take(), {"type": "null"}]});
            }
        }
    }
}

fn allow_version(properties: &mut Map<String, Value>) {
    let versions = properties.get_mut("fhirVersion").and_then(|property| property.get_mut("enum"));
    if let Some(Value::Array(versions)) = versions
        && !versions.contains(&json!(crate::FHIR_VERSION))
    {
        versions.push(json!(crate::FHIR_VERSION));
    }
}
