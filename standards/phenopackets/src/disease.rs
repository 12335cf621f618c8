//! A disease that was diagnosed, or excluded.

use crate::error::PhenopacketError;
use crate::object::Object;
use crate::ontology_class::OntologyClass;
use crate::time_element::{TimeElement, time};

/// The message `Disease` of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disease {
    /// The disease as an ontology term.
    pub term: OntologyClass,
    /// Whether the disease was looked for and excluded; false if not stated.
    pub excluded: bool,
    /// The time when the disease began; `None` if not stated.
    pub onset: Option<TimeElement>,
    /// The time when the disease ended; `None` if not stated.
    pub resolution: Option<TimeElement>,
    /// Whether the message has a member that the specification does not define. It can state that the participant does not have the disease.
    pub has_unknown: bool,
}

impl Disease {
    pub(crate) fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        object.unread(&["diseaseStage", "clinicalTnmFinding", "primarySite", "laterality"]);
        Ok(Self {
            term: object.object("term", OntologyClass::read)?.ok_or_else(|| object.missing("term"))?,
            excluded: object.boolean("excluded")?,
            onset: time(object, "onset")?,
            resolution: time(object, "resolution")?,
            has_unknown: object.has_unknown(),
        })
    }
}
