//! Repairs of the official JSON Schema of R4, which rejects three things that R4 allows. The repairs are applied when the schema is loaded.

use serde_json::{Map, Value, json};

/// The published pattern of `string` and `markdown`. If the regular expressions know Unicode, this pattern excludes every white space character
/// except the four listed ones. An example of an excluded character is the ideographic space (U+3000) in Japanese names.
const PUBLISHED_STRING: &str = r"^[ \r\n\t\S]+$";
/// The repaired pattern of `string` and `markdown`: "A sequence of Unicode characters" (FHIR R4 § 2.24.0.1 string), at least one.
const REPAIRED_STRING: &str = r"^[\s\S]+$";

/// Repairs the parsed `fhir.schema.json` of R4 in place, so that it accepts three things. A second repair changes nothing.
///
/// 1. Strings may contain any white space.
/// 2. Arrays of primitives with a `_sibling` array may contain nulls, and so may the sibling (FHIR R4 § 2.6.2.4).
///    [`crate::resource::parse`] checks that the two arrays match.
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
