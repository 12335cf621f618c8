//! Releases: immutable sets of a dataset's files and participants. No statement in this module changes an existing row.

mod create;
mod manifest;
mod row;

use gemj_access::{Job, Upkeep};
use gemj_model::{DatasetId, FileFormat, ObjectId, ReleaseId, Timestamp};
use roaring::RoaringBitmap;

use crate::catalogue::{Catalogue, check_job};
use crate::error::CatalogueError;

use row::{SUMMARY_COLUMNS, entries_of, summary_of};
pub(crate) use row::{release_in, releases_since};

/// A file as it was at the time of the release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseEntry {
    /// The id of the file.
    pub id: ObjectId,
    /// BAM, CRAM, VCF or BCF.
    pub format: FileFormat,
    /// Size in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the bytes, lower-case hex.
    pub sha256: String,
    /// The number of the release's participants in the file.
    pub people_count: u64,
}

/// A release without its lists of files and participants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseSummary {
    /// The id.
    pub id: ReleaseId,
    /// The dataset.
    pub dataset: DatasetId,
    /// The time of creation.
    pub created: Timestamp,
    /// The number of participants.
    pub participant_count: u64,
    /// The number of files.
    pub object_count: u64,
    /// The citation text.
    pub citation: String,
    /// SHA-256 of the manifest's bytes, lower-case hex.
    pub manifest_sha256: String,
}

/// A complete release.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedRelease {
    /// The id, dataset, time, numbers and citation.
    pub summary: ReleaseSummary,
    /// The participants.
    pub participants: RoaringBitmap,
    /// The files in order of id.
    pub objects: Vec<ReleaseEntry>,
    /// The manifest: sorted lines of object id, format, size, SHA-256 and number of participants, separated by tabs, then a line `objects`
    /// with the number of files. It names no participant.
    pub manifest: String,
}

impl Catalogue {
    /// The releases, oldest first (job `Inventory`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn releases(&self, upkeep: Upkeep) -> Result<Vec<ReleaseSummary>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let sql = format!("SELECT {SUMMARY_COLUMNS} FROM dataset_release ORDER BY created, id");
        let rows = self.database.fetch_all_of(sql, Vec::new()).await?;
        rows.iter().map(summary_of).collect()
    }

    /// One complete release (job `Inventory`); absent if the id is unknown.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn release(&self, upkeep: Upkeep, id: &ReleaseId) -> Result<Option<RecordedRelease>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        release_in(&mut snapshot, id).await
    }

    /// A release's files in order of id (job `Inventory`); empty for an unknown release.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn release_objects(&self, upkeep: Upkeep, id: &ReleaseId) -> Result<Vec<ReleaseEntry>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        entries_of(&mut snapshot, id).await
    }
}
