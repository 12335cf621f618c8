//! Blobs of the index that no manifest names.

use std::collections::HashSet;

use gemj_access::{Job, Mandate, Upkeep};
use gemj_catalogue::Catalogue;
use gemj_model::Timestamp;
use gemj_objects::ObjectStore;

use crate::compact::{MERGED, MergeError};

/// The names under which segments are stored: of files, of case reports, merged.
const NAMES: [&str; 3] = ["carriers", "observations", MERGED];

/// What was collected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CollectReport {
    /// Blobs removed.
    pub removed: u64,
    /// Their bytes.
    pub removed_bytes: u64,
    /// Blobs that no manifest names and that are not old enough.
    pub waiting: u64,
}

/// Removes the blobs of segments that no manifest names, and has named none for `grace_seconds`: orphans of loads and merges that were cut off,
/// and segments that were merged into others. The grace is for loads and merges under way, whose blobs are stored before they are named, and
/// for readers of an earlier generation; it has to be longer than any of these takes. A reader that meets a removed blob is refused, and answers
/// nothing wrong.
///
/// # Errors
/// See [`MergeError`].
pub async fn collect_blobs(
    catalogue: &Catalogue,
    objects: &ObjectStore,
    mandate: &Mandate,
    grace_seconds: u32,
    now: Timestamp,
) -> Result<CollectReport, MergeError> {
    let upkeep = Upkeep::of(Job::BuildSegments);
    // What is stored is listed before what is named is read: a blob that is named in between is seen as named.
    let mut listed = Vec::new();
    for name in NAMES {
        listed.extend(objects.list_index_blobs(upkeep, name).await?);
    }
    let retired = catalogue.retired_blobs(upkeep).await?;
    let manifest = catalogue.manifest(upkeep).await?;
    let named: HashSet<&str> = manifest.segments.iter().map(|row| row.storage_key.as_str()).collect();
    let old = now.plus_seconds(-i64::from(grace_seconds));
    let mut report = CollectReport::default();
    for blob in listed.iter().filter(|blob| !named.contains(blob.key.as_str())) {
        let unnamed_since = retired.get(&blob.key).copied().unwrap_or(blob.written);
        if blob.written > old || unnamed_since > old {
            report.waiting += 1;
            continue;
        }
        objects.delete_orphan(mandate, &blob.key).await?;
        catalogue.forget_blob(upkeep, &blob.key).await?;
        report.removed += 1;
        report.removed_bytes += blob.size_bytes;
    }
    // One that was removed and not forgotten, where a collection was cut off.
    let stored: HashSet<&str> = listed.iter().map(|blob| blob.key.as_str()).collect();
    for key in retired.keys().filter(|key| !stored.contains(key.as_str())) {
        catalogue.forget_blob(upkeep, key).await?;
    }
    Ok(report)
}
