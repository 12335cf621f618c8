//! BCF 2.2 as raw bytes: the header, the unchanged records, and the position of a record.

pub mod encode;
pub mod record;
pub mod typed;

use std::io::{Read, Seek};

use crate::bgzf::BgzfReader;
use crate::error::{FormatError, FormatResult};
use crate::fields::Fields;
use crate::limits::words::HEADER_BYTES;
use crate::limits::{MOST_HEADER_BYTES, MOST_VARIANT_BYTES, within};
use crate::vcf::header::VcfHeader;

/// The header of a BCF file.
#[derive(Clone, Debug)]
pub struct BcfHeader {
    /// The uncompressed header, byte for byte as in the file.
    pub bytes: Vec<u8>,
    /// The header, parsed as VCF header text.
    pub vcf: VcfHeader,
}

/// Reads the BCF header. The reader must be at the beginning of the file.
///
/// # Errors
/// [`FormatError::Header`] if the bytes are not a valid BCF 2.2 header, [`FormatError::TooMuch`] beyond the limits of [`crate::limits`], or
/// an error of the reader.
pub fn read_header<R: Read + Seek>(reader: &mut BgzfReader<R>) -> FormatResult<BcfHeader> {
    let mut bytes = vec![0; 9];
    reader.read_exact(&mut bytes)?;
    if !bytes.starts_with(b"BCF\x02\x02") {
        return Err(FormatError::Header("not BCF 2.2"));
    }
    let length = Fields::new(&bytes[5..], "the BCF header is cut off").count()?;
    within(length, MOST_HEADER_BYTES, HEADER_BYTES)?;
    reader.read_more(&mut bytes, length)?;
    let text = &bytes[9..];
    let end = text.iter().position(|b| *b == 0).unwrap_or(text.len());
    let vcf = VcfHeader::parse(&text[..end])?;
    Ok(BcfHeader { bytes, vcf })
}

/// Makes a BCF header from this text: magic, length, and the text with its zero byte.
///
/// # Errors
/// [`FormatError::Header`] for a text of 4 GiB or more.
pub fn header_bytes(text: &[u8]) -> FormatResult<Vec<u8>> {
    let length = u32::try_from(text.len() + 1).map_err(|_| FormatError::Header("the header is too long"))?;
    let mut bytes = b"BCF\x02\x02".to_vec();
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(text);
    bytes.push(0);
    Ok(bytes)
}

/// Reads the next record, including its two length fields, into `record`. Returns false at the end of the file.
///
/// # Errors
/// [`FormatError::Record`] for an impossible length, or an error of the reader.
pub fn read_record<R: Read + Seek>(reader: &mut BgzfReader<R>, record: &mut Vec<u8>) -> FormatResult<bool> {
    let mut lengths = [0; 8];
    if !reader.read_exact_or_end(&mut lengths)? {
        return Ok(false);
    }
    let length = record_length(&lengths)?.unwrap_or(8);
    record.clear();
    record.extend_from_slice(&lengths);
    reader.read_more(record, length - 8)?;
    Ok(true)
}

/// The length of the record at the start of these bytes, including its two length fields; `None` if there are fewer than eight bytes.
///
/// # Errors
/// [`FormatError::Record`] if the shared part has less than 24 bytes, or if a part has more than 128 MiB.
pub fn record_length(bytes: &[u8]) -> FormatResult<Option<usize>> {
    let Some(lengths) = bytes.first_chunk::<8>() else { return Ok(None) };
    let mut fields = Fields::new(lengths, "a record is cut off");
    let (shared, individual) = (fields.u32()? as usize, fields.u32()? as usize);
    if !(24..=MOST_VARIANT_BYTES).contains(&shared) || individual > MOST_VARIANT_BYTES {
        return Err(FormatError::Record("an impossible length"));
    }
    Ok(Some(8 + shared + individual))
}

/// The position of a record, as a triple: contig number, start and end. Start and end are 0-based and half-open. POS 0 of the text gives the
/// start -1.
///
/// # Errors
/// [`FormatError::Record`] if the record is cut off, if its 0-based position is less than -1, or if its length is negative.
pub fn placement(record: &[u8]) -> FormatResult<(i32, i64, i64)> {
    let mut fields = Fields::new(record, "a record is cut off");
    fields.take(8)?;
    let contig = fields.i32()?;
    let start = i64::from(fields.i32()?);
    let length = i64::from(fields.i32()?);
    if start < -1 || length < 0 {
        return Err(FormatError::Record("a negative position or length"));
    }
    Ok((contig, start, start + length))
}
