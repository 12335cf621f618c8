//! The official schemas of the shared folder.

use std::path::PathBuf;

use gemj_tests::shared_data::shared;
use jsonschema::Validator;
use serde_json::{Value, json};

/// An OpenAPI document.
pub(crate) fn document(name: &str) -> Option<Value> {
    let text = std::fs::read_to_string(shared(&format!("standards/{name}"))?).unwrap();
    Some(serde_norway::from_str(&text).unwrap())
}

/// A validator for one schema in the components of an OpenAPI document.
pub(crate) fn validator(document: &Value, schema: &str) -> Validator {
    let root = json!({"$ref": format!("#/components/schemas/{schema}"), "components": document["components"]});
    jsonschema::options().should_validate_formats(true).build(&root).unwrap()
}

/// The OpenAPI document of the Service Registry, with the schemas of service-info to which it refers.
pub(crate) fn registry() -> Option<Value> {
    let info = document("service-info/service-info-1.0.0.yaml")?;
    let mut document = document("service-registry/service-registry-1.0.0.yaml")?;
    for name in ["Service", "ServiceType"] {
        document["components"]["schemas"][name] = info["components"]["schemas"][name].clone();
    }
    Some(document)
}

const MAIN: &str = "https://raw.githubusercontent.com/ga4gh-beacon/beacon-v2/main/";

struct BeaconTree(PathBuf);

impl jsonschema::Retrieve for BeaconTree {
    fn retrieve(&self, uri: &jsonschema::Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let path = self
            .0
            .join("2.1.1")
            .join(uri.as_str().strip_prefix(MAIN).ok_or("outside the tree")?);
        Ok(serde_json::from_slice(&std::fs::read(path)?)?)
    }
}

/// The official validator for a Beacon answer, such as `beaconCountResponse`.
pub(crate) fn beacon(answer: &str) -> Option<Validator> {
    let tree = shared("standards/beacon-v2")?;
    let file = format!("framework/json/responses/{answer}.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(tree.join("2.1.1").join(&file)).unwrap()).unwrap();
    let options = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .with_base_uri(format!("{MAIN}{file}"));
    Some(options.with_retriever(BeaconTree(tree)).build(&schema).unwrap())
}

pub(crate) fn beacon_filtering_terms() -> Option<Validator> {
    beacon("beaconFilteringTermsResponse")
}

pub(crate) fn beacon_errors() -> Option<Validator> {
    beacon("beaconErrorResponse")
}
