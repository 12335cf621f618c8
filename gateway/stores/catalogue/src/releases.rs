//! Releases: immutable sets of a dataset's files and participants. No statement here changes a row that is there.

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

/// A file as it stood in a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseEntry {
    /// Which.
    pub id: ObjectId,
    /// BAM, CRAM, VCF or BCF.
    pub format: FileFormat,
    /// Size in bytes.
    pub size_bytes: u64,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// How many of the release's participants are in it.
    pub people_count: u64,
}

/// A release without its lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseSummary {
    /// Its id.
    pub id: ReleaseId,
    /// The dataset it is of.
    pub dataset: DatasetId,
    /// When it was made.
    pub created: Timestamp,
    /// How many participants.
    pub participant_count: u64,
    /// How many files.
    pub object_count: u64,
    /// How to cite it.
    pub citation: String,
    /// SHA-256 of the manifest's bytes, lower-case hex.
    pub manifest_sha256: String,
}

/// A release whole.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedRelease {
    /// Its name, dataset, time, numbers and citation.
    pub summary: ReleaseSummary,
    /// Its participants.
    pub participants: RoaringBitmap,
    /// Its files in order of id.
    pub objects: Vec<ReleaseEntry>,
    /// The manifest: sorted lines of object id, format, size, SHA-256 and number of people, separated by tabs, then a line `objects` and
    /// their number. It names no participant.
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

    /// One release whole (job `Inventory`); absent where there is none of this id.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn release(&self, upkeep: Upkeep, id: &ReleaseId) -> Result<Option<RecordedRelease>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        release_in(&mut snapshot, id).await
    }

    /// A release's files in order of id (job `Inventory`); none for an unknown release.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn release_objects(&self, upkeep: Upkeep, id: &ReleaseId) -> Result<Vec<ReleaseEntry>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        entries_of(&mut snapshot, id).await
    }
}
