//! Loads the official definitions for tests: R4's JSON Schema and the profiles of Genomics Reporting. A test without these files prints
//! SKIPPED, and fails if the variable `CI` is set.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::{Value, json};

fn folder() -> PathBuf {
    let shared =
        std::env::var_os("GEMJ_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    shared.join("standards/fhir")
}

fn read(name: &str) -> Option<String> {
    let path = folder().join(name);
    let Ok(mut file) = std::fs::File::open(&path) else {
        assert!(std::env::var_os("CI").is_none(), "{} is absent", path.display());
        eprintln!("SKIPPED: {} is not readable", path.display());
        return None;
    };
    let mut text = String::new();
    if name.ends_with(".gz") {
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    } else {
        file.read_to_string(&mut text).unwrap();
    }
    Some(text)
}

/// Parses a file of the official data; `None` if the file is absent.
pub(crate) fn json_file(name: &str) -> Option<Value> {
    Some(serde_json::from_str(&read(name)?).unwrap())
}

/// A profile of Genomics Reporting 3.0.0, by its id; `None` if the file is absent.
pub(crate) fn profile(id: &str) -> Option<Value> {
    json_file(&format!("genomics-reporting-3.0.0/StructureDefinition-{id}.json"))
}

fn schema(repaired: bool) -> Option<&'static Value> {
    static SCHEMAS: [OnceLock<Option<Value>>; 2] = [OnceLock::new(), OnceLock::new()];
    let load = || {
        let mut schema = json_file("r4/fhir.schema.json.gz")?;
        if repaired {
            hl7_fhir::repair_r4_schema(&mut schema);
        }
        Some(schema)
    };
    SCHEMAS[usize::from(repaired)].get_or_init(load).as_ref()
}

/// The definition `root` and all definitions to which it refers. A validator of the whole schema takes too long to build.
fn reachable(definitions: &Value, root: &str) -> Value {
    let (mut wanted, mut found) = (vec![root.to_owned()], serde_json::Map::new());
    while let Some(name) = wanted.pop() {
        if found.contains_key(&name) || definitions[&name].is_null() {
            continue;
        }
        // A contained resource may have any type. The test schema allows only the accepted types.
        let definition = if name == "ResourceList" {
            json!({"type": "object"})
        } else {
            definitions[&name].clone()
        };
        let text = definition.to_string();
        wanted.extend(
            text.split("#/definitions/")
                .skip(1)
                .map(|rest| rest[..rest.find('"').unwrap()].to_owned()),
        );
        found.insert(name, definition);
    }
    Value::Object(found)
}

/// The errors of the official JSON Schema of R4 for a resource. `repaired` selects the repaired or the published schema. `None` if the schema
/// file is absent.
pub(crate) fn findings(resource: &Value, repaired: bool) -> Option<Vec<String>> {
    let resource_type = resource["resourceType"].as_str().unwrap();
    let definitions = reachable(&schema(repaired)?["definitions"], resource_type);
    let root = json!({
        "$schema": "http://json-schema.org/draft-06/schema#",
        "allOf": [{"$ref": format!("#/definitions/{resource_type}")}],
        "definitions": definitions,
    });
    let validator = jsonschema::validator_for(&root).unwrap();
    Some(
        validator
            .iter_errors(resource)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect(),
    )
}

/// Asserts that the resource is valid by the official schema and by the typed parse, and contains no empty value.
pub(crate) fn accepts(resource: &Value) {
    if let Some(findings) = findings(resource, true) {
        assert!(findings.is_empty(), "{findings:?} in {resource:#}");
    }
    assert_eq!(
        hl7_fhir_typed::check(&serde_json::to_vec(resource).unwrap()),
        Ok(()),
        "{resource:#}"
    );
    no_empty(resource);
}

fn no_empty(value: &Value) {
    match value {
        Value::Null => panic!("null"),
        Value::String(text) => assert!(!text.trim().is_empty(), "empty string"),
        Value::Array(items) => {
            assert!(!items.is_empty(), "empty array");
            items.iter().for_each(no_empty);
        }
        Value::Object(members) => {
            assert!(!members.is_empty(), "empty object");
            members.values().for_each(no_empty);
        }
        Value::Bool(_) | Value::Number(_) => {}
    }
}
