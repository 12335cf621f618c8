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
    /// The stages of the disease, in the order written.
    pub stage: Vec<OntologyClass>,
    /// The findings of the TNM classification, in the order written.
    pub tnm: Vec<OntologyClass>,
    /// The part of the body in which the disease began; `None` if not stated.
    pub primary_site: Option<OntologyClass>,
    /// The side of the body; `None` if not stated.
    pub laterality: Option<OntologyClass>,
    /// Whether the message has a member, at any depth, that the specification does not define. It can state that the participant does not have the disease.
    pub has_unknown: bool,
}

impl Disease {
    pub(crate) fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        Ok(Self {
            term: object.object("term", OntologyClass::read)?.ok_or_else(|| object.missing("term"))?,
            excluded: object.boolean("excluded")?,
            onset: time(object, "onset")?,
            resolution: time(object, "resolution")?,
            stage: object.list("diseaseStage", OntologyClass::read)?,
            tnm: object.list("clinicalTnmFinding", OntologyClass::read)?,
            primary_site: object.object("primarySite", OntologyClass::read)?,
            laterality: object.object("laterality", OntologyClass::read)?,
            has_unknown: object.has_unknown_inside("Disease"),
        })
    }
}
