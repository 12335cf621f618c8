//! The three stores, together.

use gemj_catalogue::Catalogue;
use gemj_objects::ObjectStore;
use gemj_variants::CarrierIndex;

/// Handles on the programme's stores; cheap to clone.
#[derive(Clone)]
pub struct Stores {
    /// SQL: who, what and under which conditions.
    pub catalogue: Catalogue,
    /// Bytes.
    pub objects: ObjectStore,
    /// Who carries which allele.
    pub carriers: CarrierIndex,
}
