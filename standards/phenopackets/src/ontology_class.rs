//! A term of an ontology.

use crate::error::PhenopacketError;
use crate::object::Object;

/// `OntologyClass`: a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OntologyClass {
    /// The term as a CURIE (`HP:0001250`).
    pub id: String,
    /// The label; empty if not stated.
    pub label: String,
}

impl OntologyClass {
    pub(crate) fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        Ok(Self {
            id: object.required_text("id")?,
            label: object.text("label")?.unwrap_or_default(),
        })
    }
}
