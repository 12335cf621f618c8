//! Case reports into segments.

use std::collections::BTreeMap;

use gemj_access::{Job, Mandate, Upkeep};
use gemj_catalogue::{Catalogue, CatalogueError, PendingObservation, SegmentRow};
use gemj_model::{Clock, DatasetId, SystemClock};
use gemj_objects::{ObjectError, ObjectStore};
use thiserror::Error;

use crate::builder::{BuildError, SegmentBuilder};
use crate::segment::SegmentError;
use crate::segment::verify::verify;

/// How many observations go into one commit.
const BATCH: u32 = 200_000;
/// Memory for one batch's entries.
const BUDGET_BYTES: usize = 64 * 1024 * 1024;

/// What was flushed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlushReport {
    /// Observations that are in the index now and were not before.
    pub observations: u64,
    /// Of these, alleles with an impossible position, which no question can find.
    pub impossible: u64,
    /// Segments added.
    pub segments: u64,
}

/// Why observations stay pending. Nothing is lost: the next flush takes them again.
#[derive(Debug, Error)]
pub enum FlushError {
    /// The catalogue failed.
    #[error("the catalogue did not take the segments")]
    Catalogue(#[from] CatalogueError),
    /// The object store failed.
    #[error("the object store did not take a segment")]
    Objects(#[from] ObjectError),
    /// The builder failed.
    #[error("a segment could not be built")]
    Build(#[from] BuildError),
    /// A segment was built that does not verify.
    #[error("a segment that was built {0}")]
    Unsound(SegmentError),
    /// The stored blob is not what was sent.
    #[error("a stored segment has another checksum")]
    StoredOtherwise,
    /// The background task was stopped.
    #[error("the build was stopped")]
    Stopped,
}

/// Turns pending observations into segments, one per dataset, assembly and origin, until none is left.
///
/// A segment is built, verified and stored before one transaction adds it to the manifest and takes its observations from the queue. A crash
/// before that leaves an orphaned blob and the queue as it was; two flushes at once cannot both commit an observation, and the one that
/// comes too late starts over with what is left.
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
            // Another flush took some of them: look again, but not for ever.
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
            // The same observations make the same segment: a flush that is repeated after a lost answer meets its own row.
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
        // A conflict is certain: nothing was kept. Of other failures the outcome is not known, and the blobs stay.
        Err(error @ CatalogueError::Conflict { .. }) => give_up(objects, mandate, &rows, error.into()).await,
        Err(error) => Err(error.into()),
    }
}

/// Takes back blobs that no manifest names. A failure here leaves an orphan, which is collected later.
async fn give_up(objects: &ObjectStore, mandate: &Mandate, rows: &[SegmentRow], error: FlushError) -> Result<FlushReport, FlushError> {
    for row in rows {
        if objects.delete_orphan(mandate, &row.storage_key).await.is_err() {
            tracing::warn!(key = %row.storage_key, "an orphaned index blob stays");
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
            sha256: hex_sha256(&bytes),
            bytes,
            variant_count: built.variant_count,
            entry_count: built.entry_count,
        });
    }
    Ok(Built { segments, impossible })
}

fn hex_sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}
