//! A dataset's conditions, as configured.

use serde::{Deserialize, Serialize};

use crate::identifier::DatasetId;

/// The policy of one dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetPolicy {
    /// Its id.
    pub id: DatasetId,
    /// Its name for people.
    pub name: String,
    /// One sentence about it.
    #[serde(default)]
    pub description: String,
    /// Data Use Ontology codes (`DUO:0000042`). Without a permission code nobody may use the dataset for research.
    pub data_use: Vec<String>,
    /// Whether the public tier may ask it for booleans.
    #[serde(default)]
    pub public_boolean: bool,
}
