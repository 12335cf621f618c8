//! Datasets.

use serde::Serialize;
use serde_json::{Map, Value};

use super::ontology_term::OntologyTerm;
use super::time::Timestamp;

/// `datasets/defaultSchema.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Dataset {
    id: String,
    name: String,
    /// A description of the content; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The time of creation; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_date_time: Option<Timestamp>,
    /// The time of the last update; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_date_time: Option<Timestamp>,
    /// The version; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// A web page about the dataset; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_use_conditions: Option<DataUseConditions>,
    /// Further properties.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub info: Map<String, Value>,
}

/// `common/dataUseConditions.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct DataUseConditions {
    duo_data_use: Vec<DuoDataUse>,
}

/// A term of the Data Use Ontology.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DuoDataUse {
    #[serde(flatten)]
    term: OntologyTerm,
    version: String,
    /// Further conditions, such as the disease.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub modifiers: Vec<OntologyTerm>,
}

impl DuoDataUse {
    /// A term, and the version of the ontology (`2021-02-23`, `17-07-2016`).
    #[must_use]
    pub fn new(term: OntologyTerm, version: &str) -> Self {
        Self {
            term,
            version: version.to_owned(),
            modifiers: Vec::new(),
        }
    }
}

impl Dataset {
    /// The id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A dataset by its id and name.
    #[must_use]
    pub fn new(id: &str, name: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            description: None,
            create_date_time: None,
            update_date_time: None,
            version: None,
            external_url: None,
            data_use_conditions: None,
            info: Map::new(),
        }
    }

    /// Adds the conditions of use, which are descriptive only. An empty list makes the member absent, because the schema does not allow an
    /// empty list.
    #[must_use]
    pub fn with_data_use(mut self, duo_data_use: Vec<DuoDataUse>) -> Self {
        self.data_use_conditions = (!duo_data_use.is_empty()).then_some(DataUseConditions { duo_data_use });
        self
    }
}
