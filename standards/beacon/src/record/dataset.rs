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
    /// What is in it; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_date_time: Option<Timestamp>,
    /// Absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_date_time: Option<Timestamp>,
    /// Absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// A page about it; absent is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_use_conditions: Option<DataUseConditions>,
    /// Anything else.
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
    /// What more holds, such as the disease.
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
    /// Its id.
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

    /// States its conditions of use. They describe only; none is absent, because the schema has no empty list.
    #[must_use]
    pub fn with_data_use(mut self, duo_data_use: Vec<DuoDataUse>) -> Self {
        self.data_use_conditions = (!duo_data_use.is_empty()).then_some(DataUseConditions { duo_data_use });
        self
    }
}
