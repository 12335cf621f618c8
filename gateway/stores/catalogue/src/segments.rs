//! The manifest of the carrier index.

use std::collections::HashSet;

use gemj_access::{Mandate, Upkeep};
use gemj_model::{Assembly, DatasetId, Origin, Timestamp};

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;

/// One immutable segment of the carrier index, as the manifest lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentRow {
    /// Its id, unique in the programme.
    pub id: String,
    /// The dataset its carriers are in.
    pub dataset: DatasetId,
    /// The assembly of its coordinates.
    pub assembly: Assembly,
    /// Germline or somatic.
    pub origin: Origin,
    /// Where its bytes are, relative to the object store's root.
    pub storage_key: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the bytes, lower-case hex.
    pub sha256: String,
    /// Distinct alleles in it.
    pub variant_count: u64,
    /// Carrier entries in it.
    pub entry_count: u64,
    /// When it was built.
    pub created: Timestamp,
}

/// The segments that make up the carrier index at one generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The generation.
    pub generation: u64,
    /// Its segments, oldest first.
    pub segments: Vec<SegmentRow>,
    /// Sources whose entries no longer count, though segments still hold them.
    pub retired_sources: HashSet<String>,
}

impl Catalogue {
    /// Reads the manifest, consistent at one generation (job `BuildSegments`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn manifest(&self, upkeep: Upkeep) -> Result<Manifest, CatalogueError> {
        let _ = upkeep;
        Err(CatalogueError::Unavailable)
    }

    /// Adds segments built from pending observations and marks these as indexed, in one transaction (actions `Ingest`, `Load`). Answers the new generation.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `observations` where one is not pending any more (indexed or retired meanwhile), `segment` where an id is taken.
    pub async fn commit_observation_segments(
        &self,
        mandate: &Mandate,
        segments: &[SegmentRow],
        observation_ids: &[i64],
    ) -> Result<u64, CatalogueError> {
        let _ = (mandate, segments, observation_ids);
        Err(CatalogueError::Unavailable)
    }
}
