//! The file that marks an unfinished restore. It is written first and removed last. While it exists, no command opens the database, and only `restore`
//! with the same back-up continues.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use gemj_catalogue::restore_marker;

use super::check::Opened;
use super::create::private_folder;
use super::fault::BackupFault;

/// A restore that has begun. Its file is locked, so that two processes do not restore at the same time.
#[derive(Debug)]
pub struct Unfinished {
    path: PathBuf,
    _lock: std::fs::File,
    /// Whether an earlier call has begun this restore.
    pub is_continued: bool,
}

impl Unfinished {
    /// Finds the restore that was interrupted in the installation with this database. Absent if there is none.
    ///
    /// # Errors
    /// [`BackupFault::OtherRestore`] if another back-up was being restored; [`BackupFault::RestoreRuns`]; or an error of the disk.
    pub fn find(database: &Path, backup: &Opened) -> Result<Option<Self>, BackupFault> {
        let path = restore_marker(database);
        let failed = BackupFault::of(&path);
        let mut lock = match std::fs::File::open(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            found => found.map_err(&failed)?,
        };
        if lock.try_lock().is_err() {
            return Err(BackupFault::RestoreRuns(path));
        }
        let mut text = String::new();
        lock.read_to_string(&mut text).map_err(&failed)?;
        if text.trim_end() != backup.id() {
            return Err(BackupFault::OtherRestore(path));
        }
        Ok(Some(Self {
            path,
            _lock: lock,
            is_continued: true,
        }))
    }

    /// Begins a restore. The caller has checked that the places are empty.
    ///
    /// # Errors
    /// The file cannot be written, or another process has begun a restore.
    pub fn begin(database: &Path, backup: &Opened) -> Result<Self, BackupFault> {
        let path = restore_marker(database);
        let failed = BackupFault::of(&path);
        if let Some(folder) = database.parent() {
            private_folder(folder)?;
        }
        // The name appears with its whole content.
        let temporary = PathBuf::from(format!("{}.{:016x}", path.display(), rand::random::<u64>()));
        super::create::write_new(&temporary, format!("{}\n", backup.id()).as_bytes())?;
        let linked = std::fs::hard_link(&temporary, &path);
        std::fs::remove_file(&temporary).map_err(&failed)?;
        linked.map_err(&failed)?;
        sync_folder(&path)?;
        let begun = Self::find(database, backup)?.ok_or_else(|| BackupFault::Missing(path))?;
        Ok(Self {
            is_continued: false,
            ..begun
        })
    }

    /// Removes the mark, because the restore is complete.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub fn end(self) -> Result<(), BackupFault> {
        std::fs::remove_file(&self.path).map_err(BackupFault::of(&self.path))?;
        sync_folder(&self.path)
    }
}

fn sync_folder(path: &Path) -> Result<(), BackupFault> {
    let Some(folder) = path.parent() else { return Ok(()) };
    let synced = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(BackupFault::of(folder))
}
