//! Erases the bytes of unloaded files, and removes stored files that no row of the catalogue names.

use std::collections::{HashMap, HashSet};

use gemj_access::{Mandate, Upkeep};
use gemj_catalogue::{CatalogueError, Collection, FilesOfObject};
use gemj_model::{ObjectId, Timestamp};
use gemj_objects::ObjectError;

use crate::stores::Stores;

/// Why stored files were not erased or not removed.
#[derive(Debug, thiserror::Error)]
pub enum StoredFilesError {
    /// The catalogue failed, or refused the operation.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The object store failed. The next collection of files removes the remaining files.
    #[error("object store: {0}")]
    Objects(#[from] ObjectError),
    /// The database names none of the stored files, so it may belong to another installation.
    #[error("the database names none of the {0} stored files: it may not be the database of these files")]
    NoneNamed(u64),
}

/// The result of removing stored files that are no longer needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileCollection {
    /// The number of files removed: data, indexes and partly written files.
    pub removed: u64,
    /// The number of bytes in these files.
    pub removed_bytes: u64,
    /// The number of unloaded objects whose files were removed.
    pub objects: u64,
    /// The number of files that a later collection can remove. No row names these files, or their object was unloaded, but the grace time
    /// has not passed.
    pub waiting: u64,
}

/// Erases the bytes and the index of an object that was unloaded before. Returns false if an earlier call already deleted the storage keys
/// of both from the catalogue. The audit row is written before the first byte is erased.
///
/// # Errors
/// See [`StoredFilesError`]; [`CatalogueError::Conflict`] `status` for an object that was not unloaded.
pub async fn erase(stores: &Stores, mandate: &Mandate, id: &ObjectId, reason: &str) -> Result<bool, StoredFilesError> {
    let Some(files) = stores.catalogue.erase_object(mandate, id, reason).await? else {
        return Ok(false);
    };
    for key in [&files.storage_key, &files.index_key] {
        stores.objects.erase_file(mandate, key).await?;
    }
    Ok(true)
}

/// Removes two kinds of stored files: files that no row of the catalogue names and that are older than the grace time, and the files of
/// objects that were unloaded before the grace time began.
///
/// The grace time protects loads in progress, whose files are stored before a row names them. The grace time must therefore be longer than
/// a load takes. If the database names no file at all, nothing is removed unless `although_none_is_named` is true.
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
    // The stored files are listed before the named files are read. A file that is named in between is therefore seen as named.
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
