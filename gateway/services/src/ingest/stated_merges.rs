//! States the merges of a feed's messages to the ledger of merges.

use gemj_access::{CapabilityKey, Mandate, Upkeep};
use gemj_adapters::Target;
use gemj_catalogue::{Catalogue, CatalogueError, MergeSource};
use gemj_model::{StatedMerge, StatedMergeOutcome, Timestamp};

use crate::merges::{MergeOrigin, state_merge};

/// The receiver of the merges that the messages of one feed state.
pub(super) struct MergeIntake {
    catalogue: Catalogue,
    key: CapabilityKey,
    /// The key for writes: the action `MergeParticipants`.
    mandate: Mandate,
    /// The key for reading the linked numbers: the job `ResolveNumbers`.
    numbers: Upkeep,
    target: Target,
}

impl MergeIntake {
    /// Absent if the mandate of the feed does not cover merges.
    pub(super) fn of(catalogue: &Catalogue, key: &CapabilityKey, (mandate, numbers): (&Mandate, Upkeep), target: &Target) -> Option<Self> {
        Some(Self {
            catalogue: catalogue.clone(),
            key: key.clone(),
            mandate: mandate.merges_of_feed()?,
            numbers,
            target: target.clone(),
        })
    }

    /// Records a merge. Both numbers are numbers of the feed's site and namespace.
    pub(super) async fn state(&self, stated: &StatedMerge, now: Timestamp) -> Result<StatedMergeOutcome, CatalogueError> {
        let origin = MergeOrigin {
            site: self.target.site(),
            namespace: self.target.namespace(),
            source: MergeSource::Message,
        };
        state_merge(&self.catalogue, &self.mandate, self.numbers, &self.key, &origin, stated, now).await
    }
}
