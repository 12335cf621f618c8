//! Erasing the bytes of files that were taken out, and collecting stored files that no row names.

use std::collections::{HashMap, HashSet};

use gemj_access::{Mandate, Upkeep};
use gemj_catalogue::{CatalogueError, Collection, FilesOfObject};
use gemj_model::{ObjectId, Timestamp};
use gemj_objects::ObjectError;

use crate::stores::Stores;

/// Why files were not erased or not collected.
#[derive(Debug, thiserror::Error)]
pub enum StoredFilesError {
    /// The catalogue failed, or refuses.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The object store failed. What was not removed yet is removed by the next collection.
    #[error("object store: {0}")]
    Objects(#[from] ObjectError),
    /// The database names none of the stored files: it may be another installation's.
    #[error("the database names none of the {0} stored files: it may not be the database of these files")]
    NoneNamed(u64),
}

/// What was collected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileCollection {
    /// Files removed: data, indexes, and half-written ones.
    pub removed: u64,
    /// Their bytes.
    pub removed_bytes: u64,
    /// Objects that were taken out, whose files are among them.
    pub objects: u64,
    /// Files that go later: not named, or of an object that was taken out, for less than the grace.
    pub waiting: u64,
}

/// Erases the file of an object that was taken out before, and its index. False where nothing of it was stored any more. The audit row is written before the
/// first byte goes.
///
/// # Errors
/// See [`StoredFilesError`]; [`CatalogueError::Conflict`] `status` for an object that was not taken out.
pub async fn erase(stores: &Stores, mandate: &Mandate, id: &ObjectId, reason: &str) -> Result<bool, StoredFilesError> {
    let Some(files) = stores.catalogue.erase_object(mandate, id, reason).await? else {
        return Ok(false);
    };
    for key in [&files.storage_key, &files.index_key] {
        stores.objects.erase_file(mandate, key).await?;
    }
    Ok(true)
}

/// Removes stored files that no row names and that are older than the grace, and those of objects that were taken out before the grace began. The grace is
/// for loads under way, whose files are stored before they are named: it has to be longer than a load takes. Where the database names no file at all, nothing
/// is removed unless `although_none_is_named`.
///
/// # Errors
/// See [`StoredFilesError`].
pub async fn collect(
    stores: &Stores,
    mandate: &Mandate,
    upkeep: Upkeep,
    grace_seconds: u32,
    now: Timestamp,
    although_none_is_named: bool,
) -> Result<FileCollection, StoredFilesError> {
    // What is stored is listed before what is named is read: a file that is named in between is seen as named.
    let stored = stores.objects.list_files(upkeep).await?;
    let named = stores.catalogue.named_files(upkeep).await?;
    if named.is_empty() && !stored.is_empty() && !although_none_is_named {
        return Err(StoredFilesError::NoneNamed(stored.len() as u64));
    }
    let old = now.plus_seconds(-i64::from(grace_seconds));
    let by_key: HashMap<&str, &FilesOfObject> = named
        .iter()
        .flat_map(|files| [(files.storage_key.as_str(), files), (files.index_key.as_str(), files)])
        .collect();
    let mut report = FileCollection::default();
    let (mut goes, mut objects) = (Vec::new(), HashSet::new());
    for blob in &stored {
        let files = by_key.get(blob.key.as_str());
        let since = match files {
            None => blob.written,
            Some(FilesOfObject { unloaded: Some(since), .. }) => *since,
            Some(FilesOfObject { unloaded: None, .. }) => continue,
        };
        if since > old {
            report.waiting += 1;
            continue;
        }
        objects.extend(files.map(|files| files.object.clone()));
        goes.push(blob);
    }
    if goes.is_empty() {
        return Ok(report);
    }
    report.objects = objects.len() as u64;
    let collection = Collection {
        objects: objects.into_iter().collect(),
        files: goes.len() as u64,
    };
    stores.catalogue.record_collection(mandate, &collection).await?;
    for blob in goes {
        stores.objects.erase_file(mandate, &blob.key).await?;
        report.removed += 1;
        report.removed_bytes += blob.size_bytes;
    }
    Ok(report)
}
