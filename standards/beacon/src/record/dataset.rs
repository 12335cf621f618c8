//! Beacon records of datasets.

use serde::Serialize;
use serde_json::{Map, Value};

use super::ontology_term::OntologyTerm;
use super::time::Timestamp;

/// A dataset record of Beacon (`datasets/defaultSchema.json`).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Dataset {
    id: String,
    name: String,
    /// A description of the dataset's content; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The time when the dataset was created; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_date_time: Option<Timestamp>,
    /// The time when the dataset was last updated; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_date_time: Option<Timestamp>,
    /// The version of the dataset; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The URL of a web page about the dataset; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_use_conditions: Option<DataUseConditions>,
    /// Further properties of the dataset.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub info: Map<String, Value>,
}

/// The data use conditions of a dataset (`common/dataUseConditions.json`).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct DataUseConditions {
    duo_data_use: Vec<DuoDataUse>,
}

/// One condition of use: a term of the Data Use Ontology.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DuoDataUse {
    #[serde(flatten)]
    term: OntologyTerm,
    version: String,
    /// Terms that qualify the condition, such as the disease.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub modifiers: Vec<OntologyTerm>,
}

impl DuoDataUse {
    /// A condition by its term and the version of the ontology (`2021-02-23`, `17-07-2016`).
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
    /// The id of the dataset.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A dataset record with the required members: id and name.
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

    /// Adds the conditions of use, which are only descriptive. If the list is empty, the member stays absent, because the schema does not allow
    /// an empty list.
    #[must_use]
    pub fn with_data_use(mut self, duo_data_use: Vec<DuoDataUse>) -> Self {
        self.data_use_conditions = (!duo_data_use.is_empty()).then_some(DataUseConditions { duo_data_use });
        self
    }
}
