//! Validates a packet against our own schema.

use std::sync::LazyLock;

use ga4gh_phenopackets::Document;
use jsonschema::Validator;
use serde_json::Value;

use super::Refusal;

/// The schema a packet's normalised document must satisfy (JSON Schema 2020-12).
pub const SCHEMA: &str = include_str!("../../../schemas/phenopackets/phenopacket-2.schema.json");

/// The most faults named in one refusal.
const MAX_FAULTS: usize = 5;

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    // Both calls can fail only if the embedded file is wrong, and then every test of this module would fail.
    let schema: Value = serde_json::from_str(SCHEMA).expect("the embedded schema is JSON");
    jsonschema::draft202012::new(&schema).expect("the embedded schema is a schema")
});

/// Validates a packet. The refusal names each place and the rule that it violates. The value is not named, unlike in the validator's own
/// message.
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
