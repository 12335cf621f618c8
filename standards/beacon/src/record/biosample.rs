//! Specimens.

use serde::Serialize;
use serde_json::{Map, Value};

use super::ontology_term::OntologyTerm;
use super::procedure::Procedure;
use super::time::{Age, Date};

/// `biosamples/defaultSchema.json`, without features, measurements and tumour attributes other than the diagnosis.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Biosample {
    id: String,
    biosample_status: OntologyTerm,
    sample_origin_type: OntologyTerm,
    /// Whose it is; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub individual_id: Option<String>,
    /// On which day it was taken; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection_date: Option<Date>,
    /// At what age of the person; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_duration")]
    pub collection_moment: Option<Age>,
    /// Tissue; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample_origin_detail: Option<OntologyTerm>,
    /// How it was taken; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obtention_procedure: Option<Procedure>,
    /// Absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub histological_diagnosis: Option<OntologyTerm>,
    /// Absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample_processing: Option<OntologyTerm>,
    /// Absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample_storage: Option<OntologyTerm>,
    /// Anything else.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub info: Map<String, Value>,
}

/// `collectionMoment` is the bare duration, other than ages elsewhere.
fn as_duration<S: serde::Serializer>(age: &Option<Age>, serializer: S) -> Result<S::Ok, S::Error> {
    age.as_ref().map(Age::as_str).serialize(serializer)
}

impl Biosample {
    /// A specimen. `biosample_status` is, by the schema's recommendation, a child of EFO:0009654 ("reference sample", EFO:0009655
    /// "abnormal sample"), `sample_origin_type` one of OBI's or UBERON's ("blood specimen", OBI:0000655).
    #[must_use]
    pub fn new(id: &str, biosample_status: OntologyTerm, sample_origin_type: OntologyTerm) -> Self {
        Self {
            id: id.to_owned(),
            biosample_status,
            sample_origin_type,
            individual_id: None,
            collection_date: None,
            collection_moment: None,
            sample_origin_detail: None,
            obtention_procedure: None,
            histological_diagnosis: None,
            sample_processing: None,
            sample_storage: None,
            info: Map::new(),
        }
    }
}
