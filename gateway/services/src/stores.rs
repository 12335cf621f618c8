//! The three stores of the programme as one value.

use gemj_catalogue::Catalogue;
use gemj_objects::ObjectStore;
use gemj_variants::CarrierIndex;

/// Handles of the programme's stores; a clone is cheap.
#[derive(Clone)]
pub struct Stores {
    /// The SQL catalogue: participants, objects and policy.
    pub catalogue: Catalogue,
    /// The store of file bytes.
    pub objects: ObjectStore,
    /// The index of the carriers of each allele.
    pub carriers: CarrierIndex,
}
