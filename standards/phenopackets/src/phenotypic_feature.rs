//! A feature that was found or excluded.

use crate::error::{OtherDocument, PhenopacketError};
use crate::object::Object;
use crate::ontology_class::OntologyClass;
use crate::time_element::{TimeElement, time};

/// `PhenotypicFeature`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhenotypicFeature {
    /// The feature.
    pub feature_type: OntologyClass,
    /// "Flag to indicate whether the phenotype was observed or not. Default is 'false', in other words the phenotype was observed."
    pub excluded: bool,
    /// "A list of ontology terms that further describe the feature", in the order written.
    pub modifiers: Vec<OntologyClass>,
    /// The severity; absent if not stated.
    pub severity: Option<OntologyClass>,
    /// The onset; absent if not stated.
    pub onset: Option<TimeElement>,
    /// The end; absent if not stated.
    pub resolution: Option<TimeElement>,
}

impl PhenotypicFeature {
    pub(crate) fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        if object.has("negated") {
            // The version 1 name of `excluded`. If it were ignored, an absent feature would become a present one.
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
        })
    }
}
