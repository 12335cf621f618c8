//! Builds segments of the carrier index from the observations in case reports.

use sha2::Digest as _;
use std::collections::BTreeMap;

use gemj_access::{Job, Mandate, Upkeep};
use gemj_catalogue::{Catalogue, CatalogueError, PendingObservation, SegmentRow};
use gemj_model::{Clock, DatasetId, SystemClock};
use gemj_objects::{ObjectError, ObjectStore};
use thiserror::Error;

use crate::builder::{BuildError, SegmentBuilder};
use crate::segment::SegmentError;
use crate::segment::verify::verify;

/// The maximum number of observations in one commit.
const BATCH: u32 = 200_000;
/// The memory for the entries of one batch and one scope, in bytes.
const BUDGET_BYTES: usize = 64 * 1024 * 1024;

/// The counts of one run of [`flush_observations`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlushReport {
    /// The number of observations that were added to the index.
    pub observations: u64,
    /// The number of these observations whose allele has an impossible position. No query can find these observations.
    pub impossible: u64,
    /// The number of segments that were added.
    pub segments: u64,
}

/// The reasons why a flush ended early. No observation is lost: observations that were not committed stay pending, and the next flush
/// includes them again.
#[derive(Debug, Error)]
pub enum FlushError {
    /// An operation of the catalogue failed.
    #[error("the catalogue did not accept the segments")]
    Catalogue(#[from] CatalogueError),
    /// An operation of the object store failed.
    #[error("the object store did not accept a segment")]
    Objects(#[from] ObjectError),
    /// The builder could not build a segment.
    #[error("a segment could not be built")]
    Build(#[from] BuildError),
    /// A new segment does not pass verification.
    #[error("a newly built segment {0}")]
    Unsound(SegmentError),
    /// The stored blob differs from the bytes that were sent to the object store.
    #[error("a stored segment has another checksum")]
    StoredOtherwise,
    /// The background task that builds segments was stopped.
    #[error("the build was stopped")]
    Stopped,
}

/// Writes all pending observations as segments, in batches. Each batch gives one segment for each dataset, assembly and origin.
///
/// The segments of a batch are built, verified and stored. Then one transaction adds them to the manifest and removes the batch's
/// observations from the queue. A crash before this transaction leaves orphaned blobs and an unchanged queue. Two concurrent flushes cannot
/// commit the same observation: the later flush starts again with the remaining observations.
///
/// # Errors
/// See [`FlushError`].
pub async fn flush_observations(catalogue: &Catalogue, objects: &ObjectStore, mandate: &Mandate) -> Result<FlushReport, FlushError> {
    let mut report = FlushReport::default();
    let mut conflicts = 0;
    loop {
        let pending = catalogue.pending_observations(Upkeep::of(Job::BuildSegments), BATCH).await?;
        if pending.is_empty() {
            return Ok(report);
        }
        match flush_batch(catalogue, objects, mandate, pending).await {
            Ok(batch) => {
                report.observations += batch.observations;
                report.impossible += batch.impossible;
                report.segments += batch.segments;
            }
            // Another flush has committed some of these observations. The queue is read again, at most three times.
            Err(FlushError::Catalogue(CatalogueError::Conflict { .. })) if conflicts < 3 => conflicts += 1,
            Err(error) => return Err(error),
        }
    }
}

async fn flush_batch(
    catalogue: &Catalogue,
    objects: &ObjectStore,
    mandate: &Mandate,
    pending: Vec<PendingObservation>,
) -> Result<FlushReport, FlushError> {
    let ids: Vec<i64> = pending.iter().map(|o| o.id).collect();
    let span = (
        ids.iter().min().copied().unwrap_or_default(),
        ids.iter().max().copied().unwrap_or_default(),
    );
    let store = objects.clone();
    let built = tokio::task::spawn_blocking(move || build(&pending, &store))
        .await
        .map_err(|_| FlushError::Stopped)??;
    let mut report = FlushReport {
        observations: ids.len() as u64,
        impossible: built.impossible,
        segments: built.segments.len() as u64,
    };
    let mut rows = Vec::new();
    for segment in built.segments {
        let expected = (segment.bytes.len() as u64, segment.sha256.clone());
        let stored = match objects.put_index_blob(mandate, "observations", segment.bytes.into()).await {
            Ok(stored) => stored,
            Err(error) => return give_up(objects, mandate, &rows, error.into()).await,
        };
        let sound = (stored.size_bytes, stored.sha256.clone()) == expected;
        rows.push(SegmentRow {
            // The same observations give the same id. If a flush is repeated because its response was lost, it finds the row that it added
            // before.
            id: format!("observations-{}-{}-{}", span.0, span.1, &segment.sha256[..16]),
            dataset: segment.dataset,
            assembly: segment.assembly,
            origin: segment.origin,
            storage_key: stored.key,
            size_bytes: stored.size_bytes,
            sha256: stored.sha256,
            variant_count: segment.variant_count,
            entry_count: segment.entry_count,
            created: SystemClock::default().now(),
        });
        if !sound {
            return give_up(objects, mandate, &rows, FlushError::StoredOtherwise).await;
        }
    }
    match catalogue.commit_observation_segments(mandate, &rows, &ids).await {
        Ok(_generation) => {
            report.segments = rows.len() as u64;
            Ok(report)
        }
        // After a conflict, it is certain that nothing was committed, so the blobs are deleted. After another error the outcome is unknown,
        // so the blobs are kept.
        Err(error @ CatalogueError::Conflict { .. }) => give_up(objects, mandate, &rows, error.into()).await,
        Err(error) => Err(error.into()),
    }
}

/// Deletes blobs that no manifest names, and returns the error that made them useless. If a deletion fails, the blob remains as an orphan,
/// and a later collection removes it.
async fn give_up(objects: &ObjectStore, mandate: &Mandate, rows: &[SegmentRow], error: FlushError) -> Result<FlushReport, FlushError> {
    for row in rows {
        if objects.delete_orphan(mandate, &row.storage_key).await.is_err() {
            tracing::warn!(key = %row.storage_key, "an orphaned index blob could not be deleted");
        }
    }
    Err(error)
}

struct Built {
    segments: Vec<BuiltGroup>,
    impossible: u64,
}

struct BuiltGroup {
    dataset: DatasetId,
    assembly: gemj_model::Assembly,
    origin: gemj_model::Origin,
    bytes: Vec<u8>,
    sha256: String,
    variant_count: u64,
    entry_count: u64,
}

fn build(pending: &[PendingObservation], objects: &ObjectStore) -> Result<Built, FlushError> {
    let mut groups = BTreeMap::<_, SegmentBuilder>::new();
    let mut impossible = 0;
    for observation in pending {
        let scope = (observation.dataset.clone(), observation.assembly, observation.origin);
        let builder = groups.entry(scope).or_insert_with(|| {
            SegmentBuilder::new(observation.dataset.clone(), observation.assembly, observation.origin, BUDGET_BYTES)
                .with_reference(objects.reference(observation.assembly))
        });
        let source = builder.source(&observation.source)?;
        match builder.add(&observation.allele, observation.ordinal, observation.zygosity, source) {
            Ok(()) => {}
            Err(BuildError::ImpossibleAllele) => impossible += 1,
            Err(error) => return Err(error.into()),
        }
    }
    let mut segments = Vec::new();
    for ((dataset, assembly, origin), builder) in groups {
        let (bytes, built) = builder.finish()?;
        if built.variant_count == 0 {
            continue;
        }
        verify(&bytes).map_err(FlushError::Unsound)?;
        segments.push(BuiltGroup {
            dataset,
            assembly,
            origin,
            sha256: hex::encode(sha2::Sha256::digest(&bytes)),
            bytes,
            variant_count: built.variant_count,
            entry_count: built.entry_count,
        });
    }
    Ok(Built { segments, impossible })
}
