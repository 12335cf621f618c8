//! Leases for merging segments of the carrier index, the commit of merged segments, and replaced segment files that wait for collection.

mod holder;

use std::collections::HashMap;

use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_model::{Assembly, DatasetId, Origin, Timestamp};

use crate::catalogue::{Catalogue, check_job};
use crate::database::{MAX_PARAMETERS, Value, placeholders};
use crate::error::CatalogueError;
use crate::segments::{SegmentRow, add_segments};
use crate::write::{Write, lock_state};
pub use holder::lease_holder;

/// A scope: the segments that may be merged together. They belong to one dataset and one assembly, and are germline or somatic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentScope {
    /// The dataset of the segments.
    pub dataset: DatasetId,
    /// The assembly of the segments.
    pub assembly: Assembly,
    /// Whether the segments contain germline or somatic alleles.
    pub origin: Origin,
}

impl SegmentScope {
    fn name(&self) -> String {
        format!("{}/{}/{}", self.dataset.as_str(), self.assembly.as_str(), self.origin.as_str())
    }
}

/// The right to merge the segments of a scope until the lease ends. An expired lease does no harm: if another process has leased the scope or
/// replaced the segments meanwhile, the late commit fails and changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentLease {
    /// The scope that the holder may merge.
    pub scope: SegmentScope,
    /// The unique name of the process that holds the lease.
    pub holder: String,
    /// The time at which the lease ends.
    pub ends: Timestamp,
}

/// The replacement of several segments by one merged segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedSegment {
    /// The ids of the replaced segments.
    pub replaced: Vec<String>,
    /// The merged segment; absent if no entry of the replaced segments still counts.
    pub segment: Option<SegmentRow>,
}

impl Catalogue {
    /// Leases a scope for some seconds, or extends the holder's own lease (job `BuildSegments`). Absent if another holder has the lease. The lease of
    /// a killed process of this machine has ended, if [`lease_holder`] made the name of its holder.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn lease_segments(
        &self,
        upkeep: Upkeep,
        scope: &SegmentScope,
        holder: &str,
        seconds: i64,
    ) -> Result<Option<SegmentLease>, CatalogueError> {
        check_job(upkeep, &[Job::BuildSegments])?;
        let now = self.clock.now();
        let lease = SegmentLease {
            scope: scope.clone(),
            holder: holder.to_owned(),
            ends: now.plus_seconds(seconds),
        };
        let (name, by) = (Value::from(scope.name().as_str()), Value::outside(holder, "holder")?);
        let mut transaction = self.database.begin_write().await?;
        lock_state(&mut transaction).await?;
        let others = "SELECT holder FROM segment_lease WHERE scope = $1 AND holder <> $2 AND ends > $3";
        let held = transaction.fetch_first(others, vec![name.clone(), by.clone(), now.into()]).await?;
        if let Some(row) = held
            && !holder::has_ended(&row.text(0, "holder")?)
        {
            return Ok(None);
        }
        transaction
            .execute("DELETE FROM segment_lease WHERE scope = $1", vec![name.clone()])
            .await?;
        let row: [Value; 3] = [name, by, lease.ends.into()];
        transaction.insert("segment_lease (scope, holder, ends)", vec![row]).await?;
        transaction.commit().await?;
        Ok(Some(lease))
    }

    /// Ends a lease (job `BuildSegments`). Does nothing if the lease is no longer held.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn release_segments(&self, upkeep: Upkeep, lease: &SegmentLease) -> Result<(), CatalogueError> {
        check_job(upkeep, &[Job::BuildSegments])?;
        let mut transaction = self.database.begin_write().await?;
        let sql = "DELETE FROM segment_lease WHERE scope = $1 AND holder = $2";
        let arguments = vec![lease.scope.name().as_str().into(), Value::outside(&lease.holder, "holder")?];
        transaction.execute(sql, arguments).await?;
        transaction.commit().await
    }

    /// Replaces segments with a merged segment, in one transaction (actions `Ingest`, `Load`). The files of the replaced segments then wait for
    /// collection. Returns the new generation. Segments that were added after the merge began stay in the manifest. Sources that were retired
    /// after the merge began stay retired.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `lease` if another holder has leased the scope since, `segment` if a replaced segment is no longer in the
    /// manifest or the new id already exists. Nothing is changed then.
    pub async fn commit_merged_segment(
        &self,
        mandate: &Mandate,
        lease: &SegmentLease,
        merged: &MergedSegment,
    ) -> Result<u64, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::Ingest, WriteAction::Load]).await?;
        let now = self.clock.now();
        replace_in_manifest(&mut write, lease, &merged.replaced, merged.segment.as_slice(), now).await?;
        let after = write.commit(self, mandate, "carrier-index", merged.replaced.len() as u64).await?;
        Ok(after.generation)
    }

    /// The storage keys of segment files that a merge removed from the manifest, each with the time of the merge (job `BuildSegments`). Keys of
    /// collected files are absent.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn retired_blobs(&self, upkeep: Upkeep) -> Result<HashMap<String, Timestamp>, CatalogueError> {
        check_job(upkeep, &[Job::BuildSegments])?;
        let rows = self
            .database
            .fetch_all("SELECT storage_key, retired FROM retired_blob", Vec::new())
            .await?;
        rows.iter()
            .map(|row| Ok((row.text(0, "storage key")?, row.time(1, "retired")?)))
            .collect()
    }

    /// Deletes the row of a replaced segment file after the file was collected (job `BuildSegments`).
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn forget_blob(&self, upkeep: Upkeep, storage_key: &str) -> Result<(), CatalogueError> {
        check_job(upkeep, &[Job::BuildSegments])?;
        let mut transaction = self.database.begin_write().await?;
        let sql = "DELETE FROM retired_blob WHERE storage_key = $1";
        transaction.execute(sql, vec![Value::outside(storage_key, "storage_key")?]).await?;
        transaction.commit().await
    }
}

/// Replaces segments of a scope by others in the manifest. The files of the replaced segments then wait for collection. Returns the new
/// generation.
///
/// # Errors
/// The errors of [`Catalogue::commit_merged_segment`].
pub(crate) async fn replace_in_manifest(
    write: &mut Write,
    lease: &SegmentLease,
    replaced: &[String],
    segments: &[SegmentRow],
    now: Timestamp,
) -> Result<i64, CatalogueError> {
    let others = "SELECT 1 FROM segment_lease WHERE scope = $1 AND holder <> $2";
    let arguments = vec![lease.scope.name().as_str().into(), Value::outside(&lease.holder, "holder")?];
    if write.transaction.fetch_first(others, arguments).await?.is_some() {
        return Err(CatalogueError::Conflict { field: "lease" });
    }
    let mut blobs: Vec<[Value; 2]> = Vec::new();
    for chunk in replaced.chunks(MAX_PARAMETERS) {
        let ids: Vec<Value> = chunk.iter().map(|id| Value::outside(id, "segment")).collect::<Result<_, _>>()?;
        let named = format!("FROM segment WHERE id IN ({})", placeholders(1, chunk.len()));
        let rows = write
            .transaction
            .fetch_all_of(format!("SELECT storage_key {named}"), ids.clone())
            .await?;
        if rows.len() != chunk.len() {
            return Err(CatalogueError::Conflict { field: "segment" });
        }
        for row in rows {
            blobs.push([Value::outside(&row.text(0, "storage key")?, "storage_key")?, now.into()]);
        }
        write.transaction.execute_of(format!("DELETE {named}"), ids).await?;
    }
    write.transaction.insert("retired_blob (storage_key, retired)", blobs).await?;
    let generation = write.manifest_changes();
    add_segments(write, segments, generation).await?;
    Ok(generation)
}
