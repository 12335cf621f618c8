//! Specimens as the institutions describe them.

use crate::identifier::SpecimenId;
use crate::partial_date::PartialDate;

/// The statement of a feed about one specimen of one participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecimenStatement {
    /// The id of the specimen, which the whole programme uses.
    pub id: SpecimenId,
    /// The kind of specimen, as a CURIE of the source's code system; empty if not stated.
    pub kind_code: String,
    /// The kind of specimen as text, as received; empty if not stated.
    pub kind_label: String,
    /// The date on which the specimen was collected; absent if not stated.
    pub collected: Option<PartialDate>,
    /// The anatomical site of the specimen, as a CURIE; absent if not stated.
    pub body_site: Option<String>,
    /// The storage temperature class of the specimen, as received; absent if not stated.
    pub storage: Option<String>,
    /// The specimen from which this specimen was made; absent for a primary specimen.
    pub parent: Option<SpecimenId>,
}
