use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Component, Path};

use rustix::fs::{CWD, Mode, OFlags, openat};

/// Opens `relative` below `root`, one segment at a time, through no symbolic link. It may be a file or a folder.
pub(super) fn open_below(root: &Path, relative: &Path) -> io::Result<File> {
    // Not waiting for the other end of a pipe, should one be there.
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
