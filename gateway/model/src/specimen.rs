//! Specimens as institutions describe them.

use crate::identifier::SpecimenId;
use crate::partial_date::PartialDate;

/// What a feed states of one specimen of one participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecimenStatement {
    /// The specimen's programme-wide id.
    pub id: SpecimenId,
    /// What it is, as a CURIE of the source's code system; empty where none was stated.
    pub kind_code: String,
    /// What it is, in words as received; empty where none came.
    pub kind_label: String,
    /// When it was taken; absent where not stated.
    pub collected: Option<PartialDate>,
    /// Anatomical site as a CURIE; absent where not stated.
    pub body_site: Option<String>,
    /// Storage temperature class as received; absent where not stated.
    pub storage: Option<String>,
    /// The specimen it was made of; absent for a primary one.
    pub parent: Option<SpecimenId>,
}
