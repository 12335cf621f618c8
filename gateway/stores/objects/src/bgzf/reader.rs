//! Reading BGZF, every block's size and checksum verified.

use std::io::{ErrorKind, Read, Seek, SeekFrom};

use flate2::{Decompress, FlushDecompress, Status};

use super::{END_MARKER, VirtualOffset, block_length};
use crate::format_error::{FormatError, FormatResult};

/// A reader over the uncompressed data.
pub(crate) struct BgzfReader<R> {
    inner: R,
    block_start: u64,
    next_block: u64,
    raw: Vec<u8>,
    data: Vec<u8>,
    at: usize,
    ended: bool,
    last_was_marker: bool,
}

impl<R: Read + Seek> BgzfReader<R> {
    /// Reads from the inner reader's beginning.
    pub(crate) fn new(inner: R) -> Self {
        Self {
            inner,
            block_start: 0,
            next_block: 0,
            raw: Vec::new(),
            data: Vec::new(),
            at: 0,
            ended: false,
            last_was_marker: false,
        }
    }

    /// The place of the next byte. At the end of a block it is the start of the next one, as htslib says it.
    pub(crate) fn virtual_offset(&self) -> VirtualOffset {
        if self.at < self.data.len() {
            VirtualOffset::new(self.block_start, self.at as u16)
        } else {
            VirtualOffset::new(self.next_block, 0)
        }
    }

    /// Whether the last block before the end of the file was the end-of-file marker.
    pub(crate) fn ended_with_marker(&self) -> bool {
        self.ended && self.last_was_marker
    }

    /// Where in the file the block of the last byte read begins.
    pub(crate) fn block_start(&self) -> u64 {
        self.block_start
    }

    /// Moves to a place.
    pub(crate) fn seek(&mut self, to: VirtualOffset) -> FormatResult<()> {
        if to.block() != self.block_start || self.data.is_empty() {
            self.inner.seek(SeekFrom::Start(to.block()))?;
            self.next_block = to.block();
            self.data.clear();
            self.at = 0;
            self.ended = false;
            if to.within() > 0 {
                self.fill()?;
            }
        }
        if to.within() > self.data.len() {
            return Err(FormatError::Truncated { at_byte: to.block() });
        }
        self.at = to.within();
        Ok(())
    }

    /// What is left of the current block, reading the next non-empty one where nothing is; empty at the end of the file.
    pub(crate) fn fill(&mut self) -> FormatResult<&[u8]> {
        while self.at >= self.data.len() && !self.ended {
            self.read_block()?;
        }
        Ok(&self.data[self.at.min(self.data.len())..])
    }

    /// Passes over bytes that [`BgzfReader::fill`] showed.
    pub(crate) fn consume(&mut self, count: usize) {
        self.at += count;
    }

    /// Fills the buffer; false at the end of the file before its first byte.
    pub(crate) fn read_exact_or_end(&mut self, buffer: &mut [u8]) -> FormatResult<bool> {
        let mut filled = 0;
        while filled < buffer.len() {
            let available = self.fill()?;
            if available.is_empty() {
                if filled == 0 {
                    return Ok(false);
                }
                return Err(FormatError::Truncated { at_byte: self.next_block });
            }
            let count = available.len().min(buffer.len() - filled);
            buffer[filled..filled + count].copy_from_slice(&available[..count]);
            self.consume(count);
            filled += count;
        }
        Ok(true)
    }

    /// Fills the buffer.
    pub(crate) fn read_exact(&mut self, buffer: &mut [u8]) -> FormatResult<()> {
        if buffer.is_empty() || self.read_exact_or_end(buffer)? {
            Ok(())
        } else {
            Err(FormatError::Truncated { at_byte: self.next_block })
        }
    }

    /// Reads `count` bytes, growing the buffer as they come so that a lying length costs nothing.
    pub(crate) fn read_into(&mut self, buffer: &mut Vec<u8>, count: usize) -> FormatResult<()> {
        buffer.clear();
        while buffer.len() < count {
            let available = self.fill()?;
            if available.is_empty() {
                return Err(FormatError::Truncated { at_byte: self.next_block });
            }
            let take = available.len().min(count - buffer.len());
            buffer.extend_from_slice(&available[..take]);
            self.consume(take);
        }
        Ok(())
    }

    /// Reads a line with its line feed into the emptied buffer; false at the end of the file. The last line may lack the line feed.
    pub(crate) fn read_line(&mut self, line: &mut Vec<u8>, most_bytes: usize) -> FormatResult<bool> {
        line.clear();
        loop {
            let available = self.fill()?;
            if available.is_empty() {
                return Ok(!line.is_empty());
            }
            let (count, done) = match available.iter().position(|b| *b == b'\n') {
                Some(end) => (end + 1, true),
                None => (available.len(), false),
            };
            line.extend_from_slice(&available[..count]);
            self.consume(count);
            if done {
                return Ok(true);
            }
            if line.len() > most_bytes {
                return Err(FormatError::Record("a line is too long"));
            }
        }
    }

    /// The rest of the current block, and the inner reader standing behind it, for copying blocks as they are.
    pub(crate) fn into_rest(self) -> FormatResult<(Vec<u8>, R)> {
        let mut inner = self.inner;
        inner.seek(SeekFrom::Start(self.next_block))?;
        Ok((self.data[self.at.min(self.data.len())..].to_vec(), inner))
    }

    fn read_block(&mut self) -> FormatResult<()> {
        let start = self.next_block;
        let truncated = FormatError::Truncated { at_byte: start };
        self.raw.resize(12, 0);
        match read_up_to(&mut self.inner, &mut self.raw)? {
            0 => {
                self.ended = true;
                self.block_start = start;
                self.data.clear();
                self.at = 0;
                return Ok(());
            }
            12 => {}
            _ => return Err(truncated),
        }
        if self.raw[..4] != [0x1f, 0x8b, 8, 4] {
            return Err(FormatError::NotBgzf { at_byte: start });
        }
        let header_length = 12 + usize::from(u16::from_le_bytes([self.raw[10], self.raw[11]]));
        self.raw.resize(header_length, 0);
        if read_up_to(&mut self.inner, &mut self.raw[12..])? != header_length - 12 {
            return Err(truncated);
        }
        let length = block_length(&self.raw).ok_or(FormatError::NotBgzf { at_byte: start })?;
        if length < header_length + 8 {
            return Err(FormatError::DamagedBlock { at_byte: start });
        }
        self.raw.resize(length, 0);
        if read_up_to(&mut self.inner, &mut self.raw[header_length..])? != length - header_length {
            return Err(truncated);
        }
        self.inflate(header_length, start)?;
        self.last_was_marker = self.raw == END_MARKER;
        self.block_start = start;
        self.next_block = start + length as u64;
        self.at = 0;
        Ok(())
    }

    fn inflate(&mut self, header_length: usize, start: u64) -> FormatResult<()> {
        let damaged = || FormatError::DamagedBlock { at_byte: start };
        let (body, trailer) = self.raw[header_length..].split_at(self.raw.len() - header_length - 8);
        let word = |at: usize| u32::from_le_bytes([trailer[at], trailer[at + 1], trailer[at + 2], trailer[at + 3]]);
        let (checksum, size) = (word(0), word(4) as usize);
        if size > 1 << 16 {
            return Err(damaged());
        }
        self.data.clear();
        self.data.resize(size, 0);
        let mut inflater = Decompress::new(false);
        let status = inflater
            .decompress(body, &mut self.data, FlushDecompress::Finish)
            .map_err(|_| damaged())?;
        // An empty stream needs one byte of room in some inflaters before they see its end.
        let ended = status == Status::StreamEnd || (size == 0 && inflater.total_out() == 0);
        if !ended || inflater.total_out() != size as u64 || crc32fast::hash(&self.data) != checksum {
            return Err(damaged());
        }
        Ok(())
    }
}

/// Reads until the buffer is full or the file ends; how many bytes came.
fn read_up_to(reader: &mut impl Read, buffer: &mut [u8]) -> FormatResult<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(filled)
}
