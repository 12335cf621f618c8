//! The rows of a table, one after the other, with their lines. A row has a maximum size, so that a quotation mark that is not closed does not read the
//! rest of the file to memory.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::rc::Rc;

use super::TableFileError;
use super::layout::Layout;
use crate::redcap::source::{Input, Source};

/// The maximum number of bytes that are read for one row.
const MAX_ROW_BYTES: usize = 256 << 10;

pub(super) struct Reader<'s> {
    csv: csv::Reader<Limited<'s>>,
    read: Rc<RefCell<BytesRead>>,
    record: csv::StringRecord,
    lines_before: u64,
}

impl<'s> Reader<'s> {
    pub(super) fn new(source: &'s Source, layout: &Layout) -> Result<Self, TableFileError> {
        let input = source
            .input(layout.begin, source.end)
            .map_err(|refused| TableFileError::Text { detail: refused.detail })?;
        let read = Rc::new(RefCell::new(BytesRead::default()));
        let limited = Limited {
            input,
            read: Rc::clone(&read),
        };
        let csv = csv::ReaderBuilder::new()
            .delimiter(layout.delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(limited);
        Ok(Self {
            csv,
            read,
            record: csv::StringRecord::new(),
            lines_before: layout.lines,
        })
    }

    /// The next row with the line at which it begins; absent after the last row. Empty lines are no rows.
    pub(super) fn next(&mut self) -> Result<Option<(u64, &csv::StringRecord)>, TableFileError> {
        self.read.borrow_mut().left = MAX_ROW_BYTES;
        let begin = self.csv.position().byte();
        match self.csv.read_record(&mut self.record) {
            Ok(false) => Ok(None),
            Ok(true) => Ok(Some((self.line(begin), &self.record))),
            Err(error) => Err(match error.kind() {
                csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                    TableFileError::TooLong { line: self.line(begin) }
                }
                _ => TableFileError::Text {
                    detail: "the file cannot be read to its end".to_owned(),
                },
            }),
        }
    }

    fn line(&self, begin: u64) -> u64 {
        self.lines_before + 1 + self.read.borrow_mut().lines_before(begin)
    }
}

/// The bytes that were read so far, which can be more than the rows that were returned so far.
#[derive(Default)]
struct BytesRead {
    /// The number of further bytes that can be read for the present row.
    left: usize,
    /// The number of all bytes that were read.
    count: u64,
    /// The offsets of line ends that were read and not yet counted, and whether each ends a line (a line feed).
    ends: VecDeque<(u64, bool)>,
    /// The number of counted lines.
    lines: u64,
}

impl BytesRead {
    /// The number of lines before the row whose bytes begin at an offset. Line ends at the offset itself, such as those of empty lines, are before the row.
    /// The csv crate's own numbers of lines do not count these.
    fn lines_before(&mut self, mut begin: u64) -> u64 {
        while let Some((offset, is_line)) = self.ends.front().copied().filter(|(offset, _)| *offset <= begin) {
            begin += u64::from(offset == begin);
            self.lines += u64::from(is_line);
            self.ends.pop_front();
        }
        self.lines
    }
}

/// Bytes of which only a limited number can be read for one row.
struct Limited<'s> {
    input: Input<'s>,
    read: Rc<RefCell<BytesRead>>,
}

impl Read for Limited<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        let mut read = self.read.borrow_mut();
        read.left = read.left.checked_sub(count).ok_or(io::ErrorKind::FileTooLarge)?;
        for (at, byte) in buffer.iter().take(count).enumerate() {
            if matches!(byte, b'\n' | b'\r') {
                let offset = read.count + at as u64;
                read.ends.push_back((offset, *byte == b'\n'));
            }
        }
        read.count += count as u64;
        Ok(count)
    }
}
