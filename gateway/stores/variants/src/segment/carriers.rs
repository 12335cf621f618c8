//! The encoded carriers of one variant. Each of the three zygosity classes has the smallest of three encodings. Entries that are not from
//! the carrier's usual source follow as extras.
//!
//! ```text
//! carriers := header:u8 class{0..3} [extras]
//! header   := bits 0-1 heterozygous, 2-3 homozygous, 4-5 hemizygous: 0 none, 1 list, 2 bitset, 3 runs; bit 6: extras follow
//! list     := count:varint first:varint (gap - 1):varint*
//! bitset   := first_byte:varint bytes:varint byte*           bit i of byte b is ordinal 8 * (first_byte + b) + i
//! runs     := count:varint (gap:varint (length - 1):varint)*
//! extras   := count:varint (ordinal_delta:varint source:varint zygosity:u8)*
//! ```
//!
//! A decoded result is never larger than the mask: runs are intersected with the mask, and decoding a list or bitset needs only as much
//! memory as its bytes.

mod add;
mod count;
mod each;
mod put;

pub(crate) use add::add_masked;
pub(crate) use count::count_masked;
pub(crate) use each::{each_entry, each_masked};
pub(crate) use put::put_carriers;

use gemj_model::Zygosity;

use super::varint::Cursor;
use super::{SegmentError, malformed};

const LIST: u8 = 1;
const BITSET: u8 = 2;
const RUNS: u8 = 3;
const HAS_EXTRAS: u8 = 1 << 6;

/// The zygosity classes in the order of the header's bits.
pub(crate) const CLASSES: [Zygosity; 3] = [Zygosity::Heterozygous, Zygosity::Homozygous, Zygosity::Hemizygous];

/// The position of a zygosity in [`CLASSES`].
pub(crate) fn class_of(zygosity: Zygosity) -> usize {
    match zygosity {
        Zygosity::Heterozygous => 0,
        Zygosity::Homozygous => 1,
        Zygosity::Hemizygous => 2,
    }
}

/// An entry from a source that is not the carrier's usual source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extra {
    pub(crate) ordinal: u32,
    pub(crate) source: u32,
    pub(crate) zygosity: Zygosity,
}

/// Reads a bitset: the position of its first byte, and its bytes. All ordinals fit into 32 bits.
fn bitset<'a>(cursor: &mut Cursor<'a>) -> Result<(u32, &'a [u8]), SegmentError> {
    let first_byte = cursor.varint_u32()?;
    let length = cursor.length()?;
    let bits = cursor.take(length)?;
    if u64::from(first_byte) + length as u64 > 1 << 29 {
        return Err(malformed("an ordinal is too large"));
    }
    Ok((first_byte, bits))
}

/// Reads the next run: its first and its last ordinal. `next` is the smallest possible first ordinal.
fn run(cursor: &mut Cursor<'_>, next: u64) -> Result<(u32, u32), SegmentError> {
    let far = malformed("an ordinal is too large");
    let start = next.checked_add(cursor.varint()?).ok_or(far)?;
    let last = start.checked_add(cursor.varint()?).ok_or(far)?;
    match (u32::try_from(start), u32::try_from(last)) {
        (Ok(first), Ok(last)) => Ok((first, last)),
        _ => Err(far),
    }
}

fn each_extra(cursor: &mut Cursor<'_>, mut visit: impl FnMut(Extra)) -> Result<(), SegmentError> {
    let mut ordinal = 0u32;
    for _ in 0..cursor.varint()? {
        let delta = cursor.varint_u32()?;
        ordinal = ordinal.checked_add(delta).ok_or(malformed("an ordinal is too large"))?;
        let source = cursor.varint_u32()?;
        let zygosity = *CLASSES
            .get(usize::from(cursor.byte()?))
            .ok_or(malformed("an extra has an unknown zygosity"))?;
        visit(Extra { ordinal, source, zygosity });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
