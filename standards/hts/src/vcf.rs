//! VCF (4.x) as lines of text: the header, and the position of a line.

pub mod header;
pub mod tabix;

use std::io::{Read, Seek};

use crate::bgzf::BgzfReader;
use crate::error::{FormatError, FormatResult};
use crate::limits::words::HEADER_BYTES;
use crate::limits::{MOST_HEADER_BYTES, MOST_VARIANT_BYTES, within};

/// The maximum length of a line, in bytes. A site with several hundred thousand samples and many fields fits into it.
pub const MOST_LINE_BYTES: usize = MOST_VARIANT_BYTES;

/// Reads the header lines of a VCF up to and including `#CHROM`, unchanged.
///
/// # Errors
/// [`FormatError::Header`] if a line does not begin with `#` or the `#CHROM` line is missing, [`FormatError::TooMuch`] for more than 32
/// MiB, or an error of the reader.
pub fn read_header_text<R: Read + Seek>(reader: &mut BgzfReader<R>) -> FormatResult<Vec<u8>> {
    let mut text = Vec::new();
    let mut line = Vec::new();
    loop {
        let read = reader.read_line(&mut line, MOST_HEADER_BYTES - text.len());
        if !read.map_err(|error| too_long(error, HEADER_BYTES))? {
            return Err(FormatError::Header("the VCF header does not end with a #CHROM line"));
        }
        if !line.starts_with(b"#") {
            return Err(FormatError::Header("a line before #CHROM does not begin with #"));
        }
        within(text.len() + line.len(), MOST_HEADER_BYTES, HEADER_BYTES)?;
        text.extend_from_slice(&line);
        if line.starts_with(b"#CHROM\t") {
            return Ok(text);
        }
    }
}

/// Converts the error of a line that is too long to the error of a header that is too long. Other errors stay unchanged.
fn too_long(error: FormatError, what: &'static str) -> FormatError {
    match error {
        FormatError::Record(_) => FormatError::TooMuch(what),
        error => error,
    }
}

/// The position of a VCF line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement<'a> {
    /// The column CHROM.
    pub contig: &'a str,
    /// The 0-based start; -1 for POS 0, which VCF uses for a telomere.
    pub start: i64,
    /// The 0-based exclusive end. It is INFO/END, unless INFO/END is absent or before POS. Then it is POS plus the length of REF. As in
    /// bcftools 1.16, SVLEN alone does not make a record longer.
    pub end: i64,
}

/// Finds the position of a VCF line.
///
/// # Errors
/// [`FormatError::Record`] if a column up to INFO is missing, or if CHROM, POS or REF is invalid.
pub fn placement(line: &[u8]) -> FormatResult<Placement<'_>> {
    let mut columns = line.split(|b| *b == b'\t');
    let mut column = |what| columns.next().ok_or(FormatError::Record(what));
    let contig = std::str::from_utf8(column("no CHROM")?).map_err(|_| FormatError::Record("CHROM is not text"))?;
    let position: i64 = number(column("no POS")?).ok_or(FormatError::Record("POS is not a number"))?;
    column("no ID")?;
    let reference = column("no REF")?;
    column("no ALT")?;
    column("no QUAL")?;
    column("no FILTER")?;
    let info = trim_line_end(column("no INFO")?);
    if contig.is_empty() || reference.is_empty() || !(0..1 << 40).contains(&position) {
        return Err(FormatError::Record("an empty CHROM or REF, or an impossible POS"));
    }
    let start = position - 1;
    let end = info
        .split(|b| *b == b';')
        .find_map(|field| field.strip_prefix(b"END="))
        .and_then(number)
        .filter(|end| *end > start && *end < 1 << 40)
        .unwrap_or(start + reference.len() as i64);
    Ok(Placement { contig, start, end })
}

fn number(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The line without the line feed at its end, and without a carriage return before that line feed.
pub fn trim_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
