//! Reads the lines of a file, plain or gzipped, one at a time, because GENCODE's file is larger than a gigabyte.

use std::io::{BufRead, BufReader, Cursor, Read};

use flate2::read::MultiGzDecoder;

use super::MAX_BYTES;
use super::error::GeneModelError;

/// The maximum length of a line, in bytes.
const LINE_BYTES: usize = 1 << 20;

/// The lines of a file.
pub(super) struct Lines<'a> {
    input: Box<dyn BufRead + 'a>,
    line: Vec<u8>,
    number: u64,
    bytes: u64,
}

impl<'a> Lines<'a> {
    pub(super) fn open(mut input: impl Read + 'a) -> Result<Self, GeneModelError> {
        let mut magic = Vec::new();
        let read = input.by_ref().take(2).read_to_end(&mut magic);
        read.map_err(|_| GeneModelError::Unreadable { line: 1 })?;
        let gzipped = magic == b"\x1f\x8b";
        let whole = Cursor::new(magic).chain(input);
        let input: Box<dyn BufRead + 'a> = if gzipped {
            Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(BufReader::new(whole))))
        } else {
            Box::new(BufReader::with_capacity(1 << 16, whole))
        };
        Ok(Self {
            input,
            line: Vec::new(),
            number: 0,
            bytes: 0,
        })
    }

    /// The number of the line that `next` returned last, counted from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Returns the next line, without its line end; `None` after the last line.
    pub(super) fn next(&mut self) -> Result<Option<&str>, GeneModelError> {
        self.line.clear();
        self.number += 1;
        let mut limited = self.input.by_ref().take(LINE_BYTES as u64 + 1);
        let read = limited.read_until(b'\n', &mut self.line);
        let read = read.map_err(|_| GeneModelError::Unreadable { line: self.number })?;
        if read == 0 {
            return Ok(None);
        }
        self.bytes += read as u64;
        if self.bytes > MAX_BYTES {
            return Err(GeneModelError::TooLarge { limit_bytes: MAX_BYTES });
        }
        let bad = GeneModelError::BadLine {
            line: self.number,
            limit_bytes: LINE_BYTES,
        };
        if read > LINE_BYTES {
            return Err(bad);
        }
        let text = std::str::from_utf8(&self.line).map_err(|_| bad)?;
        let text = if self.number == 1 {
            text.trim_start_matches('\u{feff}')
        } else {
            text
        };
        Ok(Some(text.trim_end_matches(['\n', '\r'])))
    }
}
