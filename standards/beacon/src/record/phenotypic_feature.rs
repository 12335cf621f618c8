//! Phenotypic features in Beacon records of participants.

use serde::Serialize;

use super::ontology_term::OntologyTerm;
use super::time::TimeElement;

/// A phenotypic feature of a participant (`common/phenotypicFeature.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PhenotypicFeature {
    feature_type: OntologyTerm,
    /// Whether the feature was looked for and is *absent* in the participant. The member is always written. If it were omitted, a reader could
    /// treat an excluded feature as present.
    pub excluded: bool,
    /// The severity of the feature; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<OntologyTerm>,
    /// Terms that further describe the feature.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub modifiers: Vec<OntologyTerm>,
    /// The time when the feature began; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onset: Option<TimeElement>,
    /// The time when the feature ended; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<TimeElement>,
}

impl PhenotypicFeature {
    /// A feature that is present in the participant.
    #[must_use]
    pub fn new(feature_type: OntologyTerm) -> Self {
        Self {
            feature_type,
            excluded: false,
            severity: None,
            modifiers: Vec::new(),
            onset: None,
            resolution: None,
        }
    }
}
