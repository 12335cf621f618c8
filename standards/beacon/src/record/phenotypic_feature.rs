//! Phenotypic features.

use serde::Serialize;

use super::ontology_term::OntologyTerm;
use super::time::TimeElement;

/// `common/phenotypicFeature.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PhenotypicFeature {
    feature_type: OntologyTerm,
    /// Whether the feature was looked for and is *absent*. The member is always written. A reader that overlooks an absent member could
    /// otherwise treat an excluded feature as present.
    pub excluded: bool,
    /// The severity; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<OntologyTerm>,
    /// Further modifiers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub modifiers: Vec<OntologyTerm>,
    /// The onset; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onset: Option<TimeElement>,
    /// The end; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<TimeElement>,
}

impl PhenotypicFeature {
    /// A feature that is present.
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
