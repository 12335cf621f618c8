//! Reads little-endian values from untrusted bytes, never beyond the end of the bytes.

use crate::error::{FormatError, FormatResult};

/// A reader of little-endian values. It holds the bytes that are not yet read.
#[derive(Clone, Copy)]
pub struct Fields<'a> {
    bytes: &'a [u8],
    short: &'static str,
}

impl<'a> Fields<'a> {
    /// Makes a reader of these bytes. `short` is the text of the error if the bytes end too soon.
    pub fn new(bytes: &'a [u8], short: &'static str) -> Self {
        Self { bytes, short }
    }

    /// The bytes that are not yet read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    /// Reads the next `count` bytes unchanged.
    pub fn take(&mut self, count: usize) -> FormatResult<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(FormatError::Record(self.short))?;
        self.bytes = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> FormatResult<[u8; N]> {
        let (taken, rest) = self.bytes.split_first_chunk().ok_or(FormatError::Record(self.short))?;
        self.bytes = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self) -> FormatResult<u8> {
        Ok(self.array::<1>()?[0])
    }

    pub(crate) fn u16(&mut self) -> FormatResult<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> FormatResult<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn i32(&mut self) -> FormatResult<i32> {
        self.array().map(i32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> FormatResult<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// Reads a count: an i32 that is not negative.
    pub(crate) fn count(&mut self) -> FormatResult<usize> {
        usize::try_from(self.i32()?).map_err(|_| FormatError::Record("a negative count"))
    }

    /// Reads the bytes up to a zero byte. The zero byte is consumed but not returned.
    pub(crate) fn until_zero(&mut self) -> FormatResult<&'a [u8]> {
        let end = self.bytes.iter().position(|b| *b == 0).ok_or(FormatError::Record(self.short))?;
        let text = self.take(end)?;
        self.take(1)?;
        Ok(text)
    }
}
