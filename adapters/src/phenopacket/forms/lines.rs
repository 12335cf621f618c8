//! Reads lines of limited length.

use std::io::{self, BufRead, Read};

/// A line of a file.
pub(super) struct Line {
    /// The bytes of the line with its end, or the first bytes if the line is too long.
    pub(super) bytes: Vec<u8>,
    /// Whether the line is longer than the limit. The rest of it was skipped.
    pub(super) is_too_long: bool,
}

/// The next line; `None` at the end of the file.
pub(super) fn next(reader: &mut dyn BufRead, limit: u64) -> io::Result<Option<Line>> {
    let mut bytes = Vec::new();
    Read::take(&mut *reader, limit.saturating_add(1)).read_until(b'\n', &mut bytes)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let is_too_long = bytes.len() as u64 > limit;
    if is_too_long && bytes.last() != Some(&b'\n') {
        skip(reader)?;
    }
    Ok(Some(Line { bytes, is_too_long }))
}

/// Skips the rest of a line.
fn skip(reader: &mut dyn BufRead) -> io::Result<()> {
    loop {
        let buffer = reader.fill_buf()?;
        let (count, is_end) = match buffer.iter().position(|byte| *byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        reader.consume(count);
        if is_end {
            return Ok(());
        }
    }
}
