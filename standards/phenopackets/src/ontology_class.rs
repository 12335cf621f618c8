//! A term of an ontology.

use crate::error::PhenopacketError;
use crate::object::Object;

/// The message `OntologyClass`: a term of an ontology.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OntologyClass {
    /// The id of the term, a CURIE (`HP:0001250`).
    pub id: String,
    /// The label of the term; empty if not stated.
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
