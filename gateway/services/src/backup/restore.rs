//! Writes the files of a verified back-up to an empty installation, or to one whose restore was interrupted.

use std::path::{Path, PathBuf};

use gemj_access::{Mandate, Upkeep};
use gemj_catalogue::Catalogue;
use gemj_model::Timestamp;
use gemj_objects::ObjectStore;

use super::check::Opened;
use super::create::private_folder;
use super::fault::BackupFault;
use super::folder::RegularFile;
use super::manifest::{FileState, path_in, state_of_file};
use super::unfinished::Unfinished;
use super::{DATABASE, MANIFEST, OBJECTS, RUNS};

/// The places of the new installation.
pub struct Places<'a> {
    /// The file of the SQLite database. It must not exist, unless an interrupted restore is continued.
    pub database: &'a Path,
    /// The object store. It must be empty, unless an interrupted restore is continued.
    pub objects: &'a ObjectStore,
    /// The folder of workflow runs; absent if none is configured. It must be absent or empty, unless an interrupted restore is
    /// continued.
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

/// Writes the stored files, the files of runs and the database, and ends the restore. The database is sealed before it appears at its place, so that no
/// process can serve it unsealed. `because` is the reason of the seal. If the restore was begun by an earlier call, files that are complete are not
/// written again. The places were empty when it began, so everything in them comes from this back-up.
///
/// # Errors
/// [`BackupFault`]. The mark of the unfinished restore remains, and the call can be repeated.
pub async fn restore_files(
    backup: &Opened,
    places: &Places<'_>,
    restore: Unfinished,
    keys: (Upkeep, &Mandate),
    (because, now): (&str, Timestamp),
    progress: impl Fn(u64, u64),
) -> Result<(), BackupFault> {
    let (upkeep, mandate) = keys;
    let is_continued = restore.is_continued;
    let malformed = || BackupFault::Manifest(backup.folder.path().join(MANIFEST));
    let total = backup.manifest.files.len() as u64;
    for ((name, expected), number) in backup.manifest.files.iter().zip(1..) {
        if let Some(key) = name.strip_prefix(OBJECTS).and_then(|rest| rest.strip_prefix('/')) {
            let existing = if is_continued {
                places.objects.content(upkeep, key).await?
            } else {
                None
            };
            if existing.is_some_and(|found| (found.size_bytes, &found.sha256) == (expected.size_bytes, &expected.sha256)) {
                progress(number, total);
                continue;
            }
            let from = backup.folder.file(name)?;
            from.require_size(expected)?;
            let path = from.path().to_owned();
            let stored = places.objects.copy_in(mandate, key, from.into_file()).await?;
            // The file is read again, and could have changed since it was verified.
            if (stored.size_bytes, &stored.sha256) != (expected.size_bytes, &expected.sha256) {
                return Err(BackupFault::Damaged(path));
            }
        } else if let (Some(below), Some(runs)) = (name.strip_prefix(RUNS).and_then(|rest| rest.strip_prefix('/')), places.runs) {
            let to = path_in(runs, below).ok_or_else(malformed)?;
            restore_run_file(backup.folder.file(name)?, &to, expected, is_continued)?;
        }
        progress(number, total);
    }
    // Links come last, so that no file is written through a link.
    for (name, target) in places.runs.into_iter().flat_map(|_| &backup.manifest.links) {
        let link = places.runs.and_then(|runs| path_in(runs, name));
        restore_link(&link.ok_or_else(malformed)?, target)?;
    }
    let expected = backup.manifest.files.get(DATABASE).ok_or_else(malformed)?;
    let database = (backup.folder.file(DATABASE)?, expected);
    restore_database(database, places.database, mandate, because, now).await?;
    restore.end()
}

/// Makes a symbolic link of a run, unless an interrupted call has made it.
fn restore_link(link: &Path, target: &str) -> Result<(), BackupFault> {
    if std::fs::read_link(link).is_ok_and(|found| found == Path::new(target)) {
        return Ok(());
    }
    if let Some(folder) = link.parent() {
        private_folder(folder)?;
    }
    std::os::unix::fs::symlink(target, link).map_err(BackupFault::of(link))
}

/// Writes a file of a run. An interrupted call may have left a part of it.
fn restore_run_file(from: RegularFile, to: &Path, expected: &FileState, is_continued: bool) -> Result<(), BackupFault> {
    if is_continued && to.exists() {
        if state_of_file(to)? == *expected {
            return Ok(());
        }
        std::fs::remove_file(to).map_err(BackupFault::of(to))?;
    }
    from.copy_to(to, expected)
}

async fn restore_database(
    (from, expected): (RegularFile, &FileState),
    to: &Path,
    mandate: &Mandate,
    because: &str,
    now: Timestamp,
) -> Result<(), BackupFault> {
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
    if to.exists() {
        // An interrupted restore has finished this file. It is sealed again under its temporary name, so that no doubt is left.
        std::fs::rename(to, &unfinished).map_err(&failed)?;
    } else {
        from.copy_to(&unfinished, expected)?;
    }
    let catalogue = Catalogue::open(&format!("sqlite:{}", unfinished.display()), 2).await?;
    let sealed = catalogue.close_seal(mandate, because, now).await;
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
