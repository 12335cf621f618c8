//! The rows of an export or a dictionary, as delimited text (CSV) or as JSON objects. Both give the same rows.

mod delimited;
mod objects;

use std::collections::HashMap;

use super::Refused;
use super::source::{Input, Source};

/// The maximum size of one row, in bytes.
const MAX_ROW_BYTES: u64 = 16 << 20;
/// The maximum number of columns.
const MAX_COLUMNS: usize = 20_000;
/// The part of a file in which the delimiter must occur, in bytes.
const MAX_FIRST_NAME_BYTES: u64 = 4096;

/// One row. Empty cells are absent.
pub(crate) struct Row {
    /// The offset of the row in the source, in bytes.
    pub(crate) offset: u64,
    /// The offset behind the row.
    pub(crate) end: u64,
    /// The cells that are not empty, with the index of their column. The texts are as received, with their spaces.
    pub(crate) cells: Vec<(usize, String)>,
}

impl Row {
    /// The cell in a column; empty if the row has none.
    pub(crate) fn cell(&self, column: Option<usize>) -> &str {
        let cell = column.and_then(|column| self.cells.iter().find(|(at, _)| *at == column));
        cell.map_or("", |(_, text)| text)
    }
}

/// How the rows of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Syntax {
    /// Delimited text with this delimiter.
    Delimited(u8),
    /// A JSON array of objects.
    Objects,
}

/// A source whose header is known.
pub(crate) struct Rows {
    pub(crate) source: Source,
    syntax: Syntax,
    /// The names of the columns, in the order of the file.
    pub(crate) header: Vec<String>,
    index: HashMap<String, usize>,
    /// The offset of the first row.
    begin: u64,
}

impl Rows {
    pub(crate) fn open(source: Source) -> Result<Self, Refused> {
        let syntax = syntax(&source)?;
        let mut input = source.input(source.begin, source.end)?;
        let (header, begin) = match syntax {
            Syntax::Delimited(delimiter) => delimited::header(&mut input, delimiter)?,
            Syntax::Objects => objects::header(&mut input)?,
        };
        drop(input);
        let header: Vec<String> = header.into_iter().map(|name| name.trim().to_owned()).collect();
        let index: HashMap<String, usize> = header.iter().cloned().enumerate().map(|(at, name)| (name, at)).collect();
        if index.len() != header.len() || index.contains_key("") || header.len() > MAX_COLUMNS {
            let detail = "the header has a duplicate name, an empty name or too many columns";
            return Err(Refused::new("bad-header", detail));
        }
        Ok(Self {
            source,
            syntax,
            header,
            index,
            begin,
        })
    }

    /// The index of the column with this name; `None` if the file has no such column.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// Gives every row of the file, in order. Returns whether the file ends with a complete row. The last row of a delimited text without a line
    /// end could be cut short.
    pub(crate) fn all(&self, give: &mut dyn FnMut(Row) -> Result<(), Refused>) -> Result<bool, Refused> {
        let mut input = self.source.input(self.begin, self.source.end)?;
        match self.syntax {
            Syntax::Delimited(_) => self.part(&mut input, give),
            Syntax::Objects => {
                self.part(&mut input, give)?;
                objects::end(&mut input)?;
                Ok(true)
            }
        }
    }

    /// Gives the rows between two offsets, of which the first is the beginning of a row and the second the end of a row.
    pub(crate) fn between(&self, from: u64, to: u64, give: &mut dyn FnMut(Row) -> Result<(), Refused>) -> Result<(), Refused> {
        self.part(&mut self.source.input(from, to)?, give).map(|_| ())
    }

    fn part(&self, input: &mut Input<'_>, give: &mut dyn FnMut(Row) -> Result<(), Refused>) -> Result<bool, Refused> {
        match self.syntax {
            Syntax::Delimited(delimiter) => {
                let mut reader = delimited::Reader::new(delimiter);
                while let Some(row) = reader.next(input, self.header.len())? {
                    give(row)?;
                }
                Ok(reader.is_complete)
            }
            Syntax::Objects => {
                while let Some(row) = objects::next(input, &self.index)? {
                    give(row)?;
                }
                Ok(true)
            }
        }
    }
}

/// The syntax of a source. The delimiter is the first of the five delimiters of REDCap (API "Export Records", `csvDelimiter`: comma, tab,
/// semicolon, pipe, caret) after the first name of the header, or a comma if the header has one name.
fn syntax(source: &Source) -> Result<Syntax, Refused> {
    let mut input = source.input(source.begin, source.end.min(source.begin + MAX_FIRST_NAME_BYTES))?;
    let mut is_quoted = false;
    let mut is_first = true;
    while let Some(byte) = input.next()? {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' if is_first => continue,
            b'[' | b'{' if is_first => return Ok(Syntax::Objects),
            b'"' => is_quoted = !is_quoted,
            b',' | b';' | b'\t' | b'|' | b'^' if !is_quoted => return Ok(Syntax::Delimited(byte)),
            b'\n' | b'\r' if !is_quoted => break,
            _ => {}
        }
        is_first = false;
    }
    Ok(Syntax::Delimited(b','))
}

fn too_large() -> Refused {
    Refused::new("too-large", "a row is larger than the limit, or a quotation mark is not closed")
}
