//! Reads the core block of a slice bit by bit, the highest bit of each byte first.

use crate::error::{FormatError, FormatResult};

/// A position in the core block, and the bytes of the block.
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    at_bit: usize,
}

impl<'a> BitReader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at_bit: 0 }
    }

    pub(crate) fn bit(&mut self) -> FormatResult<u32> {
        let byte = self
            .bytes
            .get(self.at_bit / 8)
            .ok_or(FormatError::Record("the core block is cut off"))?;
        let bit = byte >> (7 - self.at_bit % 8) & 1;
        self.at_bit += 1;
        Ok(u32::from(bit))
    }

    /// The next `count` bits as a number; `count` is at most 32.
    pub(crate) fn bits(&mut self, count: u32) -> FormatResult<u32> {
        if count > 32 {
            return Err(FormatError::Record("a code of more than 32 bits"));
        }
        let mut value = 0;
        for _ in 0..count {
            value = value << 1 | self.bit()?;
        }
        Ok(value)
    }

    /// Counts the bits with the value `of` before the next bit of the other value. The other bit is consumed too.
    pub(crate) fn run(&mut self, of: u32) -> FormatResult<u32> {
        let mut count = 0;
        while self.bit()? == of {
            count += 1;
            if count > 64 {
                return Err(FormatError::Record("a code of more than 64 bits"));
            }
        }
        Ok(count)
    }
}
