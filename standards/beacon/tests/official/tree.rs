//! Loads the official schema tree and makes validators from it.

use std::path::{Path, PathBuf};

use serde_json::Value;

const MAIN: &str = "https://raw.githubusercontent.com/ga4gh-beacon/beacon-v2/main/";

/// The folder of the official schema tree; `None` if absent. The test then prints SKIPPED, and fails in continuous integration.
pub(crate) fn shared() -> Option<PathBuf> {
    let root = std::env::var_os("GEMJ_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let tree = root.join("standards/beacon-v2");
    if tree.is_dir() {
        return Some(tree);
    }
    assert!(
        std::env::var_os("CI").is_none_or(|value| value != "true"),
        "the official Beacon schemas are not at {}",
        tree.display()
    );
    eprintln!("SKIPPED: the official Beacon schemas are not at {}", tree.display());
    None
}

struct Tree(PathBuf);

impl jsonschema::Retrieve for Tree {
    fn retrieve(&self, uri: &jsonschema::Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let path = match uri.as_str() {
            "https://w3id.org/ga4gh/schema/vrs/1.3/vrs.json" => self.0.join("vrs-1.3/vrs.json"),
            other => self.0.join("2.1.1").join(other.strip_prefix(MAIN).ok_or("outside the tree")?),
        };
        Ok(serde_json::from_slice(&std::fs::read(path)?)?)
    }
}

/// A validator of the schema in one file of the tree. The validator also checks formats (`date`, `date-time`, `uri`).
pub(crate) fn validator(tree: &Path, file: &str) -> jsonschema::Validator {
    let schema: Value = serde_json::from_slice(&std::fs::read(tree.join("2.1.1").join(file)).unwrap()).unwrap();
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .with_base_uri(format!("{MAIN}{file}"))
        .with_retriever(Tree(tree.to_owned()))
        .should_validate_formats(true)
        .should_ignore_unknown_formats(true)
        .build(&schema)
        .unwrap()
}

/// A validator of one kind of answer, such as `beaconCountResponse`.
pub(crate) fn answer(tree: &Path, name: &str) -> jsonschema::Validator {
    validator(tree, &format!("framework/json/responses/{name}.json"))
}

/// A validator of the members that Beacon 2.2.0 added.
#[allow(dead_code, reason = "not every test binary needs it")]
pub(crate) fn overlay(name: &str) -> jsonschema::Validator {
    // Tests run in the folder of their package.
    let file = format!("../../schemas/beacon-2.2.0-overlay/{name}.json");
    jsonschema::validator_for(&serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()).unwrap()
}

/// Asserts that the document is valid. The failure message contains every error and the document.
pub(crate) fn assert_valid(validator: &jsonschema::Validator, document: &impl serde::Serialize) {
    let document = serde_json::to_value(document).unwrap();
    let faults: Vec<String> = validator
        .iter_errors(&document)
        .map(|e| format!("{}: {e}", e.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}\n{document:#}");
}
