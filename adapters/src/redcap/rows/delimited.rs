//! Reads delimited text (RFC 4180) byte by byte. A row never takes more memory than [`MAX_ROW_BYTES`], even if a quotation mark is not closed.

use super::{MAX_COLUMNS, MAX_ROW_BYTES, Row, too_large};
use crate::redcap::Refused;
use crate::redcap::source::Input;

pub(super) struct Reader {
    delimiter: u8,
    /// The number of rows that were read.
    rows: u64,
    /// Whether the last row that was read had a line end.
    pub(super) is_complete: bool,
}

/// The position inside a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first byte of the cell.
    Start,
    Plain,
    Quoted,
    /// After a quotation mark in a quoted cell: the end of the cell, or the first of two marks.
    QuoteSeen,
}

/// The cells of the row that is being read.
struct Cells {
    texts: Vec<(usize, String)>,
    text: Vec<u8>,
    column: usize,
}

impl Cells {
    fn end(&mut self) -> Result<(), Refused> {
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            let text = String::from_utf8(text).map_err(|_| Refused::new("encoding", "the text is not UTF-8"))?;
            self.texts.push((self.column, text));
        }
        self.column += 1;
        Ok(())
    }
}

impl Reader {
    pub(super) fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            rows: 0,
            is_complete: true,
        }
    }

    /// The next row, which must have `columns` cells. Empty lines are skipped.
    pub(super) fn next(&mut self, input: &mut Input<'_>, columns: usize) -> Result<Option<Row>, Refused> {
        let Some((row, count)) = self.row(input)? else { return Ok(None) };
        self.rows += 1;
        match count == columns {
            true => Ok(Some(row)),
            false => Err(ragged("a row has more or fewer cells than the header")),
        }
    }

    /// The next row and the number of its cells.
    fn row(&mut self, input: &mut Input<'_>) -> Result<Option<(Row, usize)>, Refused> {
        while matches!(input.peek()?, Some(b'\n' | b'\r')) {
            input.next()?;
        }
        let offset = input.at;
        let mut cells = Cells {
            texts: Vec::new(),
            text: Vec::new(),
            column: 0,
        };
        let mut state = State::Start;
        loop {
            if input.at - offset > MAX_ROW_BYTES || cells.column > MAX_COLUMNS {
                return Err(too_large());
            }
            let delimiter = self.delimiter;
            match state {
                State::Quoted => input.take_until(&mut cells.text, |byte| byte == b'"'),
                State::Plain => input.take_until(&mut cells.text, |byte| byte == delimiter || matches!(byte, b'\n' | b'\r')),
                State::Start | State::QuoteSeen => {}
            }
            let Some(byte) = input.next()? else {
                if input.at == offset {
                    return Ok(None);
                }
                if state == State::Quoted {
                    return Err(ragged("a quotation mark is not closed: the file is cut short"));
                }
                self.is_complete = false;
                break;
            };
            let is_delimiter = byte == self.delimiter;
            match (state, byte) {
                (State::Quoted, b'"') => state = State::QuoteSeen,
                (State::Quoted, _) => cells.text.push(byte),
                (State::QuoteSeen, b'"') => {
                    cells.text.push(byte);
                    state = State::Quoted;
                }
                (_, b'\n' | b'\r') => {
                    self.is_complete = true;
                    break;
                }
                (_, _) if is_delimiter => {
                    cells.end()?;
                    state = State::Start;
                }
                (State::QuoteSeen, _) => return Err(ragged("a cell has text after its closing quotation mark")),
                (State::Start, b'"') => state = State::Quoted,
                (State::Start | State::Plain, _) => {
                    cells.text.push(byte);
                    state = State::Plain;
                }
            }
        }
        cells.end()?;
        let row = Row {
            offset,
            end: input.at,
            cells: cells.texts,
        };
        Ok(Some((row, cells.column)))
    }
}

/// The names of the header, and the offset of the first row.
pub(super) fn header(input: &mut Input<'_>, delimiter: u8) -> Result<(Vec<String>, u64), Refused> {
    match Reader::new(delimiter).row(input)? {
        None => Err(Refused::new("empty", "the file has no header")),
        Some((row, count)) => {
            let mut names = vec![String::new(); count];
            for (column, name) in row.cells {
                if let Some(place) = names.get_mut(column) {
                    *place = name;
                }
            }
            Ok((names, row.end))
        }
    }
}

fn ragged(detail: &str) -> Refused {
    Refused::new("ragged-row", detail)
}
