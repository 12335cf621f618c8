//! Validates a profile against the JSON Schema of this repository.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

use super::{Fault, place::Place};

/// The JSON Schema (2020-12) that a profile must satisfy.
pub const SCHEMA: &str = include_str!("../../../schemas/mapping-profiles/profile.schema.json");

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    // Parsing and compiling fail only if the embedded file is wrong. Every test of this module would then fail.
    let schema: Value = serde_json::from_str(SCHEMA).expect("the embedded schema is JSON");
    jsonschema::draft202012::new(&schema).expect("the embedded schema is a schema")
});

/// Validates a profile. The error is the first place that violates the schema, with the violated rule.
pub(super) fn validate(profile: &Value) -> Result<(), (Place, Fault)> {
    match VALIDATOR.iter_errors(profile).next() {
        None => Ok(()),
        Some(error) => Err((
            Place::from_pointer(&error.instance_path().to_string()),
            Fault::Schema {
                rule: error.schema_path().to_string(),
            },
        )),
    }
}
