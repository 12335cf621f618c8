//! Participants, their ordinals, families and memberships.

use gemj_access::Mandate;
use gemj_model::{DatasetId, Ordinal};

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;
use crate::new_object::NewSample;

impl Catalogue {
    /// Gives every named participant an ordinal ahead of `register_object`, so that segments can be built (actions `Load`, `Ingest`). Nobody
    /// becomes a member of the dataset by it. Answers one entry per sample, in order; absent for a sample without a participant.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] as in `register_object`; nothing is assigned then.
    pub async fn ensure_participants(
        &self,
        mandate: &Mandate,
        samples: &[NewSample],
        dataset: &DatasetId,
    ) -> Result<Vec<Option<Ordinal>>, CatalogueError> {
        let _ = (mandate, samples, dataset);
        Err(CatalogueError::Unavailable)
    }
}
