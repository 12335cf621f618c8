//! Removes stored blobs of the carrier index that no manifest names.

use std::collections::HashSet;

use gemj_access::{Job, Mandate, Upkeep};
use gemj_catalogue::Catalogue;
use gemj_model::Timestamp;
use gemj_objects::ObjectStore;

use crate::compact::{MERGED, MergeError};

/// The first words of the storage keys of segments: segments of files, of case reports, and merged segments.
const NAMES: [&str; 3] = ["carriers", "observations", MERGED];

/// The counts of one run of [`collect_blobs`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CollectReport {
    /// The number of blobs that were removed.
    pub removed: u64,
    /// The total size of the removed blobs, in bytes.
    pub removed_bytes: u64,
    /// The number of blobs that the manifest does not name and that are kept until their grace time ends.
    pub waiting: u64,
}

/// Removes the blobs of segments that no manifest has named for `grace_seconds`. These are orphans of interrupted loads and merges, and
/// segments that were merged into other segments.
///
/// A load or merge in progress stores a blob before the manifest names it, and readers may still use an earlier generation. `grace_seconds`
/// must be longer than each of these takes. A reader of a removed blob gets an error, never a wrong answer.
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
    // The stored blobs are listed before the manifest is read. A blob that the manifest names in the meantime is therefore not removed.
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
    // Removes the catalogue's rows of blobs that an interrupted collection deleted from the store.
    let stored: HashSet<&str> = listed.iter().map(|blob| blob.key.as_str()).collect();
    for key in retired.keys().filter(|key| !stored.contains(key.as_str())) {
        catalogue.forget_blob(upkeep, key).await?;
    }
    Ok(report)
}
