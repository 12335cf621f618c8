//! Reads a CSV sheet line by line. Each line of the file is parsed as CSV by itself, so a stray quotation mark affects only its own line.

use csv::ByteRecord;

use super::words;

/// The quotation mark of CSV.
const QUOTE: u8 = b'"';

/// The cells of one line.
#[derive(Debug)]
pub struct Line {
    /// The line number in the file, from 1.
    pub number: u64,
    /// The values of the line, without surrounding space. In a faulty line, the texts between the commas.
    pub cells: ByteRecord,
    /// Why the line is not a row of the table; absent for a valid row.
    pub fault: Option<LineFault>,
}

/// Why a line of a sheet is not a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineFault {
    /// A quotation mark in the line is not closed.
    Quotes,
    /// The number of values in the line differs from the header.
    Count,
}

/// Why the header of a sheet cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderFault {
    /// The header is not CSV in UTF-8.
    Csv,
    /// The column with this number, from 1, has the name of an earlier column.
    Twice(usize),
}

/// The column names of the header, and the following lines that contain a value.
///
/// # Errors
/// The header is not text, or contains a column twice.
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
    // Invalid quotation marks may hide the participant. The line is then split only at commas.
    let cells = if fault.is_some() && line.contains(&QUOTE) {
        cells(line, false)
    } else {
        read
    };
    Line { number, cells, fault }
}

/// Whether a quotation mark in the line is not closed. No multi-byte character of UTF-8 or Shift JIS contains the byte of a quotation mark.
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
    // Reading bytes in memory cannot fail. If nothing is read, the line has no cells.
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

/// The lines of a file, each ended by CRLF, LF or CR.
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
    fn line_numbers_are_correct_for_every_line_ending() {
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
    fn a_stray_quotation_mark_affects_only_its_own_line() {
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
