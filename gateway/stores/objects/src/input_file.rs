//! Files of the operator: only regular files are opened, and a reading of a whole file gives the digest of exactly the bytes that were read.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use sha2::{Digest as _, Sha256};

/// Opens a regular file for reading, and never waits for a writer. A symbolic link to a regular file is followed.
///
/// # Errors
/// The file cannot be opened, or it is a folder, a pipe, a socket or a device ([`io::ErrorKind::InvalidInput`]).
pub fn open_regular(path: &Path) -> io::Result<File> {
    // The opening of a device can have an effect, so the kind of the file is checked before.
    check(&std::fs::metadata(path)?)?;
    let mut options = OpenOptions::new();
    options.read(true);
    // The file can have become a pipe since.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, rustix::fs::OFlags::NONBLOCK.bits() as i32);
    let file = options.open(path)?;
    check(&file.metadata()?)?;
    Ok(file)
}

fn check(metadata: &Metadata) -> io::Result<()> {
    match metadata.is_file() {
        true => Ok(()),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "is not a regular file")),
    }
}

/// A regular file that is read from its beginning to its end. [`HashedFile::finish`] gives the digest of the bytes that the reader got, so a file that is
/// changed or replaced meanwhile cannot have the digest of another reading. A seek to the beginning starts the reading again.
#[derive(Debug)]
pub struct HashedFile<F = File> {
    file: F,
    at: u64,
    hash: Sha256,
    length: u64,
}

impl HashedFile {
    /// Opens a regular file.
    ///
    /// # Errors
    /// Those of [`open_regular`].
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = open_regular(path)?;
        let length = file.metadata()?.len();
        Ok(Self::new(file, length))
    }

    /// The length of the file when it was opened, in bytes.
    #[must_use]
    pub fn length_bytes(&self) -> u64 {
        self.length
    }
}

impl<F: Read> HashedFile<F> {
    fn new(file: F, length: u64) -> Self {
        Self {
            file,
            at: 0,
            hash: Sha256::new(),
            length,
        }
    }

    /// Reads the rest of the file. Returns the SHA-256 of all bytes of the last reading, in lower-case hex.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn finish(mut self) -> io::Result<String> {
        // A file that another process extends might never end. One byte more than the length is another digest already.
        let rest = self.length.saturating_sub(self.at).saturating_add(1);
        io::copy(&mut (&mut self).take(rest), &mut io::sink())?;
        Ok(hex::encode(self.hash.finalize()))
    }
}

impl<F: Read> Read for HashedFile<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.hash.update(&buffer[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl<F: Seek> Seek for HashedFile<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match to {
            SeekFrom::Start(0) => {
                self.file.rewind()?;
                (self.at, self.hash) = (0, Sha256::new());
                Ok(0)
            }
            SeekFrom::Current(0) => Ok(self.at),
            SeekFrom::Start(at) if at == self.at => Ok(at),
            // The digest would not be that of the bytes that the reader got.
            _ => Err(io::Error::new(io::ErrorKind::Unsupported, "the file is read in its order")),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The checksum of `abc`, as FIPS 180-2 prints it.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn the_digest_is_that_of_the_last_whole_reading() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "abc").unwrap();
        assert_eq!(HashedFile::open(&path).unwrap().finish().unwrap(), ABC);
        let mut file = HashedFile::open(&path).unwrap();
        file.read_exact(&mut [0; 2]).unwrap();
        file.rewind().unwrap();
        file.read_exact(&mut [0; 1]).unwrap();
        assert!(file.seek(SeekFrom::Start(2)).is_err() && file.seek(SeekFrom::End(0)).is_err());
        assert_eq!((file.stream_position().unwrap(), file.finish().unwrap()), (1, ABC.to_owned()));
        // The bytes that were read count, not those that are there later, and a longer file has another digest.
        let mut changed = HashedFile::open(&path).unwrap();
        changed.read_exact(&mut [0; 3]).unwrap();
        std::fs::write(&path, "xyz").unwrap();
        assert_eq!(changed.finish().unwrap(), ABC);
        let longer = HashedFile::new(io::repeat(b'a'), 3);
        assert_ne!(longer.finish().unwrap(), HashedFile::new(&b"aaa"[..], 3).finish().unwrap());
    }

    #[test]
    fn only_a_regular_file_is_opened_and_a_pipe_does_not_block() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        for path in [pipe.as_path(), folder.path(), Path::new("/dev/zero")] {
            assert_eq!(
                open_regular(path).unwrap_err().kind(),
                io::ErrorKind::InvalidInput,
                "{}",
                path.display()
            );
        }
    }
}
