//! Permanent deletion of the bytes of unloaded files. The rows of the files stay, without the storage keys, so that a new load of the same file
//! for the same participants is still refused.

use std::collections::HashSet;

use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_model::{ObjectId, Timestamp};

use super::ObjectStatus;
use super::status::MOST_REASON_BYTES;
use crate::catalogue::{Catalogue, check_job};
use crate::database::Value;
use crate::error::CatalogueError;

/// The storage keys of a file and of its index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilesOfObject {
    /// The id of the file.
    pub object: ObjectId,
    /// The key of the file's bytes in the object store.
    pub storage_key: String,
    /// The key of the index file in the object store.
    pub index_key: String,
    /// The time at which the file was unloaded; absent if the file is not unloaded.
    pub unloaded: Option<Timestamp>,
}

/// The stored bytes that a collection (the removal of unused bytes) removes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collection {
    /// The unloaded files whose bytes are removed.
    pub objects: Vec<ObjectId>,
    /// The number of removed files in the object store, including files that no row names.
    pub files: u64,
}

impl Catalogue {
    /// Deletes the storage keys of an unloaded file from its row, and returns them, so that the calling code can remove the bytes (action
    /// `ChangeObjectStatus`). Absent if the keys were deleted before. If the process stops before the bytes are removed, no row names the
    /// bytes, and the next collection removes them.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`] for an unknown id, [`CatalogueError::Conflict`] `status` for a file that is not unloaded,
    /// [`CatalogueError::Invalid`] `reason` for an empty or too long reason.
    pub async fn erase_object(&self, mandate: &Mandate, id: &ObjectId, reason: &str) -> Result<Option<FilesOfObject>, CatalogueError> {
        if reason.trim().is_empty() || reason.len() > MOST_REASON_BYTES {
            return Err(CatalogueError::Invalid { field: "reason" });
        }
        let mut write = self.begin_write(mandate, &[WriteAction::ChangeObjectStatus]).await?;
        let sql = "SELECT status, storage_key, index_key, status_changed FROM data_object WHERE id = $1";
        let row = write.transaction.fetch_first(sql, vec![id.as_str().into()]).await?;
        let row = row.ok_or(CatalogueError::NotFound { what: "file" })?;
        match row.parsed(0, "object status", |text| ObjectStatus::parse(text).ok_or(()))? {
            ObjectStatus::Unloaded => {}
            ObjectStatus::Served | ObjectStatus::Held => return Err(CatalogueError::Conflict { field: "status" }),
        }
        let files = FilesOfObject {
            object: id.clone(),
            storage_key: row.text(1, "storage key")?,
            index_key: row.text(2, "index key")?,
            unloaded: row.maybe_time(3, "status changed")?,
        };
        if files.storage_key.is_empty() {
            return Ok(None);
        }
        let sql = "UPDATE data_object SET storage_key = '', index_key = '', status_reason = $1, status_changed = $2 WHERE id = $3";
        let arguments = vec![Value::outside(reason, "reason")?, self.clock.now().into(), id.as_str().into()];
        write.transaction.execute(sql, arguments).await?;
        write.manifest_changes();
        write.commit(self, mandate, &format!("{} erased", id.as_str()), 1).await?;
        Ok(Some(files))
    }

    /// The storage keys that the rows of files name (job `IndexFiles`). A file whose keys were deleted is absent.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn named_files(&self, upkeep: Upkeep) -> Result<Vec<FilesOfObject>, CatalogueError> {
        check_job(upkeep, &[Job::IndexFiles])?;
        let sql = "SELECT id, storage_key, index_key, status, status_changed FROM data_object WHERE storage_key <> ''";
        let rows = self.database.fetch_all(sql, Vec::new()).await?;
        rows.iter()
            .map(|row| {
                let status = row.parsed(3, "object status", |text| ObjectStatus::parse(text).ok_or(()))?;
                let changed = row.maybe_time(4, "status changed")?;
                Ok(FilesOfObject {
                    object: row.parsed(0, "object id", ObjectId::parse)?,
                    storage_key: row.text(1, "storage key")?,
                    index_key: row.text(2, "index key")?,
                    unloaded: changed.filter(|_| status == ObjectStatus::Unloaded),
                })
            })
            .collect()
    }

    /// Records that stored bytes are about to be removed, and deletes the storage keys of the unloaded files from their rows (action
    /// `ChangeObjectStatus`). If one of the files is not unloaded, nothing is changed.
    ///
    /// # Errors
    /// The database does not answer, or [`CatalogueError::Conflict`] `status` if a file is not unloaded.
    pub async fn record_collection(&self, mandate: &Mandate, collection: &Collection) -> Result<(), CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::ChangeObjectStatus]).await?;
        let objects: HashSet<&str> = collection.objects.iter().map(ObjectId::as_str).collect();
        for id in &objects {
            let sql = "UPDATE data_object SET storage_key = '', index_key = '' WHERE id = $1 AND status = 'unloaded'";
            if write.transaction.execute(sql, vec![(*id).into()]).await? != 1 {
                return Err(CatalogueError::Conflict { field: "status" });
            }
        }
        if !objects.is_empty() {
            write.manifest_changes();
        }
        write.commit(self, mandate, "stored-files collected", collection.files).await?;
        Ok(())
    }
}
