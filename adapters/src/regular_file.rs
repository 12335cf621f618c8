//! Opens regular files only. Reading a pipe, a socket or a device can wait for ever, and its content cannot be read a second time.

use std::fs::{File, FileType, Metadata};
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

/// Opens a regular file for reading. A symbolic link to a regular file is followed.
///
/// # Errors
/// The file does not exist, cannot be opened, or is not a regular file. The text names what it is instead.
pub fn open_regular(path: &Path) -> io::Result<File> {
    // A pipe must be recognised before it is opened: the opening itself waits for a writer.
    check(&std::fs::metadata(path)?, false)?;
    let file = File::open(path)?;
    check(&file.metadata()?, false)?;
    Ok(file)
}

/// Checks that a path that the operator named is a regular file or a folder.
///
/// # Errors
/// Nothing is there, or a pipe, a socket or a device. The text names what it is.
pub fn check_input(path: &Path) -> io::Result<()> {
    check(&std::fs::metadata(path)?, true)
}

fn check(metadata: &Metadata, may_be_folder: bool) -> io::Result<()> {
    let kind = metadata.file_type();
    if kind.is_file() || (may_be_folder && kind.is_dir()) {
        return Ok(());
    }
    let wanted = if may_be_folder { "a file or a folder" } else { "a file" };
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("is {}; {wanted} is required", named(kind)),
    ))
}

fn named(kind: FileType) -> &'static str {
    if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_a_socket_a_device_and_a_folder_are_refused_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for (path, what) in [
            (pipe.as_path(), "a pipe"),
            (&socket, "a socket"),
            (Path::new("/dev/zero"), "a device"),
        ] {
            for refused in [open_regular(path).map(drop), check_input(path)] {
                assert!(refused.unwrap_err().to_string().starts_with(&format!("is {what};")), "{what}");
            }
        }
        assert!(open_regular(folder.path()).is_err() && check_input(folder.path()).is_ok());
        let file = folder.path().join("file");
        std::fs::write(&file, "x").unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert!(open_regular(&link).is_ok() && check_input(&link).is_ok());
        assert_eq!(
            open_regular(&folder.path().join("none")).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
    }
}
