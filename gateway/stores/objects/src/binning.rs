//! The binning index of BAI, CSI and TBI (SAM specification § 5, CSIv1, tabix): built from a file's records, written, read, queried.
//!
//! Written by hand since a CSI whose bins forget records of wider bins loses long records: the offset kept for a bin has to be that of
//! the first record that *overlaps* the bin's first window, whichever bin the record itself is in.

mod build;
mod read;
mod write;

use std::collections::HashMap;

use crate::bgzf::VirtualOffset;

pub(crate) use build::{IndexBuilder, OutOfOrder};
pub(crate) use read::read_index;

/// Bits of the smallest window of BAI and TBI, and of what this crate writes as CSI.
pub(crate) const MIN_SHIFT: u32 = 14;

/// Levels of BAI and TBI; positions up to 2^29.
pub(crate) const DEPTH: u32 = 5;

/// Records `[start, end)` of a file, by virtual offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Chunk {
    pub(crate) start: VirtualOffset,
    pub(crate) end: VirtualOffset,
}

/// What an index says of one reference sequence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReferenceIndex {
    /// Chunks by bin number.
    pub(crate) bins: HashMap<u32, Vec<Chunk>>,
    /// BAI and TBI: for each window of 2^14 bases the first record that overlaps it.
    pub(crate) linear: Vec<VirtualOffset>,
    /// CSI: for each bin the first record that overlaps its first window.
    pub(crate) first_offsets: HashMap<u32, VirtualOffset>,
    /// The pseudo-bin: where the records are, how many are mapped and unmapped; absent where the index has none.
    pub(crate) counts: Option<Counts>,
}

/// The pseudo-bin of a reference sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) span: Chunk,
    pub(crate) mapped: u64,
    pub(crate) unmapped: u64,
}

/// Which of the three formats an index is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BinningFormat {
    Bai,
    Csi,
    Tbi,
}

/// A binning index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BinningIndex {
    pub(crate) format: BinningFormat,
    pub(crate) min_shift: u32,
    pub(crate) depth: u32,
    /// TBI, and CSI of a VCF: the contigs in order of their numbers; empty elsewhere.
    pub(crate) names: Vec<String>,
    pub(crate) references: Vec<ReferenceIndex>,
    /// How many records have no reference sequence; absent where the index does not say.
    pub(crate) unplaced: Option<u64>,
}

impl BinningIndex {
    /// The chunks that can hold records overlapping `[start, end)`, in order and apart from one another.
    pub(crate) fn query(&self, reference: usize, start: u64, end: u64) -> Vec<Chunk> {
        let Some(index) = self.references.get(reference) else {
            return Vec::new();
        };
        let limit = 1u64 << (self.min_shift + 3 * self.depth);
        let (start, end) = (start.min(limit), end.min(limit));
        if start >= end {
            return Vec::new();
        }
        let least = self.least_offset(index, start);
        let mut chunks = Vec::new();
        let mut take = |found: &[Chunk]| chunks.extend(found.iter().copied().filter(|c| c.end > least));
        for level in 0..=self.depth {
            let shift = self.min_shift + 3 * (self.depth - level);
            let first = level_start(level) + (start >> shift) as u32;
            let last = level_start(level) + ((end - 1) >> shift) as u32;
            if (last - first) as usize <= index.bins.len() {
                (first..=last).filter_map(|bin| index.bins.get(&bin)).for_each(|found| take(found));
            } else {
                index
                    .bins
                    .iter()
                    .filter(|(bin, _)| (first..=last).contains(bin))
                    .for_each(|(_, found)| take(found));
            }
        }
        for chunk in &mut chunks {
            chunk.start = chunk.start.max(least);
        }
        merge(chunks)
    }

    /// Where records without a reference sequence begin: behind the last placed one; absent where no record is placed.
    pub(crate) fn placed_end(&self) -> Option<VirtualOffset> {
        self.references.iter().flat_map(|r| r.bins.values().flatten().map(|c| c.end)).max()
    }

    /// A place before which no record that overlaps `start` or lies behind it begins.
    fn least_offset(&self, index: &ReferenceIndex, start: u64) -> VirtualOffset {
        if self.format != BinningFormat::Csi {
            let window = (start >> self.min_shift) as usize;
            return index.linear.get(window).copied().unwrap_or_default();
        }
        let mut bin = level_start(self.depth) + (start >> self.min_shift) as u32;
        // The bin itself, else its nearest elder sibling, else the parent: whatever begins no later than `start`.
        loop {
            if let Some(offset) = index.first_offsets.get(&bin) {
                return *offset;
            }
            if bin == 0 {
                return VirtualOffset::default();
            }
            let first_sibling = ((bin - 1) >> 3 << 3) + 1;
            bin = if bin > first_sibling { bin - 1 } else { (bin - 1) >> 3 };
        }
    }
}

/// The number of the first bin of a level; level 0 is the one bin of everything.
pub(crate) fn level_start(level: u32) -> u32 {
    ((1u64 << (3 * level)) / 7) as u32
}

/// The number of the smallest bin that holds `[start, end)` (SAM specification § 5.3 `reg2bin`).
pub(crate) fn bin_of(start: u64, end: u64, min_shift: u32, depth: u32) -> u32 {
    let last = end.max(start + 1) - 1;
    let mut shift = min_shift;
    for level in (1..=depth).rev() {
        if start >> shift == last >> shift {
            return level_start(level) + (start >> shift) as u32;
        }
        shift += 3;
    }
    0
}

/// Sorts chunks and joins those that touch or overlap.
pub(crate) fn merge(mut chunks: Vec<Chunk>) -> Vec<Chunk> {
    chunks.sort_unstable();
    let mut merged: Vec<Chunk> = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        match merged.last_mut() {
            Some(last) if chunk.start <= last.end => last.end = last.end.max(chunk.end),
            _ => merged.push(chunk),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against brute force: whatever overlaps is in some chunk, for each format, written and read back.
        #[test]
        fn a_query_finds_every_record_that_overlaps(
            mut records in prop::collection::vec((0u64..(1 << 29), 1u64..200, 0u32..29), 1..300),
            asked in (0u64..(1 << 29), 0u64..(1 << 24)),
            whole_range in any::<bool>(),
        ) {
            for record in &mut records {
                // Lengths of every scale, so that every level of bins is used.
                record.1 = (record.1 << record.2).min((1 << 29) - record.0);
            }
            records.sort_unstable();
            let (start, end) = if whole_range { (0, u64::MAX) } else { (asked.0, asked.0 + asked.1) };
            for (format, depth) in [(BinningFormat::Bai, DEPTH), (BinningFormat::Tbi, DEPTH), (BinningFormat::Csi, DEPTH), (BinningFormat::Csi, 8)] {
                let mut builder = IndexBuilder::new(depth);
                let chunk = |number: usize| Chunk {
                    // Now and then a new block, as a file has them.
                    start: VirtualOffset::new(number as u64 / 7 * 500, (number % 7 * 30) as u16),
                    end: VirtualOffset::new((number as u64 + 1) / 7 * 500, ((number + 1) % 7 * 30) as u16),
                };
                for (number, (from, length, _)) in records.iter().enumerate() {
                    builder.add(1, *from, from + length, true, chunk(number)).unwrap();
                }
                let names = if format == BinningFormat::Tbi { vec!["a".to_owned(), "b".to_owned()] } else { Vec::new() };
                let built = builder.build(format, 2, names);
                let index = read_index(&built.to_bytes().unwrap()).unwrap();
                prop_assert_eq!(&index, &built);
                let chunks = index.query(1, start, end);
                prop_assert!(chunks.windows(2).all(|pair| pair[0].end < pair[1].start));
                for (number, (from, length, _)) in records.iter().enumerate() {
                    if *from < end && from + length > start {
                        let place = chunk(number).start;
                        prop_assert!(chunks.iter().any(|c| c.start <= place && place < c.end), "record {} of {:?}", number, format);
                    }
                }
                prop_assert!(index.query(0, start, end).is_empty());
            }
        }

        #[test]
        fn damaged_indexes_never_panic(at in any::<prop::sample::Index>(), value in any::<u8>(), cut in any::<prop::sample::Index>()) {
            let chunk = Chunk { start: VirtualOffset(0), end: VirtualOffset(9) };
            for format in [BinningFormat::Bai, BinningFormat::Tbi, BinningFormat::Csi] {
                let mut builder = IndexBuilder::new(DEPTH);
                builder.add(0, 5, 500_000, true, chunk).unwrap();
                let mut bytes = builder.build(format, 1, vec!["a".to_owned()]).to_bytes().unwrap();
                let place = at.index(bytes.len());
                bytes[place] = value;
                bytes.truncate(cut.index(bytes.len()) + 1);
                let _ = read_index(&bytes);
            }
        }
    }
}
