//! A disease that was diagnosed, or excluded.

use crate::error::PhenopacketError;
use crate::object::Object;
use crate::ontology_class::OntologyClass;
use crate::time_element::{TimeElement, time};

/// `Disease`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disease {
    /// The disease.
    pub term: OntologyClass,
    /// Whether the disease was looked for and excluded; false if not stated.
    pub excluded: bool,
    /// The onset; absent if not stated.
    pub onset: Option<TimeElement>,
    /// The end; absent if not stated.
    pub resolution: Option<TimeElement>,
}

impl Disease {
    pub(crate) fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        object.unread(&["diseaseStage", "clinicalTnmFinding", "primarySite", "laterality"]);
        Ok(Self {
            term: object.object("term", OntologyClass::read)?.ok_or_else(|| object.missing("term"))?,
            excluded: object.boolean("excluded")?,
            onset: time(object, "onset")?,
            resolution: time(object, "resolution")?,
        })
    }
}
