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
    /// Whether it was looked for and excluded; false where not given.
    pub excluded: bool,
    /// When it began; absent where not given.
    pub onset: Option<TimeElement>,
    /// When it ended; absent where not given.
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
