//! Validates a packet against the JSON Schema of this repository.

use std::sync::LazyLock;

use ga4gh_phenopackets::Document;
use jsonschema::Validator;
use serde_json::Value;

use super::Refusal;

/// The JSON Schema (2020-12) that the normalised document of a packet must satisfy.
pub const SCHEMA: &str = include_str!("../../../schemas/phenopackets/phenopacket-2.schema.json");

/// The maximum number of faults that one refusal names.
const MAX_FAULTS: usize = 5;

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    // Parsing and compiling fail only if the embedded file is wrong. Every test of this module would then fail.
    let schema: Value = serde_json::from_str(SCHEMA).expect("the embedded schema is JSON");
    jsonschema::draft202012::new(&schema).expect("the embedded schema is a schema")
});

/// Validates a packet. The refusal names each place and the violated rule. Unlike the validator's own message, it never repeats the value.
pub(super) fn validate(document: &Document) -> Result<(), Refusal> {
    let faults: Vec<String> = VALIDATOR
        .iter_errors(document.as_value())
        .take(MAX_FAULTS)
        .map(|error| {
            let place = error.instance_path().to_string();
            let place = if place.is_empty() { "the packet".to_owned() } else { place };
            format!("{place} violates {}", error.schema_path())
        })
        .collect();
    if faults.is_empty() {
        return Ok(());
    }
    Err(Refusal {
        reason_code: "schema",
        detail: faults.join("; "),
    })
}
