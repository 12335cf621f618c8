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

    /// The number of the file in its file system. A copy of the file has another number.
    pub(super) fn inode(&self) -> u64 {
        self.identity.1
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
