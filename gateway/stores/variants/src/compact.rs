//! Merges segments for three reasons: a query then reads fewer segments, unloaded sources need no storage, and segments of older format
//! versions are replaced.
//!
//! A merge leases a scope (dataset, assembly, origin) and then repeats these steps until nothing is left to merge:
//!
//! 1. A group of segments of similar size is read and rewritten without the entries of retired sources.
//! 2. The new segment is verified and stored.
//! 3. One transaction replaces the old segments by the new one, if all old segments are still in the manifest.
//!
//! At every moment the manifest names either the old segments or the new segment. Blobs that no manifest names are removed later
//! ([`crate::collect_blobs`]).

mod plan;
mod replace;
mod rewrite;
mod survey;

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;

use gemj_access::{Job, Mandate, Upkeep};
use gemj_catalogue::{Catalogue, CatalogueError, MergedSegment, SegmentLease, SegmentRow, SegmentScope, lease_holder};
use gemj_model::{Clock, SystemClock};
use gemj_objects::{ObjectError, ObjectStore};
use thiserror::Error;

use crate::builder::BuildError;
use crate::segment::SegmentError;

pub use replace::{WithoutFiles, indexed_sources, without_files, without_participants};
pub use survey::{SegmentStatus, segment_status};

/// The duration of the lease on a scope. One merge takes far less time. If a lease ends too early, the merge is repeated and no data is
/// lost.
const LEASE_SECONDS: i64 = 3600;

/// The first word of the storage keys of merged segments.
pub(crate) const MERGED: &str = "merged";

/// The counts of one run of [`merge_segments`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MergeReport {
    /// The number of segments that were replaced.
    pub replaced: u64,
    /// The number of new segments.
    pub written: u64,
    /// The number of entries of retired sources that were not copied into new segments.
    pub purged_entries: u64,
    /// The number of merges that failed because another process had already replaced one of the segments.
    pub lost: u64,
    /// The number of scopes that were skipped because another process was merging them.
    pub leased_elsewhere: u64,
}

/// A step of a merge. If a process is killed after any of these steps, every later answer is still correct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeStep {
    /// The scope is leased, and nothing is merged yet.
    Leased,
    /// The new segment is built and verified, but not stored yet.
    Built,
    /// The blob of the new segment is stored, but no manifest names it yet.
    Stored,
    /// The manifest names the new segment in place of the old segments.
    Committed,
}

/// The reasons why a merge ended early. The manifest is valid in each case.
#[derive(Debug, Error)]
pub enum MergeError {
    /// An operation of the catalogue failed.
    #[error("the catalogue did not accept the segment")]
    Catalogue(#[from] CatalogueError),
    /// An operation of the object store failed.
    #[error("the object store failed")]
    Objects(#[from] ObjectError),
    /// The builder could not build the new segment.
    #[error("a segment could not be built")]
    Build(#[from] BuildError),
    /// A stored segment is damaged and cannot be read.
    #[error("segment {id} {fault}")]
    Damaged {
        /// The id of the damaged segment.
        id: String,
        /// The fault in the segment.
        fault: SegmentError,
    },
    /// The new segment does not pass verification.
    #[error("a newly built segment {0}")]
    Unsound(SegmentError),
    /// The stored blob differs from the bytes that were sent to the object store.
    #[error("a stored segment has another checksum")]
    StoredOtherwise,
    /// The caller stopped the merge after a step, or a background task was stopped.
    #[error("the merge was stopped")]
    Stopped,
}

/// The state of one run of [`merge_segments`].
struct Merger<'a> {
    catalogue: &'a Catalogue,
    objects: &'a ObjectStore,
    mandate: &'a Mandate,
    holder: String,
    report: MergeReport,
}

/// Merges the segments of every scope until nothing is left to merge. `at` is called after each step; if it returns [`ControlFlow::Break`],
/// the merge stops there. Several merges may run at the same time, also in different processes.
///
/// # Errors
/// See [`MergeError`]. Merges that were committed before the error are kept.
pub async fn merge_segments(
    catalogue: &Catalogue,
    objects: &ObjectStore,
    mandate: &Mandate,
    at: &mut (dyn FnMut(MergeStep) -> ControlFlow<()> + Send),
) -> Result<MergeReport, MergeError> {
    let mut merger = Merger {
        catalogue,
        objects,
        mandate,
        holder: lease_holder("merge"),
        report: MergeReport::default(),
    };
    let upkeep = Upkeep::of(Job::BuildSegments);
    let manifest = catalogue.manifest(upkeep).await?;
    let scopes: BTreeMap<SegmentScope, ()> = manifest.segments.iter().map(|row| (scope_of(row), ())).collect();
    for scope in scopes.into_keys() {
        let Some(lease) = catalogue.lease_segments(upkeep, &scope, &merger.holder, LEASE_SECONDS).await? else {
            merger.report.leased_elsewhere += 1;
            continue;
        };
        let done = merger.scope(lease.clone(), at).await;
        // A merge that was stopped keeps its lease, as if its process had been killed.
        if !matches!(done, Err(MergeError::Stopped)) {
            catalogue.release_segments(upkeep, &lease).await?;
        }
        done?;
    }
    Ok(merger.report)
}

fn scope_of(row: &SegmentRow) -> SegmentScope {
    SegmentScope {
        dataset: row.dataset.clone(),
        assembly: row.assembly,
        origin: row.origin,
    }
}

fn go_on(at: &mut (dyn FnMut(MergeStep) -> ControlFlow<()> + Send), step: MergeStep) -> Result<(), MergeError> {
    match at(step) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(MergeError::Stopped),
    }
}

impl Merger<'_> {
    async fn scope(
        &mut self,
        mut lease: SegmentLease,
        at: &mut (dyn FnMut(MergeStep) -> ControlFlow<()> + Send),
    ) -> Result<(), MergeError> {
        let upkeep = Upkeep::of(Job::BuildSegments);
        go_on(at, MergeStep::Leased)?;
        let mut lost = 0;
        loop {
            let manifest = self.catalogue.manifest(upkeep).await?;
            let rows = manifest.segments.into_iter().filter(|row| scope_of(row) == lease.scope);
            let surveyed = survey::survey(self.objects, rows.collect(), &manifest.retired_sources).await?;
            let Some(group) = plan::next_group(&surveyed) else {
                return Ok(());
            };
            let group: Vec<SegmentRow> = group.into_iter().map(|number| surveyed[number].row.clone()).collect();
            match self.group(&lease, group, &manifest.retired_sources, at).await {
                Ok(()) => {}
                // Another process replaced one of the segments first. The manifest is read again, at most three times.
                Err(MergeError::Catalogue(CatalogueError::Conflict { .. })) if lost < 3 => {
                    lost += 1;
                    self.report.lost += 1;
                }
                Err(error) => return Err(error),
            }
            match self
                .catalogue
                .lease_segments(upkeep, &lease.scope, &lease.holder, LEASE_SECONDS)
                .await?
            {
                Some(longer) => lease = longer,
                None => return Ok(()),
            }
        }
    }

    /// Merges one group of segments into one new segment.
    async fn group(
        &mut self,
        lease: &SegmentLease,
        group: Vec<SegmentRow>,
        retired: &HashSet<String>,
        at: &mut (dyn FnMut(MergeStep) -> ControlFlow<()> + Send),
    ) -> Result<(), MergeError> {
        let replaced: Vec<String> = group.iter().map(|row| row.id.clone()).collect();
        let left_out = rewrite::LeftOut {
            sources: retired.clone(),
            ..rewrite::LeftOut::default()
        };
        let rewritten = rewrite::rewrite(self.objects, &lease.scope, group, &left_out).await?;
        go_on(at, MergeStep::Built)?;
        let segment = match rewritten.bytes {
            None => None,
            Some(bytes) => {
                let stored = self.objects.put_index_blob(self.mandate, MERGED, bytes).await?;
                go_on(at, MergeStep::Stored)?;
                if stored.sha256 != rewritten.sha256 {
                    self.give_up(&stored.key).await;
                    return Err(MergeError::StoredOtherwise);
                }
                Some(SegmentRow {
                    // The key of a blob is never reused, so an id made from the key is unique.
                    id: stored.key.replace('/', "-"),
                    dataset: lease.scope.dataset.clone(),
                    assembly: lease.scope.assembly,
                    origin: lease.scope.origin,
                    storage_key: stored.key,
                    size_bytes: stored.size_bytes,
                    sha256: stored.sha256,
                    variant_count: rewritten.variants,
                    entry_count: rewritten.entries,
                    created: SystemClock::default().now(),
                })
            }
        };
        let merged = MergedSegment { replaced, segment };
        let committed = self.catalogue.commit_merged_segment(self.mandate, lease, &merged).await;
        // After a conflict, it is certain that nothing was committed, so the new blob is deleted. After another error the outcome is
        // unknown, so the blob is kept.
        if let (Err(CatalogueError::Conflict { .. }), Some(segment)) = (&committed, &merged.segment) {
            self.give_up(&segment.storage_key).await;
        }
        committed?;
        self.report.replaced += merged.replaced.len() as u64;
        self.report.written += u64::from(merged.segment.is_some());
        self.report.purged_entries += rewritten.purged_entries;
        go_on(at, MergeStep::Committed)
    }

    /// Deletes a blob that no manifest names. If the deletion fails, the blob remains as an orphan, and a later collection removes it.
    async fn give_up(&self, key: &str) {
        if self.objects.delete_orphan(self.mandate, key).await.is_err() {
            tracing::warn!(key, "an orphaned index blob could not be deleted");
        }
    }
}
