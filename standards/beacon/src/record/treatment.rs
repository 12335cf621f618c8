//! Treatments in Beacon records of participants.

use serde::Serialize;

use super::ontology_term::OntologyTerm;
use super::time::Age;

/// A treatment of a participant (`common/treatment.json`), without doses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Treatment {
    treatment_code: OntologyTerm,
    /// The age of the participant at the start of the treatment; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_at_onset: Option<Age>,
    /// The route of administration; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route_of_administration: Option<OntologyTerm>,
}

impl Treatment {
    /// A treatment by the term of its code.
    #[must_use]
    pub fn new(treatment_code: OntologyTerm) -> Self {
        Self {
            treatment_code,
            age_at_onset: None,
            route_of_administration: None,
        }
    }
}
