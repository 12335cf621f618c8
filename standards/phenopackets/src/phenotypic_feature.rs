//! A feature that was found, or looked for and not found.

use crate::error::{OtherDocument, PhenopacketError};
use crate::object::Object;
use crate::ontology_class::OntologyClass;
use crate::time_element::{TimeElement, time};

/// `PhenotypicFeature`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhenotypicFeature {
    /// What it is about.
    pub feature_type: OntologyClass,
    /// "Flag to indicate whether the phenotype was observed or not. Default is 'false', in other words the phenotype was observed."
    pub excluded: bool,
    /// "A list of ontology terms that further describe the feature", in the order written.
    pub modifiers: Vec<OntologyClass>,
    /// How severe; absent where not given.
    pub severity: Option<OntologyClass>,
    /// When it began; absent where not given.
    pub onset: Option<TimeElement>,
    /// When it ended; absent where not given.
    pub resolution: Option<TimeElement>,
}

impl PhenotypicFeature {
    pub(crate) fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        if object.has("negated") {
            // Version 1's name of `excluded`: passing over it would turn an absent feature into a present one.
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
