//! Diseases.

use serde::Serialize;

use super::ontology_term::OntologyTerm;
use super::time::TimeElement;

/// `common/disease.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Disease {
    disease_code: OntologyTerm,
    /// The age of onset; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_of_onset: Option<TimeElement>,
    /// The severity; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<OntologyTerm>,
    /// The stage; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<OntologyTerm>,
    /// Whether relatives have the disease; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_history: Option<bool>,
}

impl Disease {
    /// A disease by its code.
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
