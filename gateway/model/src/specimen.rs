//! Specimens as the institutions describe them.

use crate::identifier::SpecimenId;
use crate::partial_date::PartialDate;

/// The statement of a feed about one specimen of one participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecimenStatement {
    /// The specimen's programme-wide id.
    pub id: SpecimenId,
    /// The kind of specimen, as a CURIE of the source's code system; empty if not stated.
    pub kind_code: String,
    /// The kind of specimen, in words as received; empty if not stated.
    pub kind_label: String,
    /// The collection date; absent if not stated.
    pub collected: Option<PartialDate>,
    /// Anatomical site as a CURIE; absent if not stated.
    pub body_site: Option<String>,
    /// Storage temperature class as received; absent if not stated.
    pub storage: Option<String>,
    /// The specimen from which this specimen was made; absent for a primary specimen.
    pub parent: Option<SpecimenId>,
}
