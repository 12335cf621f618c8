//! Phenotypic features.

use serde::Serialize;

use super::ontology_term::OntologyTerm;
use super::time::TimeElement;

/// `common/phenotypicFeature.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PhenotypicFeature {
    feature_type: OntologyTerm,
    /// Whether the feature was looked for and is *not* there. Always written: a reader that overlooks an absent member could take an
    /// excluded feature for a present one, never the other way round.
    pub excluded: bool,
    /// How severe; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<OntologyTerm>,
    /// What more is said of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub modifiers: Vec<OntologyTerm>,
    /// When it began; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onset: Option<TimeElement>,
    /// When it ended; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<TimeElement>,
}

impl PhenotypicFeature {
    /// A feature that is there.
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
