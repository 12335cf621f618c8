//! Decodes the carriers of a variant into bitmaps.

use roaring::RoaringBitmap;

use super::{BITSET, CLASSES, HAS_EXTRAS, LIST, RUNS, bitset, each_extra, run};
use crate::carriers::Carriers;
use crate::mask::Mask;
use crate::segment::varint::Cursor;
use crate::segment::{SegmentError, malformed};

/// Adds the carriers of one variant that the mask includes to `into`.
pub(crate) fn add_masked(bytes: &[u8], mask: &Mask<'_>, into: &mut Carriers) -> Result<(), SegmentError> {
    let mut cursor = Cursor::new(bytes, "carriers");
    let header = cursor.byte()?;
    if header & 0x80 != 0 {
        return Err(malformed("a carrier header has an unknown flag"));
    }
    for (number, zygosity) in CLASSES.into_iter().enumerate() {
        let class = into.class_mut(zygosity);
        match header >> (2 * number) & 3 {
            LIST => add_list(&mut cursor, mask, class)?,
            BITSET => add_bitset(&mut cursor, mask, class)?,
            RUNS => add_runs(&mut cursor, mask, class)?,
            _ => {}
        }
    }
    if header & HAS_EXTRAS != 0 {
        each_extra(&mut cursor, |extra| {
            if mask.admits_extra(extra.ordinal, extra.source) {
                into.class_mut(extra.zygosity).insert(extra.ordinal);
            }
        })?;
    }
    if cursor.remaining() != 0 {
        return Err(malformed("carriers have bytes after their end"));
    }
    Ok(())
}

fn add_list(cursor: &mut Cursor<'_>, mask: &Mask<'_>, class: &mut RoaringBitmap) -> Result<(), SegmentError> {
    let count = cursor.varint()?;
    if count > cursor.remaining() as u64 {
        return Err(SegmentError::Truncated { part: "carriers" });
    }
    let filter_here = mask.is_quick() || count < 32;
    let mut next = 0u32;
    let mut past_end = false;
    let mut kept = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let gap = cursor.varint_u32()?;
        if past_end {
            return Err(malformed("an ordinal is too large"));
        }
        let ordinal = next.checked_add(gap).ok_or(malformed("an ordinal is too large"))?;
        if !filter_here || mask.contains(ordinal) {
            kept.push(ordinal);
        }
        (next, past_end) = ordinal.overflowing_add(1);
    }
    let mut found = from_ascending(&kept);
    if !filter_here {
        mask.intersect(&mut found);
    }
    join(class, found);
    Ok(())
}

/// Makes a bitmap of ascending ordinals. If there are many ordinals that are close together, they are first written as plain bytes, which
/// is several times faster than adding each ordinal.
fn from_ascending(ordinals: &[u32]) -> RoaringBitmap {
    let (Some(first), Some(last)) = (ordinals.first(), ordinals.last()) else {
        return RoaringBitmap::new();
    };
    let (first_byte, bytes) = (first / 8, (last / 8 - first / 8) as usize + 1);
    if ordinals.len() < 128 || bytes > ordinals.len() * 32 {
        // The ordinals are ascending, so no ordinal is rejected.
        return RoaringBitmap::from_sorted_iter(ordinals.iter().copied()).unwrap_or_default();
    }
    let mut bits = vec![0u8; bytes];
    for ordinal in ordinals {
        bits[(ordinal / 8 - first_byte) as usize] |= 1 << (ordinal % 8);
    }
    RoaringBitmap::from_lsb0_bytes(first_byte * 8, &bits)
}

/// Adds ordinals to the bitmap of a class. The bitmap is usually still empty.
fn join(class: &mut RoaringBitmap, found: RoaringBitmap) {
    if class.is_empty() {
        *class = found;
    } else {
        *class |= found;
    }
}

fn add_bitset(cursor: &mut Cursor<'_>, mask: &Mask<'_>, class: &mut RoaringBitmap) -> Result<(), SegmentError> {
    let (first_byte, bits) = bitset(cursor)?;
    join(class, mask.intersect_bytes(first_byte, bits));
    Ok(())
}

fn add_runs(cursor: &mut Cursor<'_>, mask: &Mask<'_>, class: &mut RoaringBitmap) -> Result<(), SegmentError> {
    let mut next = 0u64;
    for _ in 0..cursor.varint()? {
        let (first, last) = run(cursor, next)?;
        mask.intersect_run(first, last, class);
        next = u64::from(last) + 1;
    }
    Ok(())
}
