//! Treatments.

use serde::Serialize;

use super::ontology_term::OntologyTerm;
use super::time::Age;

/// `common/treatment.json`, without doses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Treatment {
    treatment_code: OntologyTerm,
    /// When it began; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_at_onset: Option<Age>,
    /// How it is given; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_of_administration: Option<OntologyTerm>,
}

impl Treatment {
    /// A treatment by its code.
    #[must_use]
    pub fn new(treatment_code: OntologyTerm) -> Self {
        Self {
            treatment_code,
            age_at_onset: None,
            route_of_administration: None,
        }
    }
}
