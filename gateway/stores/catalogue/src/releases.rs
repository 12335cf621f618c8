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

/// A file of a release, as it was when the release was created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseEntry {
    /// The id of the file.
    pub id: ObjectId,
    /// The format of the file: BAM, CRAM, VCF or BCF.
    pub format: FileFormat,
    /// The size of the file in bytes.
    pub size_bytes: u64,
    /// The SHA-256 of the file's bytes, in lower-case hex.
    pub sha256: String,
    /// The number of the release's participants in the file.
    pub people_count: u64,
}

/// The description of a release, without its lists of files and participants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseSummary {
    /// The id of the release.
    pub id: ReleaseId,
    /// The dataset of the release.
    pub dataset: DatasetId,
    /// The time at which the release was created.
    pub created: Timestamp,
    /// The number of participants in the release.
    pub participant_count: u64,
    /// The number of files in the release.
    pub object_count: u64,
    /// The text for citing the release.
    pub citation: String,
    /// The SHA-256 of the manifest's bytes, in lower-case hex.
    pub manifest_sha256: String,
}

/// A complete release with its files, participants and manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedRelease {
    /// The description of the release: id, dataset, time, numbers and citation.
    pub summary: ReleaseSummary,
    /// The participants in the release.
    pub participants: RoaringBitmap,
    /// The files of the release, in order of id.
    pub objects: Vec<ReleaseEntry>,
    /// The manifest: sorted lines of file id, format, size, SHA-256 and number of participants, separated by tabs, then a line `objects` with
    /// the number of files. The manifest names no participant.
    pub manifest: String,
}

impl Catalogue {
    /// The descriptions of all releases, oldest first (job `Inventory`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn releases(&self, upkeep: Upkeep) -> Result<Vec<ReleaseSummary>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let sql = format!("SELECT {SUMMARY_COLUMNS} FROM dataset_release ORDER BY created, id");
        let rows = self.database.fetch_all_of(sql, Vec::new()).await?;
        rows.iter().map(summary_of).collect()
    }

    /// One complete release (job `Inventory`). Absent if the id is unknown.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn release(&self, upkeep: Upkeep, id: &ReleaseId) -> Result<Option<RecordedRelease>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        release_in(&mut snapshot, id).await
    }

    /// The files of a release, in order of id (job `Inventory`). Empty for an unknown release.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn release_objects(&self, upkeep: Upkeep, id: &ReleaseId) -> Result<Vec<ReleaseEntry>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        entries_of(&mut snapshot, id).await
    }
}
