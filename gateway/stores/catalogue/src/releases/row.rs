//! Reads releases from database rows.

use gemj_model::{DatasetId, FileFormat, ObjectId, Ordinal, Release, ReleaseId, ReleasedObject};

use super::{RecordedRelease, ReleaseEntry, ReleaseSummary};
use crate::database::{Row, Transaction, Value};
use crate::error::CatalogueError;
use crate::people::people_of;

/// The columns that `summary_of` reads, in order.
pub(super) const SUMMARY_COLUMNS: &str = "id, dataset, created, participant_count, object_count, citation, manifest_sha256";

/// The columns that `release_of` reads, in order.
const RELEASE_COLUMNS: &str = "id, dataset, created, participant_count, object_count, citation, manifest_sha256, participants, manifest";

/// Reads the description of a release from a row with the columns [`SUMMARY_COLUMNS`].
pub(super) fn summary_of(row: &Row) -> Result<ReleaseSummary, CatalogueError> {
    Ok(ReleaseSummary {
        id: row.parsed(0, "release", ReleaseId::parse)?,
        dataset: row.parsed(1, "dataset", DatasetId::parse)?,
        created: row.time(2, "created")?,
        participant_count: row.count(3, "participant count")?,
        object_count: row.count(4, "object count")?,
        citation: row.text(5, "citation")?,
        manifest_sha256: row.text(6, "manifest sha256")?,
    })
}

/// Reads a complete release from a row with the columns [`RELEASE_COLUMNS`], and from its files.
fn release_of(row: &Row, objects: Vec<ReleaseEntry>) -> Result<RecordedRelease, CatalogueError> {
    Ok(RecordedRelease {
        summary: summary_of(row)?,
        participants: people_of(&row.bytes(7, "release participants")?, "release participants")?,
        objects,
        manifest: row.text(8, "manifest")?,
    })
}

/// Reads the files of a release, in order of id.
pub(super) async fn entries_of(transaction: &mut Transaction, id: &ReleaseId) -> Result<Vec<ReleaseEntry>, CatalogueError> {
    let sql = "SELECT object, format, size_bytes, sha256, people_count FROM release_object WHERE release_id = $1";
    let rows = transaction.fetch_all(sql, vec![id.as_str().into()]).await?;
    let mut entries = rows
        .iter()
        .map(|row| {
            Ok(ReleaseEntry {
                id: row.parsed(0, "object id", ObjectId::parse)?,
                format: row.parsed(1, "format", |text| FileFormat::parse(text).ok_or(()))?,
                size_bytes: row.count(2, "size")?,
                sha256: row.text(3, "sha256")?,
                people_count: row.count(4, "people count")?,
            })
        })
        .collect::<Result<Vec<_>, CatalogueError>>()?;
    // The files are sorted here, because the two databases sort text differently.
    entries.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(entries)
}

/// Reads one complete release in a transaction. Absent if the id is unknown.
pub(crate) async fn release_in(transaction: &mut Transaction, id: &ReleaseId) -> Result<Option<RecordedRelease>, CatalogueError> {
    let sql = format!("SELECT {RELEASE_COLUMNS} FROM dataset_release WHERE id = $1");
    let found = transaction.fetch_all_of(sql, vec![id.as_str().into()]).await?;
    let Some(row) = found.first() else { return Ok(None) };
    let objects = entries_of(transaction, id).await?;
    release_of(row, objects).map(Some)
}

/// The releases that were created after an epoch, for the policy view.
pub(crate) async fn releases_since(transaction: &mut Transaction, epoch: u64) -> Result<Vec<Release>, CatalogueError> {
    let sql = format!("SELECT {RELEASE_COLUMNS} FROM dataset_release WHERE epoch > $1 ORDER BY epoch");
    let rows = transaction.fetch_all_of(sql, vec![Value::count(epoch, "epoch")?]).await?;
    let mut releases = Vec::with_capacity(rows.len());
    for row in &rows {
        let id = row.parsed(0, "release", ReleaseId::parse)?;
        let objects = entries_of(transaction, &id).await?;
        let recorded = release_of(row, objects)?;
        releases.push(Release {
            id,
            dataset: recorded.summary.dataset,
            created: recorded.summary.created,
            objects: recorded
                .objects
                .into_iter()
                .map(|o| ReleasedObject {
                    id: o.id,
                    sha256: o.sha256,
                })
                .collect(),
            participants: recorded.participants.iter().map(Ordinal).collect(),
            citation: recorded.summary.citation,
            manifest_sha256: recorded.summary.manifest_sha256,
        });
    }
    Ok(releases)
}
