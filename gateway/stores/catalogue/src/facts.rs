//! Facts: cases in, matching participants out.

use gemj_access::{Grant, Mandate};
use gemj_model::fact::{CaseRecord, Committed};
use gemj_model::{DatasetId, Sex};
use roaring::RoaringBitmap;

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;

impl Catalogue {
    /// Commits one case: its participant and membership, its facts, its carrier observations as pending rows; whole or not at all (action `Ingest`).
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `sex`, `family` or `carriers` (one of another participant).
    pub async fn commit_case(&self, mandate: &Mandate, record: &CaseRecord) -> Result<Committed, CatalogueError> {
        let _ = (mandate, record);
        Err(CatalogueError::Unavailable)
    }

    /// The Grant's participants of a dataset who have, for each group, a present fact of at least one of its codes. No group matches all; an empty group matches nobody.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn matching_participants(
        &self,
        grant: &Grant,
        dataset: &DatasetId,
        groups: &[Vec<String>],
    ) -> Result<RoaringBitmap, CatalogueError> {
        let _ = (grant, dataset, groups);
        Err(CatalogueError::Unavailable)
    }

    /// The Grant's participants of a dataset whose registered sex is one of these.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn participants_by_sex(&self, grant: &Grant, dataset: &DatasetId, sexes: &[Sex]) -> Result<RoaringBitmap, CatalogueError> {
        let _ = (grant, dataset, sexes);
        Err(CatalogueError::Unavailable)
    }
}
