//! Creation of a release.

use std::collections::BTreeMap;

use gemj_access::{ConsentView, Mandate, WriteAction};
use gemj_model::{DatasetId, FileFormat, ObjectId, ReleaseId, Timestamp};
use roaring::RoaringBitmap;

use super::manifest::{manifest, sha256};
use super::{RecordedRelease, ReleaseEntry, ReleaseSummary};
use crate::allele_names;
use crate::audit::covered;
use crate::catalogue::Catalogue;
use crate::database::{Value, giving_way};
use crate::error::CatalogueError;
use crate::people::bytes_of;
use crate::write::Write;

impl Catalogue {
    /// Creates a release of a dataset in its present state (action `CreateRelease`). The release contains the dataset's members who consent to
    /// study use and have data in a served file of the dataset, and the files with at least one of these members. The view must be current. The
    /// state row is locked during the call, so that no consent changes between the view and the commit.
    ///
    /// # Errors
    /// * [`CatalogueError::Conflict`] `epoch` if the view is not current. The calling code must read the current view and call again.
    /// * [`CatalogueError::Conflict`] `release` if a release with this id exists.
    /// * [`CatalogueError::Invalid`] `dataset` if the release would be empty, `citation` for text that cannot be stored.
    pub async fn create_release(
        &self,
        mandate: &Mandate,
        view: &ConsentView,
        id: &ReleaseId,
        dataset: &DatasetId,
        citation: &str,
        now: Timestamp,
    ) -> Result<RecordedRelease, CatalogueError> {
        giving_way!(self.create_once(mandate, view, id, dataset, citation, now))
    }

    async fn create_once(
        &self,
        mandate: &Mandate,
        view: &ConsentView,
        id: &ReleaseId,
        dataset: &DatasetId,
        citation: &str,
        now: Timestamp,
    ) -> Result<RecordedRelease, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::CreateRelease]).await?;
        if view.epoch() != write.before().epoch || !view.holds_at(now) {
            return Err(CatalogueError::Conflict { field: "epoch" });
        }
        let taken = "SELECT 1 FROM dataset_release WHERE id = $1";
        if write.transaction.fetch_first(taken, vec![id.as_str().into()]).await?.is_some() {
            return Err(CatalogueError::Conflict { field: "release" });
        }
        let (objects, participants) = contents(&mut write, dataset, &view.releasable(dataset)).await?;
        if objects.is_empty() {
            return Err(CatalogueError::Invalid { field: "dataset" });
        }
        let manifest = manifest(&objects);
        let release = RecordedRelease {
            summary: ReleaseSummary {
                id: id.clone(),
                dataset: dataset.clone(),
                created: now,
                participant_count: participants.len(),
                object_count: objects.len() as u64,
                citation: citation.to_owned(),
                manifest_sha256: sha256(&manifest),
            },
            participants,
            objects,
            manifest,
        };
        record(&mut write, &release).await?;
        allele_names::keep_release(&mut write, id).await?;
        write.vouch(Some(covered::of_release(&release)));
        let files = release.summary.object_count;
        write.commit(self, mandate, &format!("release:{}", id.as_str()), files).await?;
        Ok(release)
    }
}

/// The dataset's served files with data of at least one of the participants in `releasable`, and those of these participants who have data in a
/// file.
async fn contents(
    write: &mut Write,
    dataset: &DatasetId,
    releasable: &RoaringBitmap,
) -> Result<(Vec<ReleaseEntry>, RoaringBitmap), CatalogueError> {
    let sql = "SELECT o.id, o.format, o.size_bytes, o.sha256, s.ordinal FROM data_object o JOIN object_sample s ON s.object = o.id \
               WHERE o.dataset = $1 AND o.status = 'served' AND s.ordinal IS NOT NULL";
    let mut objects: BTreeMap<ObjectId, (ReleaseEntry, RoaringBitmap)> = BTreeMap::new();
    let mut participants = RoaringBitmap::new();
    for row in write.transaction.fetch_all(sql, vec![dataset.as_str().into()]).await? {
        let ordinal = row.ordinal(4)?;
        if !releasable.contains(ordinal.0) {
            continue;
        }
        participants.insert(ordinal.0);
        let id = row.parsed(0, "object id", ObjectId::parse)?;
        let entry = match objects.entry(id) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                let id = entry.key().clone();
                entry.insert((
                    ReleaseEntry {
                        id,
                        format: row.parsed(1, "format", |text| FileFormat::parse(text).ok_or(()))?,
                        size_bytes: row.count(2, "size")?,
                        sha256: row.text(3, "sha256")?,
                        people_count: 0,
                    },
                    RoaringBitmap::new(),
                ))
            }
        };
        entry.1.insert(ordinal.0);
    }
    let objects = objects
        .into_values()
        .map(|(entry, people)| ReleaseEntry {
            people_count: people.len(),
            ..entry
        })
        .collect();
    Ok((objects, participants))
}

async fn record(write: &mut Write, release: &RecordedRelease) -> Result<(), CatalogueError> {
    let epoch = write.policy_changes();
    let summary = &release.summary;
    let row = [
        summary.id.as_str().into(),
        summary.dataset.as_str().into(),
        summary.created.into(),
        bytes_of(&release.participants)?.into(),
        Value::count(summary.participant_count, "participants")?,
        Value::count(summary.object_count, "objects")?,
        Value::outside(&summary.citation, "citation")?,
        release.manifest.as_str().into(),
        summary.manifest_sha256.as_str().into(),
        epoch.into(),
    ];
    let into = "dataset_release (id, dataset, created, participants, participant_count, object_count, citation, manifest, manifest_sha256, \
                epoch)";
    write.transaction.insert(into, [row]).await?;
    let mut rows: Vec<[Value; 6]> = Vec::with_capacity(release.objects.len());
    for object in &release.objects {
        rows.push([
            summary.id.as_str().into(),
            object.id.as_str().into(),
            object.format.as_str().into(),
            Value::count(object.size_bytes, "size_bytes")?,
            object.sha256.as_str().into(),
            Value::count(object.people_count, "people")?,
        ]);
    }
    let into = "release_object (release_id, object, format, size_bytes, sha256, people_count)";
    write.transaction.insert(into, rows).await
}
