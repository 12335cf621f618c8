//! Checks that the database file that the connections have open is still the file at its path.

use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::error::CatalogueError;

/// A database file, identified by its path, device and inode. If the file is deleted or replaced, the open connections still answer from the
/// old file. A withdrawal that another process writes into the new file would then never be seen.
#[derive(Debug)]
pub(crate) struct SqliteFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl SqliteFile {
    /// The identity of the file that is now at the path.
    pub(super) fn at(path: &Path) -> Result<Self, CatalogueError> {
        Ok(Self {
            path: path.to_owned(),
            identity: identity(path).ok_or(CatalogueError::Unavailable)?,
        })
    }

    /// The place of the file:
    ///
    /// * its number in its file system;
    /// * the time at which it was made, in nanoseconds, if the file system records it. The number alone is not enough: ext4 gives the number of a
    ///   deleted file to the next new file;
    /// * a random word in a file beside it, which no back-up contains. The file is made if it is absent. Number and time can repeat on another disk of
    ///   the same layout.
    ///
    /// # Errors
    /// [`CatalogueError::Unavailable`] if the file beside the database can be neither read nor made.
    pub(super) fn place(&self) -> Result<String, CatalogueError> {
        let word = self.word().map_err(|error| {
            tracing::error!(kind = ?error.kind(), "catalogue: the file FILE.home beside the database cannot be read or made");
            CatalogueError::Unavailable
        })?;
        let made = std::fs::metadata(&self.path).and_then(|file| file.created()).ok();
        let made = made.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        Ok(made.map_or_else(
            || format!("file:{}:{word}", self.identity.1),
            |at| format!("file:{}:{}:{word}", self.identity.1, at.as_nanos()),
        ))
    }

    /// The random word in the file `FILE.home`.
    fn word(&self) -> std::io::Result<String> {
        let path = PathBuf::from(format!("{}.home", self.path.display()));
        match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            // An empty file is the rest of an interrupted call.
            Ok(text) if text.trim().is_empty() => {}
            text => return Ok(text?.trim().to_owned()),
        }
        let word = format!("{:032x}", rand::random::<u128>());
        let temporary = PathBuf::from(format!("{}.{word}", path.display()));
        let mut file = std::fs::File::options().write(true).create_new(true).mode(0o600).open(&temporary)?;
        file.write_all(format!("{word}\n").as_bytes())
            .and_then(|()| file.sync_all())
            .and_then(|()| std::fs::rename(&temporary, &path))?;
        Ok(word)
    }

    /// Fails if another file or no file is now at the path.
    pub(crate) fn check(&self) -> Result<(), CatalogueError> {
        if identity(&self.path) == Some(self.identity) {
            return Ok(());
        }
        tracing::error!("catalogue: the database file was removed or replaced; restart the process");
        Err(CatalogueError::Unavailable)
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_file_that_is_deleted_and_copied_back_is_at_another_place_even_with_the_same_number() {
        let folder = tempfile::tempdir().unwrap();
        let (path, copy) = (folder.path().join("a.db"), folder.path().join("copy.db"));
        std::fs::write(&path, "x").unwrap();
        let before = SqliteFile::at(&path).unwrap().place().unwrap();
        assert_eq!(SqliteFile::at(&path).unwrap().place().unwrap(), before);
        std::fs::copy(&path, &copy).unwrap();
        std::fs::remove_file(&path).unwrap();
        std::fs::copy(&copy, &path).unwrap();
        if std::fs::metadata(&path).unwrap().created().is_err() {
            eprintln!("SKIPPED: the file system does not record when a file was made");
            return;
        }
        assert_ne!(SqliteFile::at(&path).unwrap().place().unwrap(), before);
    }

    #[test]
    fn a_file_without_its_word_or_with_another_word_is_at_another_place() {
        let folder = tempfile::tempdir().unwrap();
        let (path, home) = (folder.path().join("a.db"), folder.path().join("a.db.home"));
        std::fs::write(&path, "x").unwrap();
        let before = SqliteFile::at(&path).unwrap().place().unwrap();
        // Number and time are the same.
        std::fs::remove_file(&home).unwrap();
        let without = SqliteFile::at(&path).unwrap().place().unwrap();
        assert_ne!(without, before);
        assert_eq!(SqliteFile::at(&path).unwrap().place().unwrap(), without);
        assert_eq!(std::fs::metadata(&home).unwrap().mode() & 0o777, 0o600);
    }
}
