//! Reads the folder of a back-up. The folder comes from other storage, so its entries are not trusted: only regular files in real folders are read, and never
//! more bytes than expected. A symbolic link could name a file outside the folder. Opening a named pipe would wait for a writer, and a device has no end.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Write};
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, fstat, openat, statat};
use sha2::{Digest as _, Sha256};

use super::create::{new_file, private_folder};
use super::fault::BackupFault;
use super::manifest::FileState;

/// The number of bytes that are read in one step.
const STEP_BYTES: usize = 1024 * 1024;

/// An open folder. All files are opened below this folder, even if its path names another folder meanwhile.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    root: OwnedFd,
}

/// An open regular file of a back-up.
#[derive(Debug)]
pub(super) struct RegularFile {
    path: PathBuf,
    file: File,
    size_bytes: u64,
}

impl Folder {
    /// Opens a folder. The path itself can be a symbolic link, because the operator names it.
    ///
    /// # Errors
    /// The folder does not exist, is not a folder, or cannot be opened.
    pub(super) fn open(path: &Path) -> std::io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY;
        Ok(Self {
            path: path.to_owned(),
            root: openat(CWD, path, flags, Mode::empty())?,
        })
    }

    /// The path of the folder.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a regular file of the folder, by its path below the folder. No symbolic link on this path is followed.
    ///
    /// # Errors
    /// * [`BackupFault::Missing`] if the file does not exist.
    /// * [`BackupFault::NotRegular`] with the part of the path that is neither a folder nor a regular file.
    /// * [`BackupFault::File`] if the file cannot be opened, or the name could leave the folder.
    pub(super) fn file(&self, name: &str) -> Result<RegularFile, BackupFault> {
        let mut path = self.path.clone();
        let mut segments = Path::new(name).components().peekable();
        let mut above: Option<OwnedFd> = None;
        while let Some(segment) = segments.next() {
            let Component::Normal(segment) = segment else { break };
            path.push(segment);
            let is_last = segments.peek().is_none();
            let (kind, directory) = if is_last {
                (FileType::RegularFile, OFlags::empty())
            } else {
                (FileType::Directory, OFlags::DIRECTORY)
            };
            let failed = |error: rustix::io::Errno| match std::io::Error::from(error) {
                error if error.kind() == ErrorKind::NotFound => BackupFault::Missing(path.clone()),
                error => BackupFault::of(&path)(error),
            };
            let at = above.as_ref().unwrap_or(&self.root);
            // Opening some devices has an effect, so the kind is checked before. It is checked again afterwards, because the entry can be replaced.
            let found = statat(at, segment, AtFlags::SYMLINK_NOFOLLOW).map_err(failed)?;
            if FileType::from_raw_mode(found.st_mode) != kind {
                return Err(BackupFault::NotRegular(path));
            }
            // NONBLOCK: if the entry has become a named pipe, opening it does not wait for a writer.
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | directory;
            let opened = openat(at, segment, flags, Mode::empty()).map_err(failed)?;
            let found = fstat(&opened).map_err(failed)?;
            if FileType::from_raw_mode(found.st_mode) != kind {
                return Err(BackupFault::NotRegular(path));
            }
            if is_last {
                return Ok(RegularFile {
                    path,
                    file: File::from(opened),
                    size_bytes: u64::try_from(found.st_size).unwrap_or(0),
                });
            }
            above = Some(opened);
        }
        Err(BackupFault::of(&path)(ErrorKind::InvalidInput.into()))
    }
}

impl RegularFile {
    /// The path of the file, for messages.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Fails with [`BackupFault::Damaged`] if the file has another size. Nothing is read.
    pub(super) fn require_size(&self, expected: &FileState) -> Result<(), BackupFault> {
        if self.size_bytes == expected.size_bytes {
            Ok(())
        } else {
            Err(BackupFault::Damaged(self.path.clone()))
        }
    }

    /// The open file, to be read from its beginning.
    pub(super) fn into_file(self) -> File {
        self.file
    }

    /// The content of a small file.
    ///
    /// # Errors
    /// [`BackupFault::TooLarge`] if the file has more bytes than the limit, or [`BackupFault::File`].
    pub(super) fn content(mut self, most_bytes: u64) -> Result<Vec<u8>, BackupFault> {
        let mut content = Vec::new();
        let is_larger = self.size_bytes > most_bytes;
        if !is_larger {
            let read = (&mut self.file).take(self.size_bytes + 1).read_to_end(&mut content);
            read.map_err(BackupFault::of(&self.path))?;
        }
        if is_larger || content.len() as u64 > self.size_bytes {
            return Err(BackupFault::TooLarge {
                path: self.path,
                most_bytes: self.size_bytes.min(most_bytes),
            });
        }
        Ok(content)
    }

    /// Verifies the size and the checksum of the file.
    ///
    /// # Errors
    /// [`BackupFault::Damaged`] or [`BackupFault::File`].
    pub(super) fn verify(self, expected: &FileState) -> Result<(), BackupFault> {
        let path = self.path.clone();
        self.pass_to(&mut std::io::sink(), &path, expected)
    }

    /// Copies the file to a new file that only the owner can read, verifies the copied bytes, and syncs them. Missing folders are created.
    ///
    /// # Errors
    /// [`BackupFault::Damaged`], or [`BackupFault::File`] with the file that cannot be read or written.
    pub(super) fn copy_to(self, to: &Path, expected: &FileState) -> Result<(), BackupFault> {
        if let Some(above) = to.parent() {
            private_folder(above)?;
        }
        let mut file = new_file(to)?;
        self.pass_to(&mut file, to, expected)?;
        file.sync_all().map_err(BackupFault::of(to))
    }

    /// Copies the file to a new file, and returns the size and the checksum of the copied bytes. The file may grow meanwhile; the copy ends at the size that
    /// the file had when it was opened.
    pub(super) fn copy_as_opened(mut self, to: &Path) -> Result<FileState, BackupFault> {
        if let Some(above) = to.parent() {
            private_folder(above)?;
        }
        let mut file = new_file(to)?;
        let most = self.size_bytes;
        let copied = self.read_most(most, &mut file, to)?;
        file.sync_all().map_err(BackupFault::of(to))?;
        Ok(copied)
    }

    fn pass_to(mut self, to: &mut impl Write, to_path: &Path, expected: &FileState) -> Result<(), BackupFault> {
        self.require_size(expected)?;
        // One byte more shows that the file grew after it was opened.
        let read = self.read_most(expected.size_bytes + 1, to, to_path)?;
        if read == *expected {
            Ok(())
        } else {
            Err(BackupFault::Damaged(self.path))
        }
    }

    fn read_most(&mut self, most_bytes: u64, to: &mut impl Write, to_path: &Path) -> Result<FileState, BackupFault> {
        let (mut hash, mut size_bytes) = (Sha256::new(), 0);
        let mut source = (&mut self.file).take(most_bytes);
        let mut step = vec![0; STEP_BYTES];
        loop {
            let count = match source.read(&mut step) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                count => count.map_err(BackupFault::of(&self.path))?,
            };
            if count == 0 {
                break;
            }
            hash.update(&step[..count]);
            size_bytes += count as u64;
            to.write_all(&step[..count]).map_err(BackupFault::of(to_path))?;
        }
        Ok(FileState {
            size_bytes,
            sha256: hex::encode(hash.finalize()),
        })
    }
}

#[cfg(test)]
mod tests;
