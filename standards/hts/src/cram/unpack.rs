//! Decompresses blocks one at a time, so that at most one block is in memory twice.
//!
//! noodles provides the codecs, except the name tokeniser. noodles 0.119 uses 4 kB for each name while it decodes names, which is 400 MB for a
//! slice of htslib's archive profile. noodles exports its codecs only through its reader of containers. Each block is therefore placed in a
//! container of its own, which noodles then reads.

use std::borrow::Cow;

use noodles::cram::io::Reader as NoodlesReader;
use noodles::cram::io::reader::Container as NoodlesContainer;

use super::container::{Block, CORE, EXTERNAL, Frame, SLICE_HEADER};
use super::names;
use super::not_packed;
use super::num::put_itf8;
use crate::error::{FormatError, FormatResult};

/// The compression methods of blocks (CRAM 3.1 § 8).
const STORED: u8 = 0;
pub(super) const RANS_NX16: u8 = 5;
pub(super) const ARITHMETIC: u8 = 6;
const NAMES: u8 = 8;

/// Decompresses a block whose sizes were checked before.
pub(super) fn unpack<'a>(frame: &Frame<'a>) -> FormatResult<Cow<'a, [u8]>> {
    if frame.raw_size == 0 {
        // A block of size 0 is treated as empty, whatever bytes its data has.
        return Ok(Cow::Borrowed(&[]));
    }
    let bytes = match frame.method {
        STORED => Cow::Borrowed(frame.data),
        NAMES => names::unpack(frame.data, frame.raw_size)?.into(),
        method => codec(method, frame.data, frame.raw_size)?.into(),
    };
    if bytes.len() == frame.raw_size {
        Ok(bytes)
    } else {
        Err(FormatError::Record("a block of another size than stated"))
    }
}

/// Decompresses data with a codec of noodles.
pub(super) fn codec(method: u8, data: &[u8], raw_size: usize) -> FormatResult<Vec<u8>> {
    let undecodable = |_| FormatError::Record("a CRAM block does not decode");
    let mended = match method {
        RANS_NX16 | ARITHMETIC => not_packed::without_flag(data)?,
        _ => None,
    };
    let bytes = alone(method, mended.as_deref().unwrap_or(data), raw_size);
    drop(mended);
    let mut container = NoodlesContainer::default();
    NoodlesReader::new(bytes.as_slice())
        .read_container(&mut container)
        .map_err(undecodable)?;
    drop(bytes);
    let slice = container
        .slices()
        .next()
        .ok_or(FormatError::Record("a CRAM block does not decode"))?;
    let (_, mut externals) = slice.and_then(|slice| slice.decode_blocks()).map_err(undecodable)?;
    let (_, unpacked) = externals.pop().ok_or(FormatError::Record("a CRAM block does not decode"))?;
    Ok(unpacked.into_owned())
}

/// A container with one slice that has no records and one external block with this data (CRAM 3.1 § 7, § 8.5).
fn alone(method: u8, data: &[u8], raw_size: usize) -> Vec<u8> {
    const ID: i32 = 1;
    let mut slice = Vec::new();
    // The slice header contains, in this order: unplaced; no start, span or records; record counter; two blocks, the id of the external block;
    // no embedded reference and no checksum.
    for value in [-1, 0, 0, 0, 0, 2, 1, ID, -1] {
        put_itf8(&mut slice, value);
    }
    slice.extend_from_slice(&[0; 16]);
    let mut body = Vec::with_capacity(data.len() + 128);
    Block::put(&mut body, STORED, SLICE_HEADER, 0, &slice, slice.len());
    Block::put(&mut body, STORED, CORE, 0, &[], 0);
    Block::put(&mut body, method, EXTERNAL, ID, data, raw_size);
    let mut out = Vec::with_capacity(body.len() + 64);
    out.extend_from_slice(&(body.len() as i32).to_le_bytes());
    // The container header contains, in this order: unplaced; no start, span or records; record counter, number of bases; three blocks; one
    // slice, at the beginning.
    for value in [-1, 0, 0, 0, 0, 0, 3, 1, 0] {
        put_itf8(&mut out, value);
    }
    let checksum = crc32fast::hash(&out);
    out.extend_from_slice(&checksum.to_le_bytes());
    out.extend_from_slice(&body);
    out
}
