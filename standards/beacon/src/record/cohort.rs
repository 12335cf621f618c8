//! Beacon records of cohorts.

use serde::Serialize;
use serde_json::{Map, Value};

use super::ontology_term::OntologyTerm;

/// A cohort record of Beacon (`cohorts/defaultSchema.json`), without criteria and collection events.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cohort {
    id: String,
    name: String,
    cohort_type: CohortType,
    /// The study design of the cohort, such as OMIABIS:0001017, "case control study design"; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cohort_design: Option<OntologyTerm>,
    /// The number of participants in the cohort; absent if the caller may not know it, or if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cohort_size: Option<u64>,
    /// The kinds of data in the cohort.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cohort_data_types: Vec<OntologyTerm>,
    /// Further properties of the cohort, such as the precision of its size. The schema allows further properties.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub info: Map<String, Value>,
}

/// Who defined a cohort (the specification's `cohortType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CohortType {
    /// A study defined the cohort.
    StudyDefined,
    /// The Beacon defined the cohort.
    BeaconDefined,
    /// A user defined the cohort.
    UserDefined,
}

impl Cohort {
    /// The id of the cohort.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A cohort record with the required members: id, name and type.
    #[must_use]
    pub fn new(id: &str, name: &str, cohort_type: CohortType) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            cohort_type,
            cohort_design: None,
            cohort_size: None,
            cohort_data_types: Vec::new(),
            info: Map::new(),
        }
    }
}
