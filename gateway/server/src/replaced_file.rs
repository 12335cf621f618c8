//! Replaces a file atomically. The new file has the owner, the group and the mode of the old file, so that a command that root runs does not take the file
//! away from the gateway's user. If the path is a symbolic link, the link stays and its target is replaced.

use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io::{Result, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, chown, fchown};
use std::path::{Path, PathBuf};

/// The user and the group of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    user: u32,
    group: u32,
}

impl Owner {
    /// The owner of an existing file or folder.
    pub(crate) fn of(path: &Path) -> Result<Self> {
        Ok(Self::from(&std::fs::metadata(path)?))
    }

    /// Gives a new file or folder to this owner. A process without root's rights keeps the file, because it can give no file away.
    pub(crate) fn take(self, path: &Path) -> Result<()> {
        if rustix::process::geteuid().is_root() && Self::of(path)? != self {
            chown(path, Some(self.user), Some(self.group))?;
        }
        Ok(())
    }
}

impl From<&Metadata> for Owner {
    fn from(file: &Metadata) -> Self {
        Self {
            user: file.uid(),
            group: file.gid(),
        }
    }
}

/// Replaces the file at `path`. `is_unchanged` is called directly before the replacement; if it is false, nothing is replaced.
///
/// # Errors
/// The file does not exist, its folder cannot be written, or the new file cannot have the old owner. The file is then unchanged.
pub(crate) fn replace(path: &Path, bytes: &[u8], is_unchanged: impl FnOnce() -> Result<()>) -> Result<()> {
    let target = path.canonicalize()?;
    let temporary = target.with_extension(format!("new-{:016x}", rand::random::<u64>()));
    let replaced = written(&target, &temporary, bytes)
        .and_then(|()| is_unchanged())
        .and_then(|()| std::fs::rename(&temporary, &target));
    if replaced.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    replaced?;
    // The new name is on the disk only when the folder is.
    let folder = target.parent().map_or_else(|| PathBuf::from("/"), Path::to_owned);
    File::open(folder)?.sync_all()
}

fn written(target: &Path, temporary: &Path, bytes: &[u8]) -> Result<()> {
    let old = std::fs::metadata(target)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(temporary)?;
    file.write_all(bytes)?;
    if Owner::from(&file.metadata()?) != Owner::from(&old) {
        fchown(&file, Some(old.uid()), Some(old.gid()))?;
    }
    file.set_permissions(Permissions::from_mode(old.mode() & 0o7777))?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_replaced_file_keeps_its_mode_its_owner_and_the_link_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        std::fs::write(&real, "old").unwrap();
        std::fs::set_permissions(&real, Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("real", &link).unwrap();
        if rustix::process::geteuid().is_root() {
            chown(&real, Some(1234), Some(4321)).unwrap();
        }
        let owner = Owner::of(&real).unwrap();
        replace(&link, b"new", || Ok(())).unwrap();
        let file = std::fs::metadata(&real).unwrap();
        assert_eq!((std::fs::read(&real).unwrap(), file.mode() & 0o7777), (b"new".to_vec(), 0o640));
        assert!(Owner::from(&file) == owner);
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        assert!(replace(&link, b"third", || Err(std::io::ErrorKind::Other.into())).is_err());
        assert_eq!(std::fs::read(&link).unwrap(), b"new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
