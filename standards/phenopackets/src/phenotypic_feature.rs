//! The phenotypic features of a packet, found or excluded.

use crate::error::{OtherDocument, PhenopacketError};
use crate::object::Object;
use crate::ontology_class::OntologyClass;
use crate::time_element::{TimeElement, time};

/// The message `PhenotypicFeature`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhenotypicFeature {
    /// The feature as an ontology term.
    pub feature_type: OntologyClass,
    /// Whether the feature is absent: "Flag to indicate whether the phenotype was observed or not. Default is 'false', in other words the
    /// phenotype was observed."
    pub excluded: bool,
    /// "A list of ontology terms that further describe the feature", in the order written.
    pub modifiers: Vec<OntologyClass>,
    /// The severity of the feature; `None` if not stated.
    pub severity: Option<OntologyClass>,
    /// The time when the feature began; `None` if not stated.
    pub onset: Option<TimeElement>,
    /// The time when the feature ended; `None` if not stated.
    pub resolution: Option<TimeElement>,
    /// Whether the message has a member, at any depth, that the specification does not define. It can state that the feature was not observed.
    pub has_unknown: bool,
    /// Whether the packet states evidence, and all of it is an automatic assertion (ECO:0000203 and the terms named after it): no person stated the feature.
    pub is_automatic: bool,
}

impl PhenotypicFeature {
    pub(crate) fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        if object.has("negated") {
            // `negated` is the name of `excluded` in version 1. If this member were ignored, an excluded feature would be read as a present
            // feature.
            return Err(PhenopacketError::NotAPhenopacket {
                found: OtherDocument::VersionOne,
            });
        }
        object.unread(&["description", "evidence"]);
        Ok(Self {
            feature_type: object.object("type", OntologyClass::read)?.ok_or_else(|| object.missing("type"))?,
            excluded: object.boolean("excluded")?,
            modifiers: object.list("modifiers", OntologyClass::read)?,
            severity: object.object("severity", OntologyClass::read)?,
            onset: time(object, "onset")?,
            resolution: time(object, "resolution")?,
            has_unknown: object.has_unknown_inside("PhenotypicFeature"),
            is_automatic: is_automatic(&object.terms_inside("evidence", "evidenceCode")),
        })
    }
}

/// Whether every evidence is an automatic assertion. ECO names all its terms of this kind "... used in automatic assertion" or "automatic assertion".
fn is_automatic(evidence: &[(&str, &str)]) -> bool {
    let is_one = |(id, label): &(&str, &str)| {
        matches!(*id, "ECO:0000203" | "ECO:0000501") || label.to_ascii_lowercase().contains("automatic assertion")
    };
    !evidence.is_empty() && evidence.iter().all(is_one)
}
