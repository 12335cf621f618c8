//! Beacon records of specimens.

use serde::Serialize;
use serde_json::{Map, Value};

use super::ontology_term::OntologyTerm;
use super::procedure::Procedure;
use super::time::{Age, Date};

/// A specimen record of Beacon (`biosamples/defaultSchema.json`), without features and measurements. Of the tumour attributes, only the
/// diagnosis is included.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Biosample {
    id: String,
    biosample_status: OntologyTerm,
    sample_origin_type: OntologyTerm,
    /// The id of the participant; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub individual_id: Option<String>,
    /// The day on which the specimen was collected; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection_date: Option<Date>,
    /// The participant's age at collection; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_duration")]
    pub collection_moment: Option<Age>,
    /// The tissue of the specimen; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample_origin_detail: Option<OntologyTerm>,
    /// The procedure by which the specimen was collected; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obtention_procedure: Option<Procedure>,
    /// The histological diagnosis; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub histological_diagnosis: Option<OntologyTerm>,
    /// How the specimen was processed; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample_processing: Option<OntologyTerm>,
    /// How the specimen is stored; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample_storage: Option<OntologyTerm>,
    /// Further properties of the specimen.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub info: Map<String, Value>,
}

/// Writes `collectionMoment` as a bare duration. In other members, an age is an object.
fn as_duration<S: serde::Serializer>(age: &Option<Age>, serializer: S) -> Result<S::Ok, S::Error> {
    age.as_ref().map(Age::as_str).serialize(serializer)
}

impl Biosample {
    /// A specimen record with the required members. For `biosample_status`, the schema recommends EFO:0009654 ("reference sample") or
    /// EFO:0009655 ("abnormal sample"). For `sample_origin_type` it recommends a term of OBI or UBERON ("blood specimen", OBI:0000655).
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
