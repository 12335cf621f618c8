//! One command at a time changes the installation's key. A command that is killed can leave a new file beside the key; the next one removes it.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::command_error::CommandError;

/// The number of hexadecimal digits at the end of the name of a new file.
const DIGITS: usize = 16;

/// The lock of a command that changes the key. The operating system ends it with the process.
pub(crate) struct KeyLock {
    /// Absent if the file system has no locks.
    folder: Option<File>,
    key: PathBuf,
}

impl Drop for KeyLock {
    /// Ends the lock also for a process that was started meanwhile. Such a process has a copy of the open folder until it runs its program, and closing
    /// the folder here would leave the lock to the copy.
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = folder.unlock();
        }
    }
}

impl KeyLock {
    /// Takes the lock of the folder of an existing key.
    ///
    /// # Errors
    /// Another command has the lock, or the folder cannot be opened.
    pub(crate) fn take(key: &Path) -> anyhow::Result<Self> {
        let key = real(key);
        let context = || format!("{}", key.display());
        let folder = File::open(key.parent().unwrap_or(Path::new("."))).with_context(context)?;
        let folder = match folder.try_lock() {
            Ok(()) => Some(folder),
            Err(TryLockError::WouldBlock) => {
                let file = key.display().to_string();
                return Err(CommandError::KeyChanges { file }.into());
            }
            Err(TryLockError::Error(_)) => None,
        };
        Ok(Self { folder, key })
    }

    /// Removes the new files that killed commands left, and returns them. Without a lock, such a file can belong to a running command, and is kept.
    pub(crate) fn remove_left_over(&self) -> anyhow::Result<Vec<PathBuf>> {
        if self.folder.is_none() {
            return Ok(Vec::new());
        }
        let found = left_over(&self.key);
        for file in &found {
            std::fs::remove_file(file).with_context(|| format!("{}", file.display()))?;
        }
        Ok(found)
    }
}

/// The new files beside a key, in order of name. They contain keys that no command uses.
pub(crate) fn left_over(key: &Path) -> Vec<PathBuf> {
    let key = real(key);
    let (Some(folder), Some(stem)) = (key.parent(), key.file_stem().and_then(std::ffi::OsStr::to_str)) else {
        return Vec::new();
    };
    let start = format!("{stem}.new-");
    let is_left = |name: &str| {
        name.strip_prefix(&start)
            .is_some_and(|rest| rest.len() == DIGITS && rest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let left =
        entries.filter(|entry| entry.file_name().to_str().is_some_and(is_left) && entry.file_type().is_ok_and(|kind| kind.is_file()));
    let mut left: Vec<PathBuf> = left.map(|entry| entry.path()).collect();
    left.sort();
    left
}

/// The file of the key, if its path is a link to it.
fn real(key: &Path) -> PathBuf {
    key.canonicalize().unwrap_or_else(|_| key.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_regular_files_with_the_name_of_a_new_key_are_removed_and_only_by_one_command() {
        let scratch = tempfile::tempdir().unwrap();
        let at = |name: &str| scratch.path().join(name);
        let kept = [
            "capability.key",
            "capability.new-0123456789abcde",
            "capability.new-0123456789abcdef0",
            "capability.new-0123456789ABCDEF",
            "capability.new-0123456789abcdeg",
            "other.new-0123456789abcdef",
            "capability.new-0123456789abcdef.bak",
        ];
        let left = ["capability.new-0123456789abcdef", "capability.new-fedcba9876543210"];
        for name in kept.iter().chain(&left) {
            std::fs::write(at(name), name).unwrap();
        }
        std::os::unix::fs::symlink("capability.key", at("capability.new-aaaaaaaaaaaaaaaa")).unwrap();
        std::fs::create_dir(at("capability.new-bbbbbbbbbbbbbbbb")).unwrap();
        std::fs::create_dir(at("linked")).unwrap();
        std::os::unix::fs::symlink("../capability.key", at("linked/own.key")).unwrap();

        let lock = KeyLock::take(&at("linked/own.key")).unwrap();
        let second = KeyLock::take(&at("capability.key")).err().unwrap();
        assert!(matches!(second.downcast_ref(), Some(CommandError::KeyChanges { .. })), "{second}");
        let removed = lock.remove_left_over().unwrap();
        let folder = scratch.path().canonicalize().unwrap();
        assert_eq!(removed, left.map(|name| folder.join(name)));
        assert_eq!(lock.remove_left_over().unwrap(), Vec::<PathBuf>::new());
        for name in kept {
            assert_eq!(std::fs::read_to_string(at(name)).unwrap(), name);
        }
        assert!(at("capability.new-aaaaaaaaaaaaaaaa").is_symlink() && at("capability.new-bbbbbbbbbbbbbbbb").is_dir());
        // A copy of the open folder, as a process has it that was started while the lock was held, does not keep the lock.
        let copy = lock.folder.as_ref().map(File::try_clone).transpose().unwrap();
        drop(lock);
        let _ = KeyLock::take(&at("capability.key")).unwrap();
        drop(copy);
    }
}
