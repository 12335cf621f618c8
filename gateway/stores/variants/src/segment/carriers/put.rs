//! Encodes the carriers of a variant.

use super::{BITSET, Extra, HAS_EXTRAS, LIST, RUNS, class_of};
use crate::segment::varint::{put, size};

/// Appends the encoded carriers of one variant to `out`. Each class must be sorted and without duplicates, and the extras must be sorted by
/// ordinal.
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
