//! The CRAM index (`.crai`, CRAM 3.1 § 12): gzip-compressed text with one line for each slice and contig.

use std::io::{self, Read, Write as _};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use crate::error::{FormatError, FormatResult};
use crate::limits::MOST_CRAI_LINES;

/// The maximum number of bytes of uncompressed text in an index.
const MOST_TEXT_BYTES: u64 = 1 << 27;

/// One line of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CraiLine {
    /// The contig's number; -1 for unplaced reads.
    pub contig: i32,
    /// The first reference base that the slice covers, 1-based.
    pub start: i64,
    /// The number of reference bases that the slice covers.
    pub span: i64,
    /// The offset of the container in the file, in bytes.
    pub container: u64,
    /// The offset of the slice after the end of the container header, in bytes.
    pub landmark: u64,
    /// The size of the slice in bytes.
    pub slice_bytes: u64,
}

/// A CRAM index, as in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crai {
    /// The lines, in the order of the index file.
    pub lines: Vec<CraiLine>,
}

impl Crai {
    /// Parses the bytes of an index file.
    ///
    /// # Errors
    /// [`FormatError::Header`] if the bytes are not a CRAM index, or if the index is larger than 128 MiB of text or 2,097,152 lines.
    pub fn parse(bytes: &[u8]) -> FormatResult<Self> {
        const BROKEN: FormatError = FormatError::Header("not a CRAM index");
        const TOO_LARGE: FormatError = FormatError::Header("the CRAM index is too large");
        let mut unpacked = Vec::new();
        let mut text = bytes;
        if bytes.starts_with(&[0x1f, 0x8b]) {
            let read = MultiGzDecoder::new(bytes).take(MOST_TEXT_BYTES + 1).read_to_end(&mut unpacked);
            if unpacked.len() as u64 > MOST_TEXT_BYTES {
                return Err(TOO_LARGE);
            }
            read.map_err(|_| BROKEN)?;
            text = &unpacked;
        }
        let text = std::str::from_utf8(text).map_err(|_| BROKEN)?;
        let mut lines = Vec::new();
        for line in text.lines() {
            let mut numbers = [0i64; 6];
            let mut columns = line.split('\t');
            for number in &mut numbers {
                *number = columns.next().and_then(|c| c.parse().ok()).ok_or(BROKEN)?;
            }
            if columns.next().is_some() {
                return Err(BROKEN);
            }
            let [contig, start, span, container, landmark, slice_bytes] = numbers;
            let unsigned = |n: i64| u64::try_from(n).map_err(|_| BROKEN);
            if lines.len() == MOST_CRAI_LINES {
                return Err(TOO_LARGE);
            }
            lines.push(CraiLine {
                contig: i32::try_from(contig).map_err(|_| BROKEN)?,
                start,
                span,
                container: unsigned(container)?,
                landmark: unsigned(landmark)?,
                slice_bytes: unsigned(slice_bytes)?,
            });
        }
        Ok(Self { lines })
    }

    /// The bytes of the index file, gzip-compressed.
    pub fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        for line in &self.lines {
            writeln!(
                encoder,
                "{}\t{}\t{}\t{}\t{}\t{}",
                line.contig, line.start, line.span, line.container, line.landmark, line.slice_bytes
            )?;
        }
        encoder.finish()
    }
}
