//! A sheet line by line: each line of the file is CSV by itself, so that a stray quotation mark spoils its own line and none after it.

use csv::ByteRecord;

use super::words;

/// A quotation mark.
const QUOTE: u8 = b'"';

/// The cells of one line.
#[derive(Debug)]
pub struct Line {
    /// Its number in the file, from 1.
    pub number: u64,
    /// Its values, without space around them; where it is faulty, as they stand between the commas.
    pub cells: ByteRecord,
    /// Why it cannot be taken as a row of the table.
    pub fault: Option<LineFault>,
}

/// Why a line is no row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineFault {
    /// A quotation mark has no other.
    Quotes,
    /// Another number of values than the header.
    Count,
}

/// Why a header cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderFault {
    /// It is not CSV in UTF-8.
    Csv,
    /// The column of this number, from 1, has the name of an earlier one.
    Twice(usize),
}

/// The header and the lines after it that have any value.
///
/// # Errors
/// The header is no text, or names a column twice.
pub fn table(bytes: &[u8]) -> Result<(Vec<String>, impl Iterator<Item = Line>), HeaderFault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut lines = physical(bytes)
        .zip(1_u64..)
        .filter(|(line, _)| line.iter().any(|b| !b.is_ascii_whitespace()));
    let header = lines.next().map_or(&b""[..], |(line, _)| line);
    let header = names(header)?;
    let columns = header.len();
    let rows = lines.map(move |(line, number)| row(line, number, columns));
    Ok((header, rows.filter(|line| !line.cells.iter().all(<[u8]>::is_empty))))
}

fn names(line: &[u8]) -> Result<Vec<String>, HeaderFault> {
    if is_unbalanced(line) {
        return Err(HeaderFault::Csv);
    }
    let cells = cells(line, true);
    let texts: Result<Vec<String>, _> = cells.iter().map(|cell| std::str::from_utf8(cell).map(str::to_owned)).collect();
    let names = texts.map_err(|_| HeaderFault::Csv)?;
    let folded: Vec<String> = names.iter().map(|name| words::fold(name.as_bytes())).collect();
    let twice = (0..folded.len()).find(|&at| folded[..at].contains(&folded[at]) && !folded[at].is_empty());
    twice.map_or(Ok(names), |at| Err(HeaderFault::Twice(at + 1)))
}

fn row(line: &[u8], number: u64, columns: usize) -> Line {
    let read = cells(line, true);
    let fault = if is_unbalanced(line) {
        Some(LineFault::Quotes)
    } else {
        (read.len() != columns).then_some(LineFault::Count)
    };
    // Quotation marks that do not make a row may hide who is meant: then the commas alone divide.
    let cells = if fault.is_some() && line.contains(&QUOTE) {
        cells(line, false)
    } else {
        read
    };
    Line { number, cells, fault }
}

/// Whether a quotation mark is left open. No character of UTF-8 or Shift JIS has that byte within.
fn is_unbalanced(line: &[u8]) -> bool {
    line.iter().filter(|b| **b == QUOTE).count() % 2 == 1
}

fn cells(line: &[u8], quoting: bool) -> ByteRecord {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .quoting(quoting)
        .trim(csv::Trim::All)
        .buffer_capacity(line.len().max(1))
        .from_reader(line);
    let mut record = ByteRecord::new();
    // Bytes in memory can always be read; a line that yields nothing has no cells.
    let _ = reader.read_byte_record(&mut record);
    if quoting {
        return record;
    }
    let is_edge = |b: &u8| *b == QUOTE || b.is_ascii_whitespace();
    let bare = |cell: &[u8]| -> Vec<u8> {
        let start = cell.iter().position(|b| !is_edge(b)).unwrap_or(cell.len());
        let end = cell.iter().rposition(|b| !is_edge(b)).map_or(start, |last| last + 1);
        cell[start..end].to_vec()
    };
    record.iter().map(bare).collect()
}

/// The lines of a file, ended by CRLF, LF or CR.
fn physical(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let bytes = rest?;
        let Some(end) = bytes.iter().position(|b| matches!(b, b'\n' | b'\r')) else {
            rest = None;
            return Some(bytes);
        };
        let after = end + if bytes[end..].starts_with(b"\r\n") { 2 } else { 1 };
        rest = Some(&bytes[after..]);
        Some(&bytes[..end])
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn numbered(bytes: &[u8]) -> Vec<(u64, Vec<String>, Option<LineFault>)> {
        let (_, rows) = table(bytes).unwrap();
        rows.map(|line| {
            let cells = line.cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
            (line.number, cells, line.fault)
        })
        .collect()
    }

    #[test]
    fn a_line_has_its_number_in_the_file_whatever_ends_it() {
        for end in ["\n", "\r\n", "\r"] {
            for mark in ["", "\u{feff}"] {
                let file = format!("{mark}a,b{end}1,2{end}{end},{end} 3 ,\"4,5\"{end}");
                let rows = numbered(file.as_bytes());
                let expected = [(2, vec!["1".into(), "2".into()], None), (5, vec!["3".into(), "4,5".into()], None)];
                assert_eq!(rows, expected, "{end:?} {mark:?}");
            }
        }
    }

    #[test]
    fn a_stray_quotation_mark_spoils_its_own_line_alone() {
        let rows = numbered(b"a,b\n\"1,2\n3,\"4\n\"5,6\"\n7,8\n");
        let text = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        assert_eq!(
            rows,
            [
                (2, text(["1", "2"]), Some(LineFault::Quotes)),
                (3, text(["3", "4"]), Some(LineFault::Quotes)),
                (4, text(["5", "6"]), Some(LineFault::Count)),
                (5, text(["7", "8"]), None),
            ]
        );
    }

    #[test]
    fn a_column_named_twice_makes_the_table_unusable() {
        let fault = |header: &str| table(header.as_bytes()).map(|_| ()).unwrap_err();
        assert_eq!(fault("a,b,a\n"), HeaderFault::Twice(3));
        assert_eq!(fault("kind,Ｋｉｎｄ\n"), HeaderFault::Twice(2));
        assert_eq!(fault("kind,\"b\n"), HeaderFault::Csv);
        assert!(table(b"a,,\n").is_ok());
    }
}
