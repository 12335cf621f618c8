//! Removes the entries of files from the segments of a scope, so that new entries of the same files can take their place, and the entries of
//! participants whose data is erased.

use std::collections::{BTreeSet, HashSet};

use gemj_access::{Job, Mandate, Upkeep};
use gemj_catalogue::{Catalogue, Manifest, SegmentRow, SegmentScope};
use gemj_model::{Clock as _, Ordinal, SystemClock};
use gemj_objects::ObjectStore;

use super::rewrite::LeftOut;
use super::survey::read;
use super::{MERGED, MergeError, rewrite, scope_of};

/// The segments of a scope without the entries of some files. Nothing is committed yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WithoutFiles {
    /// The ids of the segments that contain entries of the files.
    pub replaced: Vec<String>,
    /// The rewritten segments. A replaced segment that contained only entries of the files has no successor.
    pub segments: Vec<SegmentRow>,
}

/// The names of all sources (files and input units) that have entries in the segments of the manifest.
///
/// # Errors
/// See [`MergeError`].
pub async fn indexed_sources(catalogue: &Catalogue, objects: &ObjectStore) -> Result<HashSet<String>, MergeError> {
    let manifest = catalogue.manifest(Upkeep::of(Job::BuildSegments)).await?;
    let mut found = HashSet::new();
    for row in manifest.segments {
        let (_, footer) = read(objects, &row).await?;
        found.extend(footer.sources);
    }
    Ok(found)
}

/// Rewrites the segments of a scope that contain entries of these files, without these entries and without the entries of retired sources. The
/// new segments are stored, and the manifest does not name them yet.
///
/// # Errors
/// See [`MergeError`]. Blobs that were stored before the error are removed by a later collection.
pub async fn without_files(
    objects: &ObjectStore,
    mandate: &Mandate,
    manifest: &Manifest,
    scope: &SegmentScope,
    files: &HashSet<String>,
) -> Result<WithoutFiles, MergeError> {
    let left_out = LeftOut {
        sources: manifest.retired_sources.union(files).cloned().collect(),
        participants: BTreeSet::new(),
    };
    without(objects, mandate, manifest, scope, &|source| files.contains(source), &left_out).await
}

/// Rewrites the segments of a scope that contain entries of these sources, without the entries of these participants and without the entries of retired
/// sources. `sources` must name every source that can have entries of the participants. The new segments are stored, and the manifest does not name them
/// yet.
///
/// # Errors
/// See [`MergeError`]. Blobs that were stored before the error are removed by a later collection; they have no entry of the participants.
pub async fn without_participants(
    objects: &ObjectStore,
    mandate: &Mandate,
    manifest: &Manifest,
    scope: &SegmentScope,
    sources: &BTreeSet<String>,
    participants: &BTreeSet<Ordinal>,
) -> Result<WithoutFiles, MergeError> {
    let left_out = LeftOut {
        sources: manifest.retired_sources.clone(),
        participants: participants.clone(),
    };
    without(objects, mandate, manifest, scope, &|source| sources.contains(source), &left_out).await
}

async fn without(
    objects: &ObjectStore,
    mandate: &Mandate,
    manifest: &Manifest,
    scope: &SegmentScope,
    concerns: &(dyn Fn(&str) -> bool + Sync),
    left_out: &LeftOut,
) -> Result<WithoutFiles, MergeError> {
    let mut without = WithoutFiles::default();
    for row in manifest.segments.iter().filter(|row| scope_of(row) == *scope) {
        let (_, footer) = read(objects, row).await?;
        if !footer.sources.iter().any(|source| concerns(source)) {
            continue;
        }
        let rewritten = rewrite::rewrite(objects, scope, vec![row.clone()], left_out).await?;
        without.replaced.push(row.id.clone());
        let Some(bytes) = rewritten.bytes else { continue };
        let stored = objects.put_index_blob(mandate, MERGED, bytes).await?;
        if stored.sha256 != rewritten.sha256 {
            return Err(MergeError::StoredOtherwise);
        }
        without.segments.push(SegmentRow {
            id: stored.key.replace('/', "-"),
            dataset: scope.dataset.clone(),
            assembly: scope.assembly,
            origin: scope.origin,
            storage_key: stored.key,
            size_bytes: stored.size_bytes,
            sha256: stored.sha256,
            variant_count: rewritten.variants,
            entry_count: rewritten.entries,
            created: SystemClock::default().now(),
        });
    }
    Ok(without)
}
