//! Whether the file behind open connections is still the one under its path.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::error::CatalogueError;

/// A database file, by path and identity. Connections keep a file that was deleted or replaced, and would go on answering from it: a
/// withdrawal that another process writes into the new file would never be seen.
#[derive(Debug)]
pub(crate) struct SqliteFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl SqliteFile {
    /// The file that is there now.
    pub(super) fn at(path: &Path) -> Result<Self, CatalogueError> {
        Ok(Self {
            path: path.to_owned(),
            identity: identity(path).ok_or(CatalogueError::Unavailable)?,
        })
    }

    /// Refuses when another file, or none, is under the path now.
    pub(crate) fn check(&self) -> Result<(), CatalogueError> {
        if identity(&self.path) == Some(self.identity) {
            return Ok(());
        }
        tracing::error!("catalogue: the database file was removed or replaced; the process must be started anew");
        Err(CatalogueError::Unavailable)
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}
