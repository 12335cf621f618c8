//! Reads BGZF and verifies the size and the checksum of every block.

use std::io::{Read, Seek, SeekFrom};

use flate2::Decompress;

use super::block::{Block, header_length, length};
use super::input::Input;
use super::{END_MARKER, VirtualOffset};
use crate::error::{FormatError, FormatResult};

/// A reader over the uncompressed data of a BGZF file.
pub struct BgzfReader<R> {
    input: Input<R>,
    inflater: Decompress,
    block: Block,
    next_block: u64,
    at: usize,
    ended: bool,
    last_was_marker: bool,
    /// The blocks that contain the last record, except the current block. Empty if the last record is in one block.
    held: Vec<Block>,
    /// The offset of the last record in the uncompressed data of its first block.
    record_start: usize,
    /// The bytes of the last record, if it spans several blocks.
    gathered: Vec<u8>,
}

/// Finds the length of a record in a stream of uncompressed bytes.
pub trait RecordLength {
    /// The length in bytes of the record at the start of `bytes`; `None` if more bytes are needed to find the length. An earlier call already
    /// received the first `searched` bytes. `ended` means that the file ends after these bytes.
    fn record_length(&self, bytes: &[u8], searched: usize, ended: bool) -> FormatResult<Option<usize>>;
}

impl<R: Read + Seek> BgzfReader<R> {
    /// Makes a reader that starts at the beginning of `inner`.
    pub fn new(inner: R) -> Self {
        Self {
            input: Input::new(inner),
            inflater: Decompress::new(false),
            block: Block::default(),
            next_block: 0,
            at: 0,
            ended: false,
            last_was_marker: false,
            held: Vec::new(),
            record_start: 0,
            gathered: Vec::new(),
        }
    }

    /// The virtual offset of the next byte. At the end of a block, this is the start of the next block, as in htslib.
    pub fn virtual_offset(&self) -> VirtualOffset {
        if self.at < self.block.data.len() {
            VirtualOffset::new(self.block.start, self.at as u16)
        } else {
            VirtualOffset::new(self.next_block, 0)
        }
    }

    /// Whether the last block before the end of the file was the end-of-file marker.
    pub fn ended_with_marker(&self) -> bool {
        self.ended && self.last_was_marker
    }

    /// The offset in the file of the block that contains the last byte that was read.
    pub fn block_start(&self) -> u64 {
        self.block.start
    }

    /// The block that contains the last byte that was read.
    pub fn block(&self) -> &Block {
        &self.block
    }

    /// The number of bytes of the current block that were read.
    pub fn within(&self) -> usize {
        self.at
    }

    /// The blocks of the last record, except the current block.
    pub fn held(&self) -> &[Block] {
        &self.held
    }

    /// The offset of the last record in the first block of [`BgzfReader::held`], or in the current block if `held` is empty.
    pub fn record_start(&self) -> usize {
        self.record_start
    }

    /// The inner reader, for copying compressed blocks unchanged. Its use does not change the position of this reader.
    pub fn inner_mut(&mut self) -> &mut R {
        self.input.inner_mut()
    }

    /// Moves the reader to a virtual offset.
    ///
    /// # Errors
    /// [`FormatError::Truncated`] if the virtual offset is after the end of its block's data, or the errors of [`BgzfReader::fill`].
    pub fn seek(&mut self, to: VirtualOffset) -> FormatResult<()> {
        if to.block() != self.block.start || self.block.data.is_empty() {
            self.next_block = to.block();
            self.block.start = to.block();
            self.block.raw.clear();
            self.block.data.clear();
            self.at = 0;
            self.ended = false;
            if to.within() > 0 {
                self.fill()?;
            }
        }
        if to.within() > self.block.data.len() {
            return Err(FormatError::Truncated { at_byte: to.block() });
        }
        self.at = to.within();
        self.held.clear();
        Ok(())
    }

    /// Returns the unread part of the current block. If this part is empty, the reader first reads the next block that has data. The result is
    /// empty only at the end of the file.
    ///
    /// # Errors
    /// [`FormatError::Io`], [`FormatError::NotBgzf`], [`FormatError::DamagedBlock`], or [`FormatError::Truncated`] if the file ends inside
    /// a block.
    pub fn fill(&mut self) -> FormatResult<&[u8]> {
        while self.at >= self.block.data.len() && !self.ended {
            self.read_block()?;
        }
        Ok(&self.block.data[self.at.min(self.block.data.len())..])
    }

    /// Marks bytes that [`BgzfReader::fill`] returned as read.
    pub fn consume(&mut self, count: usize) {
        self.at += count;
    }

    /// Reads the next record; `None` at the end of the file. A record that is in one block is not copied. The blocks of the record are
    /// available until the next call.
    ///
    /// # Errors
    /// [`FormatError::Truncated`] if the file ends inside the record, an error of `lengths`, or the errors of [`BgzfReader::fill`].
    pub fn record(&mut self, lengths: &impl RecordLength) -> FormatResult<Option<&[u8]>> {
        self.held.clear();
        self.fill()?;
        self.record_start = self.at;
        let available = &self.block.data[self.at.min(self.block.data.len())..];
        if available.is_empty() {
            return Ok(None);
        }
        if let Some(length) = lengths.record_length(available, 0, false)?
            && length <= available.len()
        {
            self.at += length;
            return Ok(Some(&self.block.data[self.record_start..self.at]));
        }
        self.gathered.clear();
        self.gathered.extend_from_slice(available);
        let mut searched = 0;
        loop {
            if let Some(length) = lengths.record_length(&self.gathered, searched, self.ended)?
                && length <= self.gathered.len()
            {
                // The bytes of the current block after the record's end stay unread.
                self.at = self.block.data.len() - (self.gathered.len() - length);
                self.gathered.truncate(length);
                return Ok(Some(&self.gathered));
            }
            if self.ended {
                return Err(FormatError::Truncated { at_byte: self.next_block });
            }
            searched = self.gathered.len();
            let block = std::mem::take(&mut self.block);
            self.held.push(block);
            self.read_block()?;
            self.gathered.extend_from_slice(&self.block.data);
        }
    }

    /// Reads bytes until `buffer` is full. Returns false if the file ends before the first byte.
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

    /// Reads bytes until `buffer` is full.
    ///
    /// # Errors
    /// [`FormatError::Truncated`] if the file ends before the buffer is full, or the errors of [`BgzfReader::fill`].
    pub fn read_exact(&mut self, buffer: &mut [u8]) -> FormatResult<()> {
        if buffer.is_empty() || self.read_exact_or_end(buffer)? {
            Ok(())
        } else {
            Err(FormatError::Truncated { at_byte: self.next_block })
        }
    }

    /// Appends the next `count` bytes to the buffer. The buffer grows with the bytes that arrive, so a false length does not reserve memory.
    pub(crate) fn read_more(&mut self, buffer: &mut Vec<u8>, count: usize) -> FormatResult<()> {
        let mut left = count;
        while left > 0 {
            let available = self.fill()?;
            if available.is_empty() {
                return Err(FormatError::Truncated { at_byte: self.next_block });
            }
            let take = available.len().min(left);
            buffer.extend_from_slice(&available[..take]);
            self.consume(take);
            left -= take;
        }
        Ok(())
    }

    /// Reads a line with its line feed into the buffer, which is emptied first. Returns false at the end of the file. The last line may
    /// lack the line feed.
    ///
    /// # Errors
    /// [`FormatError::Record`] for a line of more than `most_bytes` bytes, or the errors of [`BgzfReader::fill`]. The length is checked after
    /// each block, so a line that is longer by less than one block can be accepted.
    pub fn read_line(&mut self, line: &mut Vec<u8>, most_bytes: usize) -> FormatResult<bool> {
        line.clear();
        loop {
            let available = self.fill()?;
            if available.is_empty() {
                return Ok(!line.is_empty());
            }
            let (count, done) = match memchr::memchr(b'\n', available) {
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

    /// The offset of the end-of-file marker in the file. The marker must be at the end of the file.
    ///
    /// # Errors
    /// [`FormatError::Truncated`] if the file does not end with the marker, or [`FormatError::Io`].
    pub fn end_marker(&mut self) -> FormatResult<u64> {
        let size = self.input.inner_mut().seek(SeekFrom::End(0))?;
        let truncated = FormatError::Truncated { at_byte: size };
        let Some(start) = size.checked_sub(END_MARKER.len() as u64) else {
            return Err(truncated);
        };
        if self.input.at(start, END_MARKER.len())? == END_MARKER {
            Ok(start)
        } else {
            Err(truncated)
        }
    }

    /// The offset in the file of the block after the current block.
    pub fn next_block(&self) -> u64 {
        self.next_block
    }

    fn read_block(&mut self) -> FormatResult<()> {
        let start = self.next_block;
        let truncated = FormatError::Truncated { at_byte: start };
        self.at = 0;
        self.block.start = start;
        self.block.raw.clear();
        self.block.data.clear();
        let header = self.input.at(start, 18)?;
        if header.is_empty() {
            self.ended = true;
            return Ok(());
        }
        if header.len() < 12 {
            return Err(truncated);
        }
        if header[..4] != END_MARKER[..4] {
            return Err(FormatError::NotBgzf { at_byte: start });
        }
        let header_length = header_length(header).unwrap_or(12);
        let header = self.input.at(start, header_length)?;
        if header.len() < header_length {
            return Err(truncated);
        }
        let length = length(header, start)?;
        let raw = self.input.at(start, length)?;
        if raw.len() < length {
            return Err(truncated);
        }
        self.block.raw.extend_from_slice(raw);
        self.block.inflate(&mut self.inflater)?;
        self.last_was_marker = self.block.is_end_marker();
        self.next_block = start + length as u64;
        Ok(())
    }
}
