//! Corrects data that has the flag "packed" but is not packed (CRAM codecs 3.1 § 3.5, `DecodePackMeta`). For more than 16 symbols, htslib
//! writes the number of symbols, no map, and the unchanged data. Its archive profile does this for arrays of bytes, for example signals and
//! base modifications of long reads. noodles 0.119 rejects these blocks. This module therefore removes the flag and the two numbers after it.

use super::codec_sizes::{MOST_PACKED_SYMBOLS, NO_SIZE, PACK, STRIPE, uint7};
use super::compress::put_uint7;
use crate::error::{FormatError, FormatResult};
use crate::fields::Fields;

const SHORT: &str = "a compressed block is cut off";

/// The data of rANS Nx16 or of the arithmetic coder without the wrong flag; `None` if the data needs no change.
pub(super) fn without_flag(data: &[u8]) -> FormatResult<Option<Vec<u8>>> {
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
        let mended = without_flag(stream)?;
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
