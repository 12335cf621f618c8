//! Checks the sizes that the codecs of CRAM state inside their data (CRAM codecs 3.1 § 2-6). A decoder reserves memory by these sizes, not by
//! the size in the block's header. The stated sizes are therefore compared with the block's size before decompression.

use crate::error::{FormatError, FormatResult};
use crate::fields::Fields;
use crate::limits::{MOST_TOKEN_POSITIONS, MOST_TOKENISED_NAMES, within};

const SHORT: &str = "a compressed block is cut off";
const OTHER: FormatError = FormatError::Record("a block whose codec states another size");

/// The flags of rANS Nx16 and of the arithmetic coder. Both coders use the same bits for these flags.
pub(super) const STRIPE: u8 = 0x08;
pub(super) const NO_SIZE: u8 = 0x10;
pub(super) const RLE: u8 = 0x40;
pub(super) const PACK: u8 = 0x80;

/// The maximum number of symbols of packed data; 0 as a number of symbols means 256. Data with more symbols is not packed even if the flag is
/// set, because two symbols then do not fit into a byte.
pub(super) const MOST_PACKED_SYMBOLS: usize = 16;

/// A flag of the name tokeniser: the stream is a copy of another stream of tokens, and no data follows.
pub(super) const DUPLICATE: u8 = 0x40;

/// A flag of the name tokeniser: a new position of tokens starts.
pub(super) const NEW_POSITION: u8 = 0x80;

/// The maximum depth of nested stripes. The streams of a stripe are packed, and no writer stripes them again.
const MOST_DEPTH: u32 = 1;

/// Checks the sizes in the data of a block, by its compression method.
pub(super) fn check(method: u8, data: &[u8], raw_size: usize) -> FormatResult<()> {
    if raw_size == 0 {
        // A block of size 0 is treated as empty, whatever bytes its data has.
        return Ok(());
    }
    let mut fields = Fields::new(data, SHORT);
    match method {
        // The data of rANS 4x8 begins with the order, the compressed size and the uncompressed size.
        4 => {
            fields.take(5)?;
            equal(fields.u32()? as usize, raw_size)
        }
        5 => coder(&mut fields, raw_size, 0, true),
        6 => coder(&mut fields, raw_size, 0, false),
        7 => equal(uint7(&mut fields)?, raw_size),
        // The data of the name tokeniser begins with the uncompressed size and the number of names.
        8 => {
            equal(fields.u32()? as usize, raw_size)?;
            let names = fields.u32()? as usize;
            within(names, MOST_TOKENISED_NAMES.min(raw_size), "a block of more than 100,000 names")?;
            let is_rans = fields.u8()? == 0;
            tokens(&mut fields, raw_size, is_rans)
        }
        _ => Ok(()),
    }
}

fn equal(size: usize, raw_size: usize) -> FormatResult<()> {
    if size == raw_size { Ok(()) } else { Err(OTHER) }
}

/// Checks a size that the data states before unpacking. Packed or run-length coded data is never larger than the unpacked data, except for a
/// few bytes of a code.
fn at_most(size: usize, raw_size: usize) -> FormatResult<()> {
    if size <= raw_size.saturating_add(16) { Ok(()) } else { Err(OTHER) }
}

/// Checks the token streams of the name tokeniser. A token has one byte for its kind and at most four bytes for its value, and represents at
/// least one byte of a name.
fn tokens(fields: &mut Fields<'_>, raw_size: usize, is_rans: bool) -> FormatResult<()> {
    let mut left = raw_size.saturating_mul(8).saturating_add(1 << 16);
    let (mut largest, mut positions) = (0, 0);
    while !fields.rest().is_empty() {
        let kind = fields.u8()?;
        positions += usize::from(kind & NEW_POSITION != 0);
        within(positions, MOST_TOKEN_POSITIONS, "names of more than 128 parts")?;
        if kind & DUPLICATE != 0 {
            fields.take(2)?;
            left = left.checked_sub(largest).ok_or(OTHER)?;
            continue;
        }
        let length = uint7(fields)?;
        let mut stream = Fields::new(fields.take(length)?, SHORT);
        let mut head = stream;
        if head.u8()? & NO_SIZE != 0 {
            return Err(OTHER);
        }
        let size = uint7(&mut head)?;
        left = left.checked_sub(size).ok_or(OTHER)?;
        largest = largest.max(size);
        coder(&mut stream, size, 0, is_rans)?;
    }
    Ok(())
}

fn coder(fields: &mut Fields<'_>, raw_size: usize, depth: u32, is_rans: bool) -> FormatResult<()> {
    let flags = fields.u8()?;
    if flags & NO_SIZE == 0 {
        equal(uint7(fields)?, raw_size)?;
    }
    if flags & STRIPE != 0 {
        if depth == MOST_DEPTH {
            return Err(FormatError::Unsupported("stripes of stripes"));
        }
        let count = usize::from(fields.u8()?);
        let sizes = (0..count).map(|_| uint7(fields)).collect::<FormatResult<Vec<_>>>()?;
        for (at, size) in sizes.into_iter().enumerate() {
            let share = raw_size / count + usize::from(raw_size % count > at);
            coder(&mut Fields::new(fields.take(size)?, SHORT), share, depth + 1, is_rans)?;
        }
        return Ok(());
    }
    if flags & PACK != 0 {
        let symbols = usize::from(fields.u8()?);
        // If the data has more symbols than can be packed, the map of symbols is absent, and the data is not packed.
        fields.take(if symbols <= MOST_PACKED_SYMBOLS { symbols } else { 0 })?;
        at_most(uint7(fields)?, raw_size)?;
    }
    // The arithmetic coder has no separate data for runs, because it codes the runs together with the symbols.
    if flags & RLE != 0 && is_rans {
        let described = uint7(fields)?;
        at_most(uint7(fields)?, raw_size)?;
        // `described` states the size of the run metadata: twice the uncompressed size, plus one if the metadata is not compressed. The
        // metadata has a number for each run, and the symbols that have runs.
        at_most(described / 2, raw_size.saturating_mul(5).saturating_add(256))?;
    }
    Ok(())
}

pub(super) fn uint7(fields: &mut Fields<'_>) -> FormatResult<usize> {
    let mut value = 0usize;
    for _ in 0..5 {
        let byte = fields.u8()?;
        value = value << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(FormatError::Record("a number of more than 32 bits"))
}
