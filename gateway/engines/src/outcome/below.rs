use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

use rustix::fs::{CWD, Mode, OFlags, openat};

/// Opens the file or folder `relative` below `root`. Each path segment is opened by itself, and symbolic links are never followed.
pub(super) fn open_below(root: &Path, relative: &Path) -> io::Result<File> {
    // NONBLOCK: if the file is a named pipe, opening it does not wait for a writer.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let mut at: OwnedFd = openat(CWD, root, flags | OFlags::DIRECTORY, Mode::empty())?;
    for component in relative.components() {
        let Component::Normal(segment) = component else {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        };
        at = openat(&at, segment, flags, Mode::empty())?;
    }
    Ok(File::from(at))
}
