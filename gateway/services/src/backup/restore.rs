//! Writes the files of a verified back-up to an empty installation.

use std::path::{Path, PathBuf};

use gemj_access::{Mandate, Upkeep};
use gemj_catalogue::Catalogue;
use gemj_model::Timestamp;
use gemj_objects::ObjectStore;

use super::check::Opened;
use super::create::{copy_new, private_folder};
use super::fault::BackupFault;
use super::manifest::path_in;
use super::{DATABASE, MANIFEST, OBJECTS, RUNS};

/// The places of the new installation.
pub struct Places<'a> {
    /// The file of the SQLite database. It must not exist.
    pub database: &'a Path,
    /// The object store. It must be empty.
    pub objects: &'a ObjectStore,
    /// The folder of workflow runs; absent if none is configured. It must be absent or empty.
    pub runs: Option<&'a Path>,
}

impl Places<'_> {
    /// Fails with the first place that is not empty.
    ///
    /// # Errors
    /// [`BackupFault::NotEmpty`], or an error of the object store.
    pub async fn require_empty(&self, upkeep: Upkeep) -> Result<(), BackupFault> {
        if self.database.exists() {
            return Err(BackupFault::NotEmpty(self.database.to_owned()));
        }
        if !self.objects.is_empty(upkeep).await? {
            return Err(BackupFault::NotEmpty(PathBuf::from("objects.url")));
        }
        if let Some(runs) = self.runs
            && std::fs::read_dir(runs).is_ok_and(|mut entries| entries.next().is_some())
        {
            return Err(BackupFault::NotEmpty(runs.to_owned()));
        }
        Ok(())
    }
}

/// Writes the stored files, the files of runs and the database. The database is sealed before it appears at its place, so that no process can serve it
/// unsealed. `because` is the reason of the seal. An interrupted restore leaves no database.
///
/// # Errors
/// [`BackupFault`], for example a place that is not empty. Before this error nothing is written.
pub async fn restore_files(
    backup: &Opened,
    places: &Places<'_>,
    keys: (Upkeep, &Mandate),
    (because, now): (&str, Timestamp),
    progress: impl Fn(u64, u64),
) -> Result<(), BackupFault> {
    let (upkeep, mandate) = keys;
    places.require_empty(upkeep).await?;
    let total = backup.manifest.files.len() as u64;
    for ((name, expected), number) in backup.manifest.files.iter().zip(1..) {
        let from = path_in(&backup.folder, name).ok_or_else(|| BackupFault::Manifest(backup.folder.join(MANIFEST)))?;
        if let Some(key) = name.strip_prefix(OBJECTS).and_then(|rest| rest.strip_prefix('/')) {
            let stored = places.objects.copy_in(mandate, key, &from).await?;
            // The file is read again, and could have changed since it was verified.
            if (stored.size_bytes, &stored.sha256) != (expected.size_bytes, &expected.sha256) {
                return Err(BackupFault::Damaged(from));
            }
        } else if let (Some(name), Some(runs)) = (name.strip_prefix(RUNS).and_then(|rest| rest.strip_prefix('/')), places.runs) {
            let to = path_in(runs, name).ok_or_else(|| BackupFault::Manifest(backup.folder.join(MANIFEST)))?;
            copy_new(&from, &to)?;
        }
        progress(number, total);
    }
    restore_database(&backup.folder.join(DATABASE), places.database, mandate, because, now).await
}

async fn restore_database(from: &Path, to: &Path, mandate: &Mandate, because: &str, now: Timestamp) -> Result<(), BackupFault> {
    if let Some(folder) = to.parent() {
        private_folder(folder)?;
    }
    let unfinished = PathBuf::from(format!("{}.restoring", to.display()));
    let beside = |suffix: &str| PathBuf::from(format!("{}{suffix}", unfinished.display()));
    for suffix in ["", "-wal", "-shm", ".lock", ".consent"] {
        // An interrupted restore left these files.
        let _ = std::fs::remove_file(beside(suffix));
    }
    let failed = BackupFault::of(&unfinished);
    copy_new(from, &unfinished)?;
    let catalogue = Catalogue::open(&format!("sqlite:{}", unfinished.display()), 2).await?;
    let sealed = catalogue.seal_restored(mandate, because, now).await;
    catalogue.close().await;
    sealed?;
    for suffix in ["-wal", "-shm", ".lock", ".consent"] {
        let file = beside(suffix);
        match std::fs::metadata(&file) {
            Ok(found) if suffix == "-wal" && found.len() > 0 => return Err(BackupFault::Added(file)),
            Ok(_) => std::fs::remove_file(&file).map_err(BackupFault::of(&file))?,
            Err(_) => {}
        }
    }
    let synced = std::fs::File::open(&unfinished).and_then(|file| file.sync_all());
    synced.and_then(|()| std::fs::rename(&unfinished, to)).map_err(&failed)?;
    if let Some(folder) = to.parent() {
        let synced = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(BackupFault::of(folder))?;
    }
    Ok(())
}
