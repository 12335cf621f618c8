//! Validates answers against the official schemas of 2.1.1 and against this project's overlay with the differences of 2.2.0.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use gemj_tests::binary::workspace;
use gemj_tests::shared_data::shared;
use serde_json::Value;

const MAIN: &str = "https://raw.githubusercontent.com/ga4gh-beacon/beacon-v2/main/";

/// The official schemas. The validator of each schema is built once.
pub(super) struct Official {
    tree: PathBuf,
    built: Mutex<HashMap<String, &'static jsonschema::Validator>>,
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

/// The official schemas of the shared folder. If they are absent, the skip is reported; in CI the test fails.
pub(super) fn official() -> Option<&'static Official> {
    static OFFICIAL: Mutex<Option<&'static Official>> = Mutex::new(None);
    let mut made = OFFICIAL.lock().unwrap();
    if made.is_none() {
        let tree = shared("standards/beacon-v2");
        assert!(
            tree.is_some() || std::env::var_os("CI").is_none_or(|value| value != "true"),
            "the official schemas are absent"
        );
        *made = tree.map(|tree| {
            &*Box::leak(Box::new(Official {
                tree,
                built: Mutex::default(),
            }))
        });
    }
    *made
}

impl Official {
    fn validator(&self, name: &str, read: impl FnOnce() -> (Value, String)) -> &'static jsonschema::Validator {
        let mut built = self.built.lock().unwrap();
        built.entry(name.to_owned()).or_insert_with(|| {
            let (schema, base) = read();
            let validator = jsonschema::options()
                .with_draft(jsonschema::Draft::Draft202012)
                .with_base_uri(base)
                .with_retriever(Tree(self.tree.clone()))
                .should_validate_formats(true)
                .should_ignore_unknown_formats(true)
                .build(&schema)
                .unwrap();
            Box::leak(Box::new(validator))
        })
    }

    fn assert(&self, name: &str, document: &Value, validator: &jsonschema::Validator) {
        let faults: Vec<String> = validator
            .iter_errors(document)
            .map(|e| format!("{}: {e}", e.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{name}: {faults:#?}\n{document:#}");
    }

    /// Validates a document against a file of the 2.1.1 tree.
    pub(super) fn assert_file(&self, file: &str, document: &Value) {
        let read = || {
            let schema = serde_json::from_slice(&std::fs::read(self.tree.join("2.1.1").join(file)).unwrap()).unwrap();
            (schema, format!("{MAIN}{file}"))
        };
        self.assert(file, document, self.validator(file, read));
    }

    /// Validates a document against the schema of a kind of answer.
    pub(super) fn assert_answer(&self, kind: &str, document: &Value) {
        self.assert_file(&format!("framework/json/responses/{kind}.json"), document);
    }

    fn assert_overlay(&self, name: &str, document: &Value) {
        let file: &Path = &workspace().join(format!("schemas/beacon-2.2.0-overlay/{name}.json"));
        let read = || {
            let schema = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
            (schema, "https://overlay.invalid/".to_owned())
        };
        self.assert(name, document, self.validator(&format!("overlay {name}"), read));
    }

    /// Validates an answer and its records against the schemas that the answer's `meta` names.
    pub(super) fn assert_right(&self, answer: &Value) {
        let granularity = answer["meta"]["returnedGranularity"].as_str().unwrap();
        let (sets, collections) = (&answer["response"]["resultSets"], &answer["response"]["collections"]);
        match granularity {
            "boolean" => {
                self.assert_answer("beaconBooleanResponse", answer);
                assert!(answer.get("response").is_none(), "{answer:#}");
            }
            "count" => self.assert_answer("beaconCountResponse", answer),
            "record" if collections.is_array() => self.assert_answer("beaconCollectionsResponse", answer),
            "record" => self.assert_answer("beaconResultsetsResponse", answer),
            other => panic!("{other}"),
        }
        self.assert_overlay("count", answer);
        if let Some(sets) = sets.as_array() {
            self.assert_answer("beaconResultsetsResponse", answer);
            self.assert_overlay("resultsets", answer);
            for set in sets {
                let results = set["results"].as_array().unwrap();
                assert!(granularity == "record" || results.is_empty(), "{answer:#}");
                assert_eq!(set["exists"], set["resultsCount"].as_u64().unwrap() > 0);
            }
        }
        let entity = answer["meta"]["returnedSchemas"][0]["entityType"].as_str().unwrap();
        let folder = match entity {
            "genomicVariant" => "genomicVariations",
            "individual" => "individuals",
            "biosample" => "biosamples",
            "run" => "runs",
            "analysis" => "analyses",
            "dataset" => "datasets",
            "cohort" => "cohorts",
            other => panic!("{other}"),
        };
        let file = format!("models/json/beacon-v2-default-model/{folder}/defaultSchema.json");
        for record in records(answer) {
            self.assert_file(&file, record);
        }
    }
}

/// All records and collections of an answer.
pub(super) fn records(answer: &Value) -> Vec<&Value> {
    let of_sets = answer["response"]["resultSets"].as_array().into_iter().flatten();
    let of_sets = of_sets.flat_map(|set| set["results"].as_array().unwrap());
    of_sets
        .chain(answer["response"]["collections"].as_array().into_iter().flatten())
        .collect()
}
