//! A reader that returns an error, and not an end of file, after a fixed number of bytes.

use std::io::{self, Read};

/// A reader that returns at most `left` bytes. The attempt to read one byte more gives an error of kind [`io::ErrorKind::FileTooLarge`].
pub(super) struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Limited<R> {
    pub(super) fn new(inner: R, left: u64) -> Self {
        Self { inner, left }
    }

    /// The number of bytes that may still be read.
    pub(super) fn left(&self) -> u64 {
        self.left
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(count)
    }
}
