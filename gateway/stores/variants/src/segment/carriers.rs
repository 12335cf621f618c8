//! Who carries one variant: three zygosity classes, each in the smallest of three encodings, and the entries that did not come from a
//! carrier's usual source.
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
//! Nothing here is made larger than the mask it is read under: runs are walked along the mask, lists and bitsets cost what their bytes cost.

use std::ops::ControlFlow;

use gemj_model::Zygosity;
use roaring::RoaringBitmap;

use super::varint::{Cursor, put, size};
use super::{SegmentError, malformed};
use crate::carriers::Carriers;
use crate::mask::Mask;

const LIST: u8 = 1;
const BITSET: u8 = 2;
const RUNS: u8 = 3;
const HAS_EXTRAS: u8 = 1 << 6;

/// The classes in the order of the header's bits.
pub(crate) const CLASSES: [Zygosity; 3] = [Zygosity::Heterozygous, Zygosity::Homozygous, Zygosity::Hemizygous];

/// Position of a zygosity in [`CLASSES`].
pub(crate) fn class_of(zygosity: Zygosity) -> usize {
    match zygosity {
        Zygosity::Heterozygous => 0,
        Zygosity::Homozygous => 1,
        Zygosity::Hemizygous => 2,
    }
}

/// An entry whose source is not the usual one of its carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extra {
    pub(crate) ordinal: u32,
    pub(crate) source: u32,
    pub(crate) zygosity: Zygosity,
}

/// Appends the carriers of one variant. Each class is sorted and without duplicates; extras are sorted by ordinal.
pub(crate) fn put_carriers(out: &mut Vec<u8>, classes: &[Vec<u32>; 3], extras: &[Extra]) {
    let header_at = out.len();
    let mut header = if extras.is_empty() { 0 } else { HAS_EXTRAS };
    out.push(0);
    for (number, class) in classes.iter().enumerate() {
        header |= put_class(out, class) << (2 * number);
    }
    if !extras.is_empty() {
        put(out, extras.len() as u64);
        let mut previous = 0;
        for extra in extras {
            put(out, u64::from(extra.ordinal - previous));
            put(out, u64::from(extra.source));
            out.push(class_of(extra.zygosity) as u8);
            previous = extra.ordinal;
        }
    }
    out[header_at] = header;
}

fn put_class(out: &mut Vec<u8>, ordinals: &[u32]) -> u8 {
    let (Some(&first), Some(&last)) = (ordinals.first(), ordinals.last()) else {
        return 0;
    };
    let mut list_bytes = size(ordinals.len() as u64) + size(u64::from(first));
    let (mut runs, mut runs_bytes) = (1u64, 0);
    let (mut run_start, mut previous, mut previous_end) = (first, first, 0u64);
    for &ordinal in &ordinals[1..] {
        list_bytes += size(u64::from(ordinal - previous - 1));
        if ordinal != previous + 1 {
            runs_bytes += size(u64::from(run_start) - previous_end) + size(u64::from(previous - run_start));
            previous_end = u64::from(previous) + 1;
            run_start = ordinal;
            runs += 1;
        }
        previous = ordinal;
    }
    runs_bytes += size(runs) + size(u64::from(run_start) - previous_end) + size(u64::from(last - run_start));
    let (first_byte, bytes) = (u64::from(first / 8), (last / 8 - first / 8 + 1) as usize);
    let bitset_bytes = size(first_byte) + size(bytes as u64) + bytes;
    if list_bytes <= bitset_bytes && list_bytes <= runs_bytes {
        put(out, ordinals.len() as u64);
        put(out, u64::from(first));
        for pair in ordinals.windows(2) {
            put(out, u64::from(pair[1] - pair[0] - 1));
        }
        LIST
    } else if bitset_bytes <= runs_bytes {
        put(out, first_byte);
        put(out, bytes as u64);
        let at = out.len();
        out.resize(at + bytes, 0);
        for &ordinal in ordinals {
            out[at + (ordinal / 8 - first / 8) as usize] |= 1 << (ordinal % 8);
        }
        BITSET
    } else {
        put(out, runs);
        let (mut run_start, mut previous, mut previous_end) = (first, first, 0u64);
        let mut close = |start: u32, last: u32| {
            put(out, u64::from(start) - previous_end);
            put(out, u64::from(last - start));
            previous_end = u64::from(last) + 1;
        };
        for &ordinal in &ordinals[1..] {
            if ordinal != previous + 1 {
                close(run_start, previous);
                run_start = ordinal;
            }
            previous = ordinal;
        }
        close(run_start, previous);
        RUNS
    }
}

/// Adds the carriers of one variant that the mask lets through to `into`.
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
        return Err(malformed("carriers have bytes behind their end"));
    }
    Ok(())
}

/// Adds to `counts`, in the order of [`CLASSES`], how many carriers of one variant the mask lets through. Answers false where some entries are of
/// another source than the carrier's usual one: a person can come twice then, and the numbers are no numbers of people.
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
        return Err(malformed("carriers have bytes behind their end"));
    }
    Ok(true)
}

/// Calls back for each carrier of one variant that the mask lets through, until told to stop. One person can come several times: with several
/// zygosities, and from several sources. Nothing is collected.
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
        return Err(malformed("carriers have bytes behind their end"));
    }
    Ok(flow)
}

/// Calls back for every entry of one variant: ordinal, zygosity, and its source where that is not the carrier's usual one.
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
        return Err(malformed("carriers have bytes behind their end"));
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

/// First and last ordinal of the next run; `next` is the first that it can begin with.
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

/// A bitmap of ascending ordinals. Many close ones go by way of plain bytes, which is several times quicker than one by one.
fn from_ascending(ordinals: &[u32]) -> RoaringBitmap {
    let (Some(first), Some(last)) = (ordinals.first(), ordinals.last()) else {
        return RoaringBitmap::new();
    };
    let (first_byte, bytes) = (first / 8, (last / 8 - first / 8) as usize + 1);
    if ordinals.len() < 128 || bytes > ordinals.len() * 32 {
        // Ascending, so that none is refused.
        return RoaringBitmap::from_sorted_iter(ordinals.iter().copied()).unwrap_or_default();
    }
    let mut bits = vec![0u8; bytes];
    for ordinal in ordinals {
        bits[(ordinal / 8 - first_byte) as usize] |= 1 << (ordinal % 8);
    }
    RoaringBitmap::from_lsb0_bytes(first_byte * 8, &bits)
}

/// Adds ordinals to a class that is most often still empty.
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

/// The first byte of a bitset and its bytes, of ordinals that fit 32 bits.
fn bitset<'a>(cursor: &mut Cursor<'a>) -> Result<(u32, &'a [u8]), SegmentError> {
    let first_byte = cursor.varint_u32()?;
    let length = cursor.length()?;
    let bits = cursor.take(length)?;
    if u64::from(first_byte) + length as u64 > 1 << 29 {
        return Err(malformed("an ordinal is too large"));
    }
    Ok((first_byte, bits))
}

fn count_list(cursor: &mut Cursor<'_>, mask: &Mask<'_>) -> Result<u64, SegmentError> {
    match mask.dense() {
        Some(dense) => count_list_in(cursor, |ordinal| dense.contains(ordinal)),
        None => count_list_in(cursor, |ordinal| u32::try_from(ordinal).is_ok_and(|ordinal| mask.contains(ordinal))),
    }
}

#[inline]
fn count_list_in(cursor: &mut Cursor<'_>, contains: impl Fn(u64) -> bool) -> Result<u64, SegmentError> {
    let (mut count, mut next) = (0, 0u64);
    for _ in 0..cursor.varint()? {
        // Below 2^64 for as many gaps of 32 bits as there can be bytes.
        let ordinal = next + u64::from(cursor.varint_u32()?);
        count += u64::from(contains(ordinal));
        next = ordinal + 1;
    }
    // Ordinals ascend: the last tells of all.
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

fn add_runs(cursor: &mut Cursor<'_>, mask: &Mask<'_>, class: &mut RoaringBitmap) -> Result<(), SegmentError> {
    let mut next = 0u64;
    for _ in 0..cursor.varint()? {
        let (first, last) = run(cursor, next)?;
        mask.intersect_run(first, last, class);
        next = u64::from(last) + 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::mask::Liveness;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn read(bytes: &[u8], people: &RoaringBitmap) -> Result<Carriers, SegmentError> {
        let mut carriers = Carriers::default();
        let live = Liveness::All;
        let mask = Mask::new(people, &live);
        add_masked(bytes, &mask, &mut carriers)?;
        Ok(carriers)
    }

    fn class() -> impl Strategy<Value = BTreeSet<u32>> {
        prop_oneof![
            prop::collection::btree_set(any::<u32>(), 0..20),
            prop::collection::btree_set(0u32..200, 0..150),
            (0u32..5000, 1u32..3000).prop_map(|(start, length)| (start..start + length).filter(|n| n % 97 != 0).collect()),
            (0u32..100).prop_map(|start| (start..start + 4000).filter(|n| n.wrapping_mul(2_654_435_761) >> 30 != 0).collect()),
        ]
    }

    proptest! {
        #[test]
        fn each_class_comes_back_under_a_mask(het in class(), hom in class(), hemi in class(), mask in class(), whole: bool) {
            let sets = [het, hom, hemi];
            let classes = sets.clone().map(|s| s.into_iter().collect::<Vec<_>>());
            let mut bytes = Vec::new();
            put_carriers(&mut bytes, &classes, &[]);
            let people: RoaringBitmap = if whole { sets.iter().flatten().copied().collect() } else { mask.iter().copied().collect() };
            let carriers = read(&bytes, &people).unwrap();
            for (zygosity, set) in CLASSES.into_iter().zip(&sets) {
                let expected: RoaringBitmap = set.iter().copied().filter(|o| people.contains(*o)).collect();
                prop_assert_eq!(carriers.class(zygosity), &expected);
            }
            let dense = crate::mask::DenseMask::of(&people);
            let live = Liveness::All;
            for mask in [Mask::new(&people, &live), Mask::new(&people, &live).with_dense(&dense)] {
                let mut counts = [0; 3];
                prop_assert!(count_masked(&bytes, &mask, &mut counts).unwrap());
                prop_assert_eq!(counts, CLASSES.map(|zygosity| carriers.class(zygosity).len()));
            }
            let mut again = Carriers::default();
            add_masked(&bytes, &Mask::new(&people, &live).with_dense(&dense), &mut again).unwrap();
            prop_assert_eq!(&again, &carriers);
            for mask in [Mask::new(&people, &live), Mask::new(&people, &live).with_dense(&dense)] {
                let (mut one_by_one, mut first) = (RoaringBitmap::new(), None);
                let all = each_masked(&bytes, &mask, &mut |o| { one_by_one.insert(o); ControlFlow::Continue(()) }).unwrap();
                prop_assert_eq!(all, ControlFlow::Continue(()));
                prop_assert_eq!(&one_by_one, &carriers.all());
                let stopped = each_masked(&bytes, &mask, &mut |o| { assert!(first.replace(o).is_none()); ControlFlow::Break(()) }).unwrap();
                prop_assert_eq!(stopped.is_break(), !one_by_one.is_empty());
            }
        }

        #[test]
        fn any_bytes_are_carriers_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let people: RoaringBitmap = (0..1000).collect();
            let mut one_by_one = RoaringBitmap::new();
            let walked = each_masked(&bytes, &Mask::new(&people, &Liveness::All), &mut |o| { one_by_one.insert(o); ControlFlow::Continue(()) });
            let mut counts = [0; 3];
            let counted = count_masked(&bytes, &Mask::new(&people, &Liveness::All), &mut counts);
            if let Ok(carriers) = read(&bytes, &people) {
                prop_assert!(counted.is_ok());
                prop_assert!(carriers.all().is_subset(&people));
                prop_assert!(walked.is_ok());
                prop_assert_eq!(one_by_one, carriers.all());
            } else {
                prop_assert!(walked.is_err());
            }
        }
    }

    #[test]
    fn a_lone_carrier_takes_three_bytes_and_everybody_takes_little() {
        let mut bytes = Vec::new();
        put_carriers(&mut bytes, &[vec![77], vec![], vec![]], &[]);
        assert_eq!(bytes.len(), 3);
        bytes.clear();
        put_carriers(&mut bytes, &[vec![], (0..100_000).collect(), vec![]], &[]);
        assert!(bytes.len() < 10);
    }
}
