//! Writes the beginning of a CRAM file: the file definition and the header container.

use super::compress::{BlockCompressor, Codecs, GZIP, STORED};
use super::container::{Block, FILE_DEFINITION_BYTES, FILE_HEADER, FileStart};
use super::num::{put_itf8, put_ltf8};
use crate::error::{FormatError, FormatResult};

/// The number of bytes of the magic and the version.
const MAGIC_AND_VERSION_BYTES: usize = 6;

/// The beginning of a CRAM file as [`beginning`] writes it, but in the CRAM version of another file. The file id is removed, because writers
/// often store a file name in it.
///
/// # Errors
/// The errors of [`beginning`].
pub fn rewrite(start: &FileStart, sam_text: &[u8]) -> FormatResult<Vec<u8>> {
    with_definition(&start.bytes[..MAGIC_AND_VERSION_BYTES], sam_text)
}

/// The beginning of a CRAM 3.0 file: the file definition, and the header container with this SAM header text.
///
/// # Errors
/// [`FormatError::Header`] for a text of 2 GiB or more.
pub fn beginning(sam_text: &[u8]) -> FormatResult<Vec<u8>> {
    with_definition(b"CRAM\x03\x00", sam_text)
}

fn with_definition(magic_and_version: &[u8], sam_text: &[u8]) -> FormatResult<Vec<u8>> {
    let too_long = |_| FormatError::Header("the SAM header is too long");
    let mut content = i32::try_from(sam_text.len()).map_err(too_long)?.to_le_bytes().to_vec();
    content.extend_from_slice(sam_text);
    let mut body = Vec::new();
    // gzip makes a header with thousands of contigs five to ten times smaller. Readers of CRAM 3 accept no other codec for this block.
    match BlockCompressor::new(Codecs::V30).gzip(&content) {
        Some(gzip) => Block::put(&mut body, GZIP, FILE_HEADER, 0, &gzip, content.len()),
        None => Block::put(&mut body, STORED, FILE_HEADER, 0, &content, content.len()),
    }

    let mut out = magic_and_version.to_vec();
    out.resize(FILE_DEFINITION_BYTES, 0);
    let mut header = i32::try_from(body.len()).map_err(too_long)?.to_le_bytes().to_vec();
    // The container header contains, in this order: reference id, start, span, number of records; record counter, number of bases; one block;
    // one landmark, at the beginning.
    for _ in 0..4 {
        put_itf8(&mut header, 0);
    }
    for _ in 0..2 {
        put_ltf8(&mut header, 0);
    }
    for value in [1, 1, 0] {
        put_itf8(&mut header, value);
    }
    let checksum = crc32fast::hash(&header);
    out.extend_from_slice(&header);
    out.extend_from_slice(&checksum.to_le_bytes());
    out.extend_from_slice(&body);
    Ok(out)
}
