//! One block of a BGZF file.

use flate2::{Decompress, FlushDecompress, Status};

use super::{END_MARKER, block_length};
use crate::error::{FormatError, FormatResult};

/// A block in its compressed and in its uncompressed form.
#[derive(Default)]
pub struct Block {
    /// The offset of the block in the file, in bytes.
    pub start: u64,
    /// The compressed bytes of the block, as in the file.
    pub raw: Vec<u8>,
    /// The uncompressed data of the block.
    pub data: Vec<u8>,
}

impl Block {
    /// Whether the block is the end-of-file marker.
    pub(crate) fn is_end_marker(&self) -> bool {
        self.raw == END_MARKER
    }

    /// Decompresses `raw` into `data` and verifies the size and the checksum.
    pub(super) fn inflate(&mut self, inflater: &mut Decompress) -> FormatResult<()> {
        let damaged = || FormatError::DamagedBlock { at_byte: self.start };
        let header_length = header_length(&self.raw).ok_or_else(damaged)?;
        let (body, trailer) = self
            .raw
            .len()
            .checked_sub(8)
            .filter(|end| header_length <= *end)
            .map(|end| (&self.raw[header_length..end], &self.raw[end..]))
            .ok_or_else(damaged)?;
        let word = |at: usize| u32::from_le_bytes([trailer[at], trailer[at + 1], trailer[at + 2], trailer[at + 3]]);
        let (checksum, size) = (word(0), word(4) as usize);
        if size > 1 << 16 {
            return Err(damaged());
        }
        self.data.clear();
        self.data.resize(size, 0);
        inflater.reset(false);
        let status = inflater
            .decompress(body, &mut self.data, FlushDecompress::Finish)
            .map_err(|_| FormatError::DamagedBlock { at_byte: self.start })?;
        // Some inflaters need one byte of output space before they detect the end of an empty stream.
        let ended = status == Status::StreamEnd || (size == 0 && inflater.total_out() == 0);
        if !ended || inflater.total_out() != size as u64 || crc32fast::hash(&self.data) != checksum {
            return Err(FormatError::DamagedBlock { at_byte: self.start });
        }
        Ok(())
    }
}

/// The length of a BGZF block's header, in bytes; `None` if `raw` has fewer than 12 bytes.
pub(super) fn header_length(raw: &[u8]) -> Option<usize> {
    let extra_length = raw.get(10..12)?;
    Some(12 + usize::from(u16::from_le_bytes([extra_length[0], extra_length[1]])))
}

/// The length of the block that begins with `header`, in bytes. `header` must contain the whole header.
pub(super) fn length(header: &[u8], start: u64) -> FormatResult<usize> {
    let length = block_length(header).ok_or(FormatError::NotBgzf { at_byte: start })?;
    if length < header.len() + 8 {
        return Err(FormatError::DamagedBlock { at_byte: start });
    }
    Ok(length)
}
