//! What is stored, for the operator's own lists.

use gemj_access::Upkeep;
use gemj_model::{DataObject, DatasetId, ParticipantId};

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;

/// A stored file and the names of its owners.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventoryItem {
    /// The file.
    pub object: DataObject,
    /// Whose the columns are, in column order; absent for a sample mapped to nobody.
    pub participants: Vec<Option<ParticipantId>>,
}

/// How much is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ObjectTotals {
    /// Registered files.
    pub object_count: u64,
    /// Their bytes together, indexes not counted.
    pub total_size_bytes: u64,
}

impl Catalogue {
    /// Lists stored files, oldest first (job `Inventory`), of one participant and of one dataset where named.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn inventory(
        &self,
        upkeep: Upkeep,
        participant: Option<&ParticipantId>,
        dataset: Option<&DatasetId>,
    ) -> Result<Vec<InventoryItem>, CatalogueError> {
        let _ = (upkeep, participant, dataset);
        Err(CatalogueError::Unavailable)
    }

    /// Counts stored files and their bytes (job `Inventory`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn object_totals(&self, upkeep: Upkeep) -> Result<ObjectTotals, CatalogueError> {
        let _ = upkeep;
        Err(CatalogueError::Unavailable)
    }
}
