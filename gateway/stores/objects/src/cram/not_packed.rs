//! Data flagged as packed that is not (CRAM codecs 3.1 § 3.5, `DecodePackMeta`): of more than 16 symbols htslib writes their number, no map, and the data as it is.
//! That is what its archive profile makes of arrays of bytes, such as signals and base modifications of long reads. noodles 0.119 refuses it: here such blocks
//! lose the flag, and with it the two numbers behind it.

use super::codec_sizes::{DUPLICATE, MOST_PACKED_SYMBOLS, NO_SIZE, PACK, STRIPE, uint7};
use super::compress::put_uint7;
use super::container::{Block, Container};
use super::num::{itf8, ltf8, put_itf8};
use crate::fields::Fields;
use crate::format_error::{FormatError, FormatResult};

const SHORT: &str = "a compressed block is cut off";

/// A container's bytes as noodles reads them.
pub(super) fn without_flag(container: &Container) -> FormatResult<Vec<u8>> {
    let mut body = Vec::new();
    let mut landmarks = Vec::new();
    let mut fields = Fields::new(&container.body, "a block is cut off");
    let mut changed = false;
    while !fields.rest().is_empty() {
        let at = container.body.len() - fields.rest().len();
        if container.landmarks.contains(&at) {
            landmarks.push(body.len());
        }
        let before = fields.rest();
        let frame = Block::take(&mut fields)?;
        let mended = match frame.method {
            5 | 6 => coder(frame.data)?,
            8 => tokens(frame.data)?,
            _ => None,
        };
        match mended {
            Some(data) => {
                changed = true;
                Block::put(&mut body, frame.method, frame.content_type, frame.content_id, &data, frame.raw_size);
            }
            None => body.extend_from_slice(&before[..before.len() - fields.rest().len()]),
        }
    }
    if !changed {
        return Ok(container.bytes());
    }
    let mut out = (body.len() as i32).to_le_bytes().to_vec();
    let mut numbers = Fields::new(&container.header, "a container header is cut off");
    numbers.take(4)?;
    for _ in 0..4 {
        itf8(&mut numbers)?;
    }
    for _ in 0..2 {
        ltf8(&mut numbers)?;
    }
    itf8(&mut numbers)?;
    out.extend_from_slice(&container.header[4..container.header.len() - numbers.rest().len()]);
    put_itf8(&mut out, landmarks.len() as i32);
    for landmark in landmarks {
        put_itf8(&mut out, landmark as i32);
    }
    let checksum = crc32fast::hash(&out);
    out.extend_from_slice(&checksum.to_le_bytes());
    out.extend_from_slice(&body);
    Ok(out)
}

/// The data of rANS Nx16 or of the arithmetic coder without the flag; absent where it is as it should be.
fn coder(data: &[u8]) -> FormatResult<Option<Vec<u8>>> {
    let mut fields = Fields::new(data, SHORT);
    let flags = fields.u8()?;
    if flags & NO_SIZE == 0 {
        uint7(&mut fields)?;
    }
    let head = data.len() - fields.rest().len();
    if flags & STRIPE != 0 {
        return stripes(&data[..head], fields);
    }
    if flags & PACK == 0 {
        return Ok(None);
    }
    let symbols = fields.u8()?;
    if (1..=MOST_PACKED_SYMBOLS).contains(&usize::from(symbols)) {
        return Ok(None);
    }
    uint7(&mut fields)?;
    let mut out = data[..head].to_vec();
    out[0] &= !PACK;
    out.extend_from_slice(fields.rest());
    Ok(Some(out))
}

fn stripes(head: &[u8], mut fields: Fields<'_>) -> FormatResult<Option<Vec<u8>>> {
    let count = fields.u8()?;
    let sizes = (0..count).map(|_| uint7(&mut fields)).collect::<FormatResult<Vec<_>>>()?;
    let (mut streams, mut changed) = (Vec::new(), false);
    for size in sizes {
        let stream = fields.take(size)?;
        if stream.first().is_some_and(|flags| flags & STRIPE != 0) {
            return Err(FormatError::Unsupported("stripes of stripes"));
        }
        let mended = coder(stream)?;
        changed |= mended.is_some();
        streams.push(mended.unwrap_or_else(|| stream.to_vec()));
    }
    if !changed {
        return Ok(None);
    }
    let mut out = head.to_vec();
    out.push(count);
    for stream in &streams {
        put_uint7(&mut out, stream.len());
    }
    out.extend(streams.concat());
    Ok(Some(out))
}

/// The streams of the name tokeniser, each of which a coder made.
fn tokens(data: &[u8]) -> FormatResult<Option<Vec<u8>>> {
    let mut fields = Fields::new(data, SHORT);
    // Size unpacked, names, which coder.
    let mut out = fields.take(9)?.to_vec();
    let mut changed = false;
    while !fields.rest().is_empty() {
        let kind = fields.u8()?;
        out.push(kind);
        if kind & DUPLICATE != 0 {
            out.extend_from_slice(fields.take(2)?);
            continue;
        }
        let length = uint7(&mut fields)?;
        let stream = fields.take(length)?;
        let mended = coder(stream)?;
        changed |= mended.is_some();
        let stream = mended.as_deref().unwrap_or(stream);
        put_uint7(&mut out, stream.len());
        out.extend_from_slice(stream);
    }
    Ok(changed.then_some(out))
}
