//! BAM as raw bytes (SAM specification § 4.2): the header, the unchanged records, and the position of a record.

pub mod encode;
pub mod fields;

use std::io::{Read, Seek};

use crate::bgzf::BgzfReader;
use crate::error::{FormatError, FormatResult};
use crate::fields::Fields;
use crate::limits::{
    MOST_BAM_RECORD_BYTES, MOST_CONTIG_NAME_BYTES, MOST_CONTIGS, MOST_HEADER_BYTES, within,
    words::{CONTIG_NAME, CONTIGS, HEADER_BYTES},
};
use crate::sam_header::{HeaderContig, SamHeader};

const FLAG_UNMAPPED: u16 = 4;
const SHORT: &str = "a record is cut off";

/// The header of a BAM file.
#[derive(Clone, Debug)]
pub struct BamHeader {
    /// The uncompressed header, byte for byte as in the file.
    pub bytes: Vec<u8>,
    /// The parsed text part of the header.
    pub text: SamHeader,
    /// The contigs of the binary part of the header. The index in this list is the contig's number.
    pub contigs: Vec<HeaderContig>,
    text_length: usize,
}

/// Reads the BAM header. The reader must be at the beginning of the file.
///
/// # Errors
/// [`FormatError::Header`] if the bytes are not a valid BAM header, [`FormatError::TooMuch`] beyond the limits of [`crate::limits`], or an
/// error of the reader.
pub fn read_header<R: Read + Seek>(reader: &mut BgzfReader<R>) -> FormatResult<BamHeader> {
    let mut bytes = Vec::new();
    // Appends the next `count` bytes of the file to `bytes`. Returns the index of the first new byte.
    let mut take = |bytes: &mut Vec<u8>, count: usize| -> FormatResult<usize> {
        let from = bytes.len();
        within(from + count, MOST_HEADER_BYTES, HEADER_BYTES)?;
        reader.read_more(bytes, count)?;
        Ok(from)
    };
    let count = |bytes: &[u8]| Fields::new(bytes, "the BAM header is cut off").count();
    take(&mut bytes, TEXT_START)?;
    if !bytes.starts_with(b"BAM\x01") {
        return Err(FormatError::Header("not BAM"));
    }
    let text_length = count(&bytes[4..])?;
    let from = take(&mut bytes, text_length)?;
    let text = SamHeader::parse(&bytes[from..])?;
    let from = take(&mut bytes, 4)?;
    let contig_count = count(&bytes[from..])?;
    within(contig_count, MOST_CONTIGS, CONTIGS)?;
    let mut contigs = Vec::new();
    for _ in 0..contig_count {
        let from = take(&mut bytes, 4)?;
        let name_length = count(&bytes[from..])?;
        within(name_length, MOST_CONTIG_NAME_BYTES, CONTIG_NAME)?;
        let from = take(&mut bytes, name_length)?;
        let name = bytes[from..]
            .strip_suffix(b"\0")
            .ok_or(FormatError::Header("a contig's name does not end"))?;
        let name = String::from_utf8(name.to_vec()).map_err(|_| FormatError::Header("a contig's name is not text"))?;
        let from = take(&mut bytes, 4)?;
        let length = count(&bytes[from..])? as u64;
        let md5 = text
            .contigs
            .get(contigs.len())
            .filter(|c| c.name == name)
            .and_then(|c| c.md5.clone());
        contigs.push(HeaderContig {
            name,
            length: Some(length),
            md5,
        });
    }
    Ok(BamHeader {
        bytes,
        text,
        contigs,
        text_length,
    })
}

/// The offset of the text in the header: the magic and the length of the text come first.
const TEXT_START: usize = 8;

impl BamHeader {
    /// The text part of the header as in the file, including the zero bytes at its end.
    pub fn text_bytes(&self) -> &[u8] {
        &self.bytes[TEXT_START..self.text_end()]
    }

    /// Returns the bytes of a header with this text and the same contigs.
    ///
    /// # Errors
    /// [`FormatError::Header`] for a text of 2 GiB or more.
    pub fn with_text(&self, text: &[u8]) -> FormatResult<Vec<u8>> {
        let length = i32::try_from(text.len()).map_err(|_| FormatError::Header("the header is too long"))?;
        let mut bytes = b"BAM\x01".to_vec();
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(text);
        bytes.extend_from_slice(&self.bytes[self.text_end()..]);
        Ok(bytes)
    }

    fn text_end(&self) -> usize {
        TEXT_START + self.text_length
    }
}

/// The position of a record on a contig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The contig's number; -1 if the record has no contig.
    pub contig: i32,
    /// The 0-based start; -1 if the record has no position.
    pub start: i64,
    /// The 0-based exclusive end, as samtools' `bam_endpos` computes it. If the record is unmapped or its CIGAR covers no reference base, the
    /// interval is one base long.
    pub end: i64,
    /// Whether the record has the flag 0x4 (unmapped).
    pub unmapped: bool,
}

/// Reads the next record, including its length field, into `record`. Returns false at the end of the file.
///
/// # Errors
/// [`FormatError::Record`] for a length below 32 bytes or of 128 MiB and more, or an error of the reader.
pub fn read_record<R: Read + Seek>(reader: &mut BgzfReader<R>, record: &mut Vec<u8>) -> FormatResult<bool> {
    let mut length = [0; 4];
    if !reader.read_exact_or_end(&mut length)? {
        return Ok(false);
    }
    let count = u32::from_le_bytes(length);
    check_length(count)?;
    record.clear();
    record.extend_from_slice(&length);
    reader.read_more(record, count as usize)?;
    Ok(true)
}

/// The length of the record at the start of these bytes, including its length field; `None` if there are fewer than four bytes.
///
/// # Errors
/// [`FormatError::Record`] for a length below 32 bytes or of 128 MiB and more.
pub fn record_length(bytes: &[u8]) -> FormatResult<Option<usize>> {
    let Some(length) = bytes.first_chunk() else { return Ok(None) };
    let count = u32::from_le_bytes(*length);
    check_length(count)?;
    Ok(Some(4 + count as usize))
}

fn check_length(count: u32) -> FormatResult<()> {
    if (32..MOST_BAM_RECORD_BYTES).contains(&count) {
        Ok(())
    } else {
        Err(FormatError::Record("an impossible length"))
    }
}

/// Finds the position of a record. `record` begins with the length field.
///
/// # Errors
/// [`FormatError::Record`] if the record is cut off or a tag cannot be parsed.
pub fn placement(record: &[u8]) -> FormatResult<Placement> {
    let mut fields = Fields::new(record, SHORT);
    fields.take(4)?;
    let contig = fields.i32()?;
    let start = i64::from(fields.i32()?);
    let name_length = usize::from(fields.u8()?);
    fields.take(3)?;
    let operation_count = usize::from(fields.u16()?);
    let unmapped = fields.u16()? & FLAG_UNMAPPED != 0;
    let sequence_length = fields.count()?;
    fields.take(12)?;
    fields.take(name_length)?;
    let cigar = fields.take(4 * operation_count)?;
    let mut span = 0;
    if !unmapped {
        span = match long_cigar(cigar, fields, sequence_length, contig, start)? {
            Some(long) => reference_span(long),
            None => reference_span(cigar),
        };
    }
    Ok(Placement {
        contig,
        start,
        end: start + span.max(1),
        unmapped,
    })
}

/// The CIGAR in the tag `CG`; `None` if the record has no long CIGAR. A record with more than 65,535 operations stores its CIGAR in this tag
/// (SAM specification § 4.2.2). Its CIGAR field is then `kSmN`, where `k` is the length of the sequence.
fn long_cigar<'a>(
    cigar: &[u8],
    mut behind_cigar: Fields<'a>,
    sequence_length: usize,
    contig: i32,
    start: i64,
) -> FormatResult<Option<&'a [u8]>> {
    let Some(first) = cigar.first_chunk().map(|b| u32::from_le_bytes(*b)) else {
        return Ok(None);
    };
    if contig < 0 || start < 0 || first & 0xf != 4 || (first >> 4) as usize != sequence_length {
        return Ok(None);
    }
    behind_cigar.take(sequence_length.div_ceil(2))?;
    behind_cigar.take(sequence_length)?;
    while !behind_cigar.rest().is_empty() {
        let (tag, kind, value) = next_tag(&mut behind_cigar)?;
        if tag == *b"CG" {
            let integers = kind == b'B' && matches!(value.first(), Some(b'I' | b'i'));
            // Like htslib, this uses the tag only if it is longer than the CIGAR in the CIGAR field.
            let long = integers && value.len() >= 5 + cigar.len();
            return Ok(long.then(|| &value[5..]));
        }
    }
    Ok(None)
}

/// Reads the next tag and returns its name, type letter and value. For type `B`, the value includes the subtype and the count.
pub(crate) fn next_tag<'a>(fields: &mut Fields<'a>) -> FormatResult<([u8; 2], u8, &'a [u8])> {
    let name = fields.u16()?.to_le_bytes();
    let kind = fields.u8()?;
    let before = *fields;
    let size = |kind| match kind {
        b'A' | b'c' | b'C' => Ok(1),
        b's' | b'S' => Ok(2),
        b'i' | b'I' | b'f' => Ok(4),
        b'd' => Ok(8),
        _ => Err(FormatError::Record("a tag of unknown type")),
    };
    match kind {
        b'Z' | b'H' => {
            fields.until_zero()?;
        }
        b'B' => {
            let element = size(fields.u8()?)?;
            let count = fields.count()?;
            fields.take(count.checked_mul(element).ok_or(FormatError::Record(SHORT))?)?;
        }
        other => {
            fields.take(size(other)?)?;
        }
    }
    let length = before.rest().len() - fields.rest().len();
    Ok((name, kind, &before.rest()[..length]))
}

/// The number of reference bases that a CIGAR covers, by its operations M, D, N, = and X.
fn reference_span(cigar: &[u8]) -> i64 {
    cigar
        .as_chunks::<4>()
        .0
        .iter()
        .map(|b| u32::from_le_bytes(*b))
        .filter(|operation| matches!(operation & 0xf, 0 | 2 | 3 | 7 | 8))
        .map(|operation| i64::from(operation >> 4))
        .sum()
}

/// Checks that a record is complete: every field is inside the record and every tag can be parsed.
///
/// # Errors
/// [`FormatError::Record`] with the first fault.
pub fn validate_record(record: &[u8], contig_count: usize) -> FormatResult<()> {
    let mut fields = Fields::new(record, SHORT);
    fields.take(4)?;
    let known = |id: i32| id == -1 || usize::try_from(id).is_ok_and(|id| id < contig_count);
    let contig = fields.i32()?;
    let start = fields.i32()?;
    let name_length = usize::from(fields.u8()?);
    fields.take(3)?;
    let operation_count = usize::from(fields.u16()?);
    fields.take(2)?;
    let sequence_length = fields.count()?;
    let mate_contig = fields.i32()?;
    let mate_start = fields.i32()?;
    fields.take(4)?;
    if !known(contig) || !known(mate_contig) {
        return Err(FormatError::Record("a contig that the header does not have"));
    }
    if start < -1 || mate_start < -1 {
        return Err(FormatError::Record("a negative position"));
    }
    if !fields.take(name_length)?.ends_with(b"\0") {
        return Err(FormatError::Record("a name that does not end"));
    }
    let cigar = fields.take(4 * operation_count)?;
    if cigar.as_chunks::<4>().0.iter().any(|b| b[0] & 0xf > 8) {
        return Err(FormatError::Record("an unknown CIGAR operation"));
    }
    fields.take(sequence_length.div_ceil(2))?;
    fields.take(sequence_length)?;
    while !fields.rest().is_empty() {
        next_tag(&mut fields)?;
    }
    Ok(())
}
