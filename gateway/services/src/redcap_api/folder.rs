//! The private folder of one pull. It is removed at the end of the pull. The folder of a pull that was killed is removed by the next pull.

use std::fs::File;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

/// The beginning of the names of the folders.
const PREFIX: &str = "gemj-gateway-pull-";

/// A private folder. It is removed with the value.
pub(super) struct PullFolder {
    path: PathBuf,
    /// The lock shows other pulls that the folder is in use. It ends with the process.
    _lock: File,
}

impl PullFolder {
    /// Makes a folder in `parent`, and removes the folders of pulls that were killed.
    pub(super) fn create(parent: &Path) -> io::Result<Self> {
        remove_left_over(parent);
        let path = parent.join(format!("{PREFIX}{:032x}", rand::random::<u128>()));
        // An existing name is an error, so that nobody else can have prepared the folder.
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        let lock = File::open(&path)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        // Another pull can have removed the folder before it was locked.
        if std::fs::metadata(&path)?.ino() != lock.metadata()?.ino() {
            return Err(io::Error::from(io::ErrorKind::NotFound));
        }
        Ok(Self { path, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for PullFolder {
    fn drop(&mut self) {
        if std::fs::remove_dir_all(&self.path).is_err() {
            tracing::error!("the temporary folder of the pull could not be removed; the next pull removes it");
        }
    }
}

fn remove_left_over(parent: &Path) {
    let own = rustix::process::geteuid().as_raw();
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        let is_named = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        // The metadata are those of the entry itself: a link is not followed.
        let is_own = entry.metadata().is_ok_and(|metadata| metadata.is_dir() && metadata.uid() == own);
        if !is_named || !is_own {
            continue;
        }
        if let Ok(folder) = File::open(entry.path())
            && flock(&folder, FlockOperation::NonBlockingLockExclusive).is_ok()
        {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_in_use_stays_and_the_folder_of_a_killed_pull_is_removed() {
        let parent = tempfile::tempdir().unwrap();
        let in_use = PullFolder::create(parent.path()).unwrap();
        let left = parent.path().join(format!("{PREFIX}left"));
        std::fs::create_dir(&left).unwrap();
        std::fs::write(left.join("records.json"), "[]").unwrap();
        let other = PullFolder::create(parent.path()).unwrap();
        assert!(in_use.path().is_dir() && other.path().is_dir() && !left.exists());
        let mode = std::fs::metadata(in_use.path()).unwrap().mode();
        assert_eq!(mode & 0o777, 0o700);
        let path = in_use.path().to_owned();
        drop(in_use);
        assert!(!path.exists());
    }
}
