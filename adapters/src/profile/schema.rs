//! Validates a profile against our own schema.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

use super::{Fault, place::Place};

/// The schema of a profile (JSON Schema 2020-12).
pub const SCHEMA: &str = include_str!("../../../schemas/mapping-profiles/profile.schema.json");

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    // Both calls can fail only if the embedded file is wrong, and then every test of this module would fail.
    let schema: Value = serde_json::from_str(SCHEMA).expect("the embedded schema is JSON");
    jsonschema::draft202012::new(&schema).expect("the embedded schema is a schema")
});

/// The first place that violates the schema.
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
