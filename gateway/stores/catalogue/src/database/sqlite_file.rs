//! Checks that the database file that the connections have open is still the file at its path.

use std::os::unix::fs::MetadataExt as _;
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

    /// The place of the file: its number in its file system, and the time at which it was made, in nanoseconds, if the file system records it. The
    /// number alone is not enough: ext4 gives the number of a deleted file to the next new file.
    pub(super) fn place(&self) -> String {
        let made = std::fs::metadata(&self.path).and_then(|file| file.created()).ok();
        let made = made.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        made.map_or_else(
            || format!("file:{}", self.identity.1),
            |at| format!("file:{}:{}", self.identity.1, at.as_nanos()),
        )
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
        let before = SqliteFile::at(&path).unwrap().place();
        assert_eq!(SqliteFile::at(&path).unwrap().place(), before);
        std::fs::copy(&path, &copy).unwrap();
        std::fs::remove_file(&path).unwrap();
        std::fs::copy(&copy, &path).unwrap();
        if std::fs::metadata(&path).unwrap().created().is_err() {
            eprintln!("SKIPPED: the file system does not record when a file was made");
            return;
        }
        assert_ne!(SqliteFile::at(&path).unwrap().place(), before);
    }
}
