//! Writes and reads LEB128 integers. A cursor reads bytes that are not trusted and checks every read.

use super::{SegmentError, malformed};

/// Appends an integer in LEB128.
pub(crate) fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The number of bytes that [`put`] writes for this integer.
pub(crate) fn size(value: u64) -> usize {
    (70 - (value | 1).leading_zeros() as usize) / 7
}

/// Appends a text, preceded by its length in bytes.
pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    put(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Reads bytes from front to back. Every read checks that enough bytes are left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    part: &'static str,
}

impl<'a> Cursor<'a> {
    /// Makes a cursor at the first byte. `part` is the name of the bytes in error messages.
    pub(crate) fn new(bytes: &'a [u8], part: &'static str) -> Self {
        Self { bytes, at: 0, part }
    }

    /// Makes a cursor at the offset `at` of a larger buffer.
    pub(crate) fn at(bytes: &'a [u8], at: usize, part: &'static str) -> Self {
        Self { bytes, at, part }
    }

    pub(crate) fn position(&self) -> usize {
        self.at
    }

    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    fn truncated(&self) -> SegmentError {
        SegmentError::Truncated { part: self.part }
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8, SegmentError> {
        let byte = *self.bytes.get(self.at).ok_or_else(|| self.truncated())?;
        self.at += 1;
        Ok(byte)
    }

    #[inline(always)]
    pub(crate) fn varint(&mut self) -> Result<u64, SegmentError> {
        match self.bytes.get(self.at) {
            Some(&byte) if byte < 0x80 => {
                self.at += 1;
                Ok(u64::from(byte))
            }
            // Gaps of two bytes between carriers are as frequent as gaps of one byte, so they are also decoded without a loop.
            Some(&low) => match self.bytes.get(self.at + 1) {
                Some(&high) if high < 0x80 => {
                    self.at += 2;
                    Ok(u64::from(low & 0x7f) | u64::from(high) << 7)
                }
                _ => self.long_varint(),
            },
            None => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, SegmentError> {
        let mut value = 0;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(malformed("an integer is longer than 64 bits"));
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
            shift += 7;
            if shift > 63 {
                return Err(malformed("an integer is longer than 64 bits"));
            }
        }
    }

    /// Reads a varint that must fit into 32 bits.
    #[inline]
    pub(crate) fn varint_u32(&mut self) -> Result<u32, SegmentError> {
        u32::try_from(self.varint()?).map_err(|_| malformed("an integer is longer than 32 bits"))
    }

    /// Reads a varint that is a length. At least this number of bytes must still follow.
    #[inline]
    pub(crate) fn length(&mut self) -> Result<usize, SegmentError> {
        let length = usize::try_from(self.varint()?).map_err(|_| self.truncated())?;
        if length > self.remaining() {
            return Err(self.truncated());
        }
        Ok(length)
    }

    #[inline]
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], SegmentError> {
        let end = self.at.checked_add(count).ok_or_else(|| self.truncated())?;
        let slice = self.bytes.get(self.at..end).ok_or_else(|| self.truncated())?;
        self.at = end;
        Ok(slice)
    }

    /// Returns the next eight bytes as a little-endian number without moving. Absent if fewer bytes are left.
    #[inline]
    pub(crate) fn peek_eight(&self) -> Option<u64> {
        self.bytes.get(self.at..)?.first_chunk().map(|eight| u64::from_le_bytes(*eight))
    }

    /// Skips the eight bytes that [`Cursor::peek_eight`] returned.
    #[inline]
    pub(crate) fn pass_eight(&mut self) {
        self.at += 8;
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, SegmentError> {
        let length = self.length()?;
        std::str::from_utf8(self.take(length)?).map_err(|_| malformed("a text is not UTF-8"))
    }

    pub(crate) fn u32_le(&mut self) -> Result<u32, SegmentError> {
        let mut word = [0; 4];
        word.copy_from_slice(self.take(4)?);
        Ok(u32::from_le_bytes(word))
    }

    pub(crate) fn u64_le(&mut self) -> Result<u64, SegmentError> {
        let mut word = [0; 8];
        word.copy_from_slice(self.take(8)?);
        Ok(u64::from_le_bytes(word))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_integer_is_read_as_written_and_takes_the_computed_size(value: u64, shift in 0u32..64) {
            let value = value >> shift;
            let mut bytes = Vec::new();
            put(&mut bytes, value);
            prop_assert_eq!(bytes.len(), size(value));
            let mut cursor = Cursor::new(&bytes, "test");
            prop_assert_eq!(cursor.varint().unwrap(), value);
            prop_assert_eq!(cursor.remaining(), 0);
        }

        #[test]
        fn random_bytes_are_read_as_integers_or_rejected_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..20)) {
            let mut cursor = Cursor::new(&bytes, "test");
            while cursor.varint().is_ok() {}
        }
    }
}
