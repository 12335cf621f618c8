//! Reads delimited text (CSV) from institutions. The reader detects the character set and the delimiter, and requires a header and rows of
//! equal length.

use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

use thiserror::Error;

use crate::decode::{is_utf16, utf16_text};
use crate::regular_file::open_regular;
use crate::unit::Repair;

/// The estimated memory of a row in bytes, without its text and the bounds of its cells.
const ROW_BYTES: usize = 200;
/// The maximum number of columns of a table.
const MAX_COLUMNS: usize = 20_000;

/// A table with a header. Cells are as received, but without white space at their beginning and end.
pub(crate) struct Table {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Row>,
    /// The character set of the file: `utf-8`, `windows-31j` or `utf-16`.
    pub(crate) encoding: &'static str,
    /// The repairs of the whole file.
    pub(crate) repairs: Vec<Repair>,
}

pub(crate) struct Row {
    /// The cells of the row, in the order of the header. All cells share one buffer, so that empty cells need little memory.
    pub(crate) cells: csv::StringRecord,
    /// The offset of the row in the file, in bytes; `None` if the text had to be converted to UTF-8.
    pub(crate) offset: Option<u64>,
}

/// Why a file is not a valid table. The number of a row counts from 1 below the header.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum TableFault {
    #[error("the file cannot be read")]
    Unreadable,
    #[error("the file is larger than the limit")]
    TooLarge,
    #[error("the rows would take more memory than the limit; split the file into parts")]
    TooManyRows,
    #[error("the text is neither UTF-8 nor windows-31j nor UTF-16")]
    Encoding,
    #[error("the file has no header")]
    Empty,
    #[error("the header has a duplicate name, an empty name or too many columns")]
    Header,
    #[error("row {row} has more or fewer cells than the header, or a misplaced quotation mark")]
    Ragged { row: usize },
}

impl TableFault {
    /// The short stable code of this fault.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::TooLarge | Self::TooManyRows => "too-large",
            Self::Encoding => "encoding",
            Self::Empty => "empty",
            Self::Header => "bad-header",
            Self::Ragged { .. } => "ragged-row",
        }
    }
}

/// Reads the bytes of a file. A file above the limit is a fault.
pub(crate) fn bytes_of(path: &Path, limit_bytes: u64) -> Result<Vec<u8>, TableFault> {
    let file = open_regular(path).map_err(|_| TableFault::Unreadable)?;
    if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return Err(TableFault::Unreadable);
    }
    let mut bytes = Vec::new();
    let read = file.take(limit_bytes.saturating_add(1)).read_to_end(&mut bytes);
    match read {
        Err(_) => Err(TableFault::Unreadable),
        Ok(_) if bytes.len() as u64 > limit_bytes => Err(TableFault::TooLarge),
        Ok(_) => Ok(bytes),
    }
}

/// Decodes the bytes of a file. Returns the text, the name of the character set, and the byte offset in the file at which the text begins.
pub(crate) fn text_of(bytes: &[u8]) -> Result<(String, &'static str, usize), TableFault> {
    let (plain, begin) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(plain) => (plain, 3),
        None => (bytes, 0),
    };
    if is_utf16(bytes) {
        return utf16_text(bytes).map(|text| (text, "utf-16", 0)).ok_or(TableFault::Encoding);
    }
    // Bytes with a NUL are refused, because a table never contains a NUL.
    if plain.contains(&0) {
        return Err(TableFault::Encoding);
    }
    if let Ok(text) = std::str::from_utf8(plain) {
        return Ok((text.to_owned(), "utf-8", begin));
    }
    if begin > 0 {
        return Err(TableFault::Encoding);
    }
    // The WHATWG Encoding Standard defines Shift_JIS as windows-31j.
    encoding_rs::SHIFT_JIS
        .decode_without_bom_handling_and_without_replacement(plain)
        .map(|text| (text.into_owned(), "windows-31j", 0))
        .ok_or(TableFault::Encoding)
}

/// The repairs with which [`text_of`] read a text: `begin` is the offset at which the text begins, after a byte order mark.
pub(crate) fn repairs(encoding: &str, begin: usize) -> Vec<Repair> {
    match encoding {
        "utf-16" => vec![Repair::Utf16],
        "windows-31j" => vec![Repair::ReadAsWindows31j],
        _ if begin > 0 => vec![Repair::ByteOrderMark],
        _ => Vec::new(),
    }
}

impl Table {
    /// Parses a table, with a limit for the memory of the rows. The limit is needed because two bytes of a file can be a row, and a row needs a
    /// hundred times as much memory.
    pub(crate) fn parse_within(bytes: &[u8], most_bytes: usize) -> Result<Self, TableFault> {
        let (text, encoding, begin) = text_of(bytes)?;
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter(&text))
            .has_headers(true)
            .flexible(false)
            .trim(csv::Trim::Headers)
            .from_reader(text.as_bytes());
        let header: Vec<String> = match reader.headers() {
            Ok(header) if !header.is_empty() => header.iter().map(str::to_owned).collect(),
            Ok(_) | Err(_) => return Err(TableFault::Empty),
        };
        let distinct: HashSet<&str> = header.iter().map(String::as_str).collect();
        if distinct.len() != header.len() || distinct.contains("") || header.len() > MAX_COLUMNS {
            return Err(TableFault::Header);
        }
        let mut rows = Vec::new();
        let mut built_bytes = 0;
        for (at, record) in reader.records().enumerate() {
            let record = record.map_err(|_| TableFault::Ragged { row: at + 1 })?;
            built_bytes += ROW_BYTES + record.as_slice().len() + record.len() * size_of::<usize>();
            if built_bytes > most_bytes {
                return Err(TableFault::TooManyRows);
            }
            let offset = record.position().map(|p| p.byte() + begin as u64);
            rows.push(Row {
                cells: record,
                offset: offset.filter(|_| encoding == "utf-8"),
            });
        }
        let repairs = repairs(encoding, begin);
        Ok(Self {
            header,
            rows,
            encoding,
            repairs,
        })
    }
}

/// The delimiter of the table: the comma, semicolon or tab after the first name of the header; a comma if the header has only one name.
fn delimiter(text: &str) -> u8 {
    let mut quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b',' | b';' | b'\t' if !quoted => return byte,
            b'\n' if !quoted => break,
            _ => {}
        }
    }
    b','
}
