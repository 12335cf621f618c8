//! Reads the bytes of a file by their offset, in large buffered reads.

use std::io::{ErrorKind, Read, Seek, SeekFrom};

use crate::error::FormatResult;

/// The number of bytes of one read; a few blocks fit into it.
const PIECE_BYTES: usize = 128 * 1024;

/// The bytes of a file around the offset that was read last.
pub(super) struct Input<R> {
    inner: R,
    /// The offset of the inner reader in the file; `None` if other code moved the inner reader.
    inner_at: Option<u64>,
    buffer: Vec<u8>,
    buffer_start: u64,
}

impl<R: Read + Seek> Input<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            inner_at: None,
            buffer: Vec::new(),
            buffer_start: 0,
        }
    }

    /// Returns the `count` bytes at the offset `place` of the file. Fewer bytes are returned only at the end of the file.
    pub(super) fn at(&mut self, place: u64, count: usize) -> FormatResult<&[u8]> {
        let buffer_end = self.buffer_start + self.buffer.len() as u64;
        if !(self.buffer_start..=buffer_end).contains(&place) {
            self.buffer.clear();
            self.buffer_start = place;
        }
        let skipped = (place - self.buffer_start) as usize;
        if self.buffer.len() - skipped < count {
            self.buffer.drain(..skipped);
            self.buffer_start = place;
            self.read_on(count)?;
        }
        let from = (place - self.buffer_start) as usize;
        let to = self.buffer.len().min(from + count);
        Ok(&self.buffer[from..to])
    }

    /// The inner reader. The caller may change its position.
    pub(super) fn inner_mut(&mut self) -> &mut R {
        self.inner_at = None;
        &mut self.inner
    }

    /// Reads from the file until the buffer has `count` bytes or the file ends.
    fn read_on(&mut self, count: usize) -> FormatResult<()> {
        let wanted = count.max(PIECE_BYTES);
        let mut filled = self.buffer.len();
        let mut at = self.buffer_start + filled as u64;
        if self.inner_at != Some(at) {
            self.inner.seek(SeekFrom::Start(at))?;
        }
        self.inner_at = None;
        self.buffer.resize(wanted.max(filled), 0);
        while filled < count {
            match self.inner.read(&mut self.buffer[filled..]) {
                Ok(0) => break,
                Ok(read) => {
                    filled += read;
                    at += read as u64;
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
            }
        }
        self.buffer.truncate(filled);
        self.inner_at = Some(at);
        Ok(())
    }
}
