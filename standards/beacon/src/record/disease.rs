//! Diseases in Beacon records of participants.

use serde::Serialize;

use super::ontology_term::OntologyTerm;
use super::time::TimeElement;

/// A disease of a participant (`common/disease.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Disease {
    disease_code: OntologyTerm,
    /// The age at which the disease began; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_of_onset: Option<TimeElement>,
    /// The severity of the disease; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<OntologyTerm>,
    /// The stage of the disease; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<OntologyTerm>,
    /// Whether relatives have the disease; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_history: Option<bool>,
}

impl Disease {
    /// A disease by the term of its code.
    #[must_use]
    pub fn new(disease_code: OntologyTerm) -> Self {
        Self {
            disease_code,
            age_of_onset: None,
            severity: None,
            stage: None,
            family_history: None,
        }
    }
}
