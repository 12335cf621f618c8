//! The three stores, together.

use gemj_catalogue::Catalogue;
use gemj_objects::ObjectStore;
use gemj_variants::CarrierIndex;

/// Handles on the programme's stores; cheap to clone.
#[derive(Clone)]
pub struct Stores {
    /// SQL: participants, objects and policy.
    pub catalogue: Catalogue,
    /// The bytes of files.
    pub objects: ObjectStore,
    /// The carriers of each allele.
    pub carriers: CarrierIndex,
}
