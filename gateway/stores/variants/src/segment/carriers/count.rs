//! Counts the carriers of a variant without building bitmaps of the carriers.

use super::{BITSET, HAS_EXTRAS, LIST, RUNS, bitset, run};
use crate::mask::Mask;
use crate::segment::varint::Cursor;
use crate::segment::{SegmentError, malformed};

/// Adds to `counts`, in the order of [`CLASSES`], the number of carriers of one variant that the mask includes. Returns false if some
/// entries are not from the carrier's usual source. A participant may then have several entries, and `counts` must not be used.
pub(crate) fn count_masked(bytes: &[u8], mask: &Mask<'_>, counts: &mut [u64; 3]) -> Result<bool, SegmentError> {
    let mut cursor = Cursor::new(bytes, "carriers");
    let header = cursor.byte()?;
    if header & 0x80 != 0 {
        return Err(malformed("a carrier header has an unknown flag"));
    }
    if header & HAS_EXTRAS != 0 {
        return Ok(false);
    }
    for (number, count) in counts.iter_mut().enumerate() {
        *count += match header >> (2 * number) & 3 {
            LIST => count_list(&mut cursor, mask)?,
            BITSET => {
                let (first_byte, bits) = bitset(&mut cursor)?;
                mask.count_bytes(first_byte, bits)
            }
            RUNS => count_runs(&mut cursor, mask)?,
            _ => 0,
        };
    }
    if cursor.remaining() != 0 {
        return Err(malformed("carriers have bytes after their end"));
    }
    Ok(true)
}

fn count_list(cursor: &mut Cursor<'_>, mask: &Mask<'_>) -> Result<u64, SegmentError> {
    match mask.dense() {
        Some(dense) => count_list_in(cursor, |ordinal| dense.contains(ordinal)),
        None => count_list_in(cursor, |ordinal| u32::try_from(ordinal).is_ok_and(|ordinal| mask.contains(ordinal))),
    }
}

/// The number of gaps that are decoded together if each gap has one byte. Most gaps between carriers have one byte if there are many
/// carriers.
const TOGETHER: u64 = 8;
/// These bits are all 0 in eight bytes if each of the bytes is a complete gap.
const LONGER: u64 = 0x8080_8080_8080_8080;

#[inline]
fn count_list_in(cursor: &mut Cursor<'_>, contains: impl Fn(u64) -> bool) -> Result<u64, SegmentError> {
    let (mut count, mut next) = (0, 0u64);
    let mut left = cursor.varint()?;
    while left > 0 {
        if left >= TOGETHER
            && let Some(gaps) = cursor.peek_eight().filter(|gaps| gaps & LONGER == 0)
        {
            for gap in gaps.to_le_bytes() {
                let ordinal = next + u64::from(gap);
                count += u64::from(contains(ordinal));
                next = ordinal + 1;
            }
            cursor.pass_eight();
            left -= TOGETHER;
            continue;
        }
        for _ in 0..left.min(TOGETHER) {
            // This sum stays below 2^64, because the number of 32-bit gaps is limited by the number of bytes.
            let ordinal = next + u64::from(cursor.varint_u32()?);
            count += u64::from(contains(ordinal));
            next = ordinal + 1;
        }
        left = left.saturating_sub(TOGETHER);
    }
    // Ordinals are ascending, so it is enough to check the last ordinal.
    if next > 1 << 32 {
        return Err(malformed("an ordinal is too large"));
    }
    Ok(count)
}

fn count_runs(cursor: &mut Cursor<'_>, mask: &Mask<'_>) -> Result<u64, SegmentError> {
    let (mut count, mut next) = (0, 0);
    for _ in 0..cursor.varint()? {
        let (first, last) = run(cursor, next)?;
        count += mask.count_run(first, last);
        next = u64::from(last) + 1;
    }
    Ok(count)
}
