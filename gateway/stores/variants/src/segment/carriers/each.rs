//! Visits the carriers of a variant one after another, until the visitor stops.

use std::ops::ControlFlow;

use gemj_model::Zygosity;

use super::{BITSET, CLASSES, HAS_EXTRAS, LIST, RUNS, bitset, each_extra, run};
use crate::mask::Mask;
use crate::segment::varint::Cursor;
use crate::segment::{SegmentError, malformed};

/// Calls `visit` for each carrier of one variant that the mask includes, until `visit` breaks. A participant may be passed several times,
/// with several zygosities or from several sources. The carriers are not collected in memory.
pub(crate) fn each_masked(
    bytes: &[u8],
    mask: &Mask<'_>,
    visit: &mut impl FnMut(u32) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, SegmentError> {
    let mut cursor = Cursor::new(bytes, "carriers");
    let header = cursor.byte()?;
    if header & 0x80 != 0 {
        return Err(malformed("a carrier header has an unknown flag"));
    }
    for number in 0..CLASSES.len() {
        let flow = match header >> (2 * number) & 3 {
            LIST => each_of_list(&mut cursor, mask, visit)?,
            BITSET => each_of_bitset(&mut cursor, mask, visit)?,
            RUNS => each_of_runs(&mut cursor, mask, visit)?,
            _ => ControlFlow::Continue(()),
        };
        if flow.is_break() {
            return Ok(flow);
        }
    }
    let mut flow = ControlFlow::Continue(());
    if header & HAS_EXTRAS != 0 {
        each_extra(&mut cursor, |extra| {
            if flow.is_continue() && mask.admits_extra(extra.ordinal, extra.source) {
                flow = visit(extra.ordinal);
            }
        })?;
    }
    if cursor.remaining() != 0 {
        return Err(malformed("carriers have bytes after their end"));
    }
    Ok(flow)
}

/// Calls `visit` for every entry of one variant with its ordinal, its zygosity and its source. The source is absent if it is the carrier's
/// usual source.
pub(crate) fn each_entry(bytes: &[u8], mut visit: impl FnMut(u32, Zygosity, Option<u32>)) -> Result<(), SegmentError> {
    let mut cursor = Cursor::new(bytes, "carriers");
    let header = cursor.byte()?;
    for (number, zygosity) in CLASSES.into_iter().enumerate() {
        match header >> (2 * number) & 3 {
            LIST => {
                let mut next = Some(0u32);
                for _ in 0..cursor.varint()? {
                    let gap = cursor.varint_u32()?;
                    let ordinal = next
                        .and_then(|next| next.checked_add(gap))
                        .ok_or(malformed("an ordinal is too large"))?;
                    visit(ordinal, zygosity, None);
                    next = ordinal.checked_add(1);
                }
            }
            BITSET => {
                let (first_byte, bits) = bitset(&mut cursor)?;
                for (byte, bits) in (first_byte..).zip(bits) {
                    (0..8)
                        .filter(|bit| bits >> bit & 1 == 1)
                        .for_each(|bit| visit(byte * 8 + bit, zygosity, None));
                }
            }
            RUNS => {
                let mut next = 0;
                for _ in 0..cursor.varint()? {
                    let (first, last) = run(&mut cursor, next)?;
                    (first..=last).for_each(|ordinal| visit(ordinal, zygosity, None));
                    next = u64::from(last) + 1;
                }
            }
            _ => {}
        }
    }
    if header & HAS_EXTRAS != 0 {
        each_extra(&mut cursor, |extra| visit(extra.ordinal, extra.zygosity, Some(extra.source)))?;
    }
    if cursor.remaining() != 0 {
        return Err(malformed("carriers have bytes after their end"));
    }
    Ok(())
}

type Visited = Result<ControlFlow<()>, SegmentError>;

fn each_of_list(cursor: &mut Cursor<'_>, mask: &Mask<'_>, visit: &mut impl FnMut(u32) -> ControlFlow<()>) -> Visited {
    let count = cursor.varint()?;
    let mut next = Some(0u32);
    for _ in 0..count {
        let gap = cursor.varint_u32()?;
        let ordinal = next
            .and_then(|next| next.checked_add(gap))
            .ok_or(malformed("an ordinal is too large"))?;
        if mask.contains(ordinal) && visit(ordinal).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        next = ordinal.checked_add(1);
    }
    Ok(ControlFlow::Continue(()))
}

fn each_of_bitset(cursor: &mut Cursor<'_>, mask: &Mask<'_>, visit: &mut impl FnMut(u32) -> ControlFlow<()>) -> Visited {
    let (first_byte, bits) = bitset(cursor)?;
    for (byte, bits) in (first_byte..).zip(bits) {
        let mut left = mask.intersect_byte(byte, *bits);
        while left != 0 {
            let ordinal = byte * 8 + left.trailing_zeros();
            left &= left - 1;
            if visit(ordinal).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn each_of_runs(cursor: &mut Cursor<'_>, mask: &Mask<'_>, visit: &mut impl FnMut(u32) -> ControlFlow<()>) -> Visited {
    let mut next = 0u64;
    for _ in 0..cursor.varint()? {
        let (first, last) = run(cursor, next)?;
        for ordinal in mask.of_run(first, last) {
            if visit(ordinal).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        next = u64::from(last) + 1;
    }
    Ok(ControlFlow::Continue(()))
}
