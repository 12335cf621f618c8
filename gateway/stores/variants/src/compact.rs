//! Merging of segments, so that a question meets few of them, unloaded sources take no place, and an older format goes away.
//!
//! A scope (dataset, assembly, origin) is leased. Then, until nothing is left to merge: a group of segments of about one size is read, written
//! anew without the entries of retired sources, verified and stored; and one transaction puts the new segment in the place of the old ones,
//! if all of these are still in the manifest. Whatever happens in between, the manifest names either the old ones or the new one. Blobs that no
//! manifest names are collected later ([`crate::collect_blobs`]).

mod plan;
mod rewrite;
mod survey;

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;

use gemj_access::{Job, Mandate, Upkeep};
use gemj_catalogue::{Catalogue, CatalogueError, MergedSegment, SegmentLease, SegmentRow, SegmentScope};
use gemj_model::{Clock, SystemClock};
use gemj_objects::{ObjectError, ObjectStore};
use thiserror::Error;

use crate::builder::BuildError;
use crate::segment::SegmentError;

pub use survey::{SegmentStatus, segment_status};

/// How long a scope is leased for one merge. Far longer than one takes: a lease that ends too early costs work, nothing else.
const LEASE_SECONDS: i64 = 3600;

/// The name under which merged segments are stored.
pub(crate) const MERGED: &str = "merged";

/// What was merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MergeReport {
    /// Segments that were replaced.
    pub replaced: u64,
    /// Segments that were put in their place.
    pub written: u64,
    /// Entries of retired sources that were left out.
    pub purged_entries: u64,
    /// Merges that came too late: somebody else had replaced a segment.
    pub lost: u64,
    /// Scopes that somebody else was merging.
    pub leased_elsewhere: u64,
}

/// How far a merge is. At each of these points everything may stop for good, and every answer stays right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeStep {
    /// The scope is leased.
    Leased,
    /// The new segment is built and verified, and nowhere stored.
    Built,
    /// Its blob is stored, and no manifest names it.
    Stored,
    /// The manifest names it in the place of the old ones.
    Committed,
}

/// Why merging ended early. The manifest is as sound as before.
#[derive(Debug, Error)]
pub enum MergeError {
    /// The catalogue failed.
    #[error("the catalogue did not take the segment")]
    Catalogue(#[from] CatalogueError),
    /// The object store failed.
    #[error("the object store failed")]
    Objects(#[from] ObjectError),
    /// The builder failed.
    #[error("a segment could not be built")]
    Build(#[from] BuildError),
    /// A stored segment cannot be read.
    #[error("segment {id} {fault}")]
    Damaged {
        /// Its id.
        id: String,
        /// What is wrong with it.
        fault: SegmentError,
    },
    /// A segment was built that does not verify.
    #[error("a segment that was built {0}")]
    Unsound(SegmentError),
    /// The stored blob is not what was sent.
    #[error("a stored segment has another checksum")]
    StoredOtherwise,
    /// It was stopped between two steps.
    #[error("the merge was stopped")]
    Stopped,
}

/// What a merge works with.
struct Merger<'a> {
    catalogue: &'a Catalogue,
    objects: &'a ObjectStore,
    mandate: &'a Mandate,
    holder: String,
    report: MergeReport,
}

/// Merges until nothing is left to merge. `at` is told of each step and stops the merge there with [`ControlFlow::Break`]. Any number of them
/// may run at once, in any processes.
///
/// # Errors
/// See [`MergeError`]. What was committed before stays.
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
        holder: format!("{}-{:?}", std::process::id(), std::time::SystemTime::now()),
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
        // A stop is to leave things as a kill would.
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
                // Somebody else was first: look again, but not for ever.
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

    /// Merges one group.
    async fn group(
        &mut self,
        lease: &SegmentLease,
        group: Vec<SegmentRow>,
        retired: &HashSet<String>,
        at: &mut (dyn FnMut(MergeStep) -> ControlFlow<()> + Send),
    ) -> Result<(), MergeError> {
        let replaced: Vec<String> = group.iter().map(|row| row.id.clone()).collect();
        let rewritten = rewrite::rewrite(self.objects, &lease.scope, group, retired).await?;
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
                    // The blob's key is never used again, so that no two segments have one id.
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
        // A conflict is certain: nothing was kept. Of other failures the outcome is not known, and the blob stays.
        if let (Err(CatalogueError::Conflict { .. }), Some(segment)) = (&committed, &merged.segment) {
            self.give_up(&segment.storage_key).await;
        }
        committed?;
        self.report.replaced += merged.replaced.len() as u64;
        self.report.written += u64::from(merged.segment.is_some());
        self.report.purged_entries += rewritten.purged_entries;
        go_on(at, MergeStep::Committed)
    }

    /// Takes back a blob that no manifest names. A failure here leaves an orphan, which is collected later.
    async fn give_up(&self, key: &str) {
        if self.objects.delete_orphan(self.mandate, key).await.is_err() {
            tracing::warn!(key, "an orphaned index blob stays");
        }
    }
}
