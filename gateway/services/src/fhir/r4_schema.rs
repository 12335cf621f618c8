//! The official JSON Schema of FHIR R4, which the gateway reads from the operator's folder.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;

use hl7_fhir::{FhirError, Issue, IssueCode, ResourceType, repair_r4_schema};
use jsonschema::Validator;
use serde_json::{Value, json};

/// The maximum size of the schema in bytes, uncompressed.
const MAX_BYTES: u64 = 64 << 20;
/// The maximum number of issues reported for one resource.
const MAX_ISSUES: usize = 50;

/// Why the schema file cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaFault {
    /// The schema file cannot be read.
    #[error("cannot be read")]
    Unreadable,
    /// The file is not a FHIR R4 JSON Schema.
    #[error("is not the FHIR R4 JSON Schema (fhir.schema.json, plain or gzipped)")]
    NotTheSchema,
}

/// The validators of the FHIR R4 JSON Schema, one for each accepted resource type.
pub struct R4Schema {
    validators: HashMap<&'static str, Validator>,
}

impl R4Schema {
    /// Reads `fhir.schema.json`, plain or gzipped, and repairs rules that wrongly reject valid resources.
    ///
    /// # Errors
    /// A [`SchemaFault`].
    pub fn read(path: &Path) -> Result<Self, SchemaFault> {
        let file = std::fs::File::open(path).map_err(|_| SchemaFault::Unreadable)?;
        let mut bytes = Vec::new();
        let packed = path.extension().is_some_and(|extension| extension == "gz");
        let mut reader: Box<dyn std::io::Read> = if packed {
            Box::new(flate2::read::MultiGzDecoder::new(file).take(MAX_BYTES))
        } else {
            Box::new(file.take(MAX_BYTES))
        };
        reader.read_to_end(&mut bytes).map_err(|_| SchemaFault::Unreadable)?;
        let mut schema: Value = serde_json::from_slice(&bytes).map_err(|_| SchemaFault::NotTheSchema)?;
        repair_r4_schema(&mut schema);
        let definitions = schema
            .get("definitions")
            .filter(|d| d.is_object())
            .ok_or(SchemaFault::NotTheSchema)?;
        let mut validators = HashMap::new();
        for kind in ResourceType::ALL {
            if definitions.get(kind.as_str()).is_none() {
                return Err(SchemaFault::NotTheSchema);
            }
            let one = json!({
                "$schema": "http://json-schema.org/draft-06/schema#",
                "$ref": format!("#/definitions/{kind}"),
                "definitions": definitions,
            });
            let validator = jsonschema::validator_for(&one).map_err(|_| SchemaFault::NotTheSchema)?;
            validators.insert(kind.as_str(), validator);
        }
        Ok(Self { validators })
    }

    /// Checks a resource against the schema.
    ///
    /// # Errors
    /// [`FhirError::Unprocessable`] with the FHIRPath of each fault. No value of the resource is repeated.
    pub fn check(&self, kind: ResourceType, value: &Value) -> Result<(), FhirError> {
        let validator = self.validators.get(kind.as_str()).ok_or(FhirError::Internal)?;
        let issues: Vec<Issue> = validator
            .iter_errors(value)
            .take(MAX_ISSUES)
            .map(|error| {
                let at = expression(kind, &error.instance_path().to_string());
                Issue::error(IssueCode::Structure, "does not follow the R4 JSON Schema").at(at)
            })
            .collect();
        if issues.is_empty() {
            Ok(())
        } else {
            Err(FhirError::Unprocessable(issues))
        }
    }
}

/// A JSON pointer as a FHIRPath expression: `/name/0/family` is `Patient.name[0].family`. Names that cannot be element names are not repeated.
fn expression(kind: ResourceType, pointer: &str) -> String {
    let mut path = kind.as_str().to_owned();
    for part in pointer.split('/').skip(1) {
        if !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()) {
            path.push_str(&format!("[{part}]"));
        } else if part.len() <= 64 && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            path.push('.');
            path.push_str(part);
        } else {
            path.push_str(".(unknown)");
        }
    }
    path
}
