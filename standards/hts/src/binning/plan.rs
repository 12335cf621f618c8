//! Finds the ranges of a file that contain the records of a region.

use super::{BinningFormat, BinningIndex, Chunk, ReferenceIndex, level_start, merge};
use crate::bgzf::VirtualOffset;

/// A plan to read the records that overlap a region `[start, end)` of a reference sequence (0-based), from a file that is sorted by position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The chunks that contain all overlapping records before [`Plan::within`], in order and disjoint. The chunks may also contain other
    /// records.
    pub before: Vec<Chunk>,
    /// The virtual offset after which every record begins inside the region or after it. `None` if `before` covers all overlapping records.
    pub within: Option<VirtualOffset>,
    /// Every record before this virtual offset begins before the end of the region.
    pub sure_until: VirtualOffset,
}

impl Plan {
    /// The approximate number of bytes of the file that the plan reads or copies, including the blocks at the edges.
    pub fn cost_bytes(&self) -> u64 {
        let bytes = |from: VirtualOffset, to: VirtualOffset| to.block().saturating_sub(from.block()) + (1 << 16);
        let before: u64 = self.before.iter().map(|chunk| bytes(chunk.start, chunk.end)).sum();
        before + self.within.map_or(0, |from| bytes(from, self.sure_until))
    }
}

impl BinningIndex {
    /// Makes the plan for the region `[start, end)`. The cost is a few binary searches, independent of the length of the region.
    pub fn plan(&self, reference: usize, start: u64, end: u64) -> Plan {
        let mut plan = Plan::default();
        let limit = 1u64 << (self.min_shift + 3 * self.depth);
        let (start, end) = (start, end.min(limit));
        let Some(index) = self.references.get(reference).filter(|_| start < end) else {
            return plan;
        };
        let least = self.least_offset(index, start);
        for level in 0..=self.depth {
            let shift = self.min_shift + 3 * (self.depth - level);
            let number = |position: u64| level_start(level) + (position >> shift) as u32;
            // A record that begins before the region and overlaps it is in a bin that contains the region's first base. A record that begins in
            // the region and is in no later bin is in such a bin too.
            let here = index.bins.chunks(number(start)).iter().filter(|chunk| chunk.end > least);
            plan.before.extend(here.map(|chunk| Chunk {
                start: chunk.start.max(least),
                end: chunk.end,
            }));
            // The records of later bins begin after the region's first base. All records that follow them in the file also begin after this
            // base.
            if let Some(later) = index.bins.first_of(number(start) + 1..number(end - 1) + 1) {
                plan.within = Some(plan.within.map_or(later.start, |place| place.min(later.start)));
            }
            // The records of bins that end in the region or at its end begin before the region's end. All records before them in the file also
            // begin before it.
            if let Some(inner) = index.bins.last_of(number(start)..number(end)) {
                plan.sure_until = plan.sure_until.max(inner.end);
            }
        }
        if let Some(within) = plan.within {
            plan.before.retain(|chunk| chunk.start < within);
            for chunk in &mut plan.before {
                chunk.end = chunk.end.min(within);
            }
        }
        plan.before = merge(plan.before);
        plan
    }

    /// The range of the file that contains the records of a reference sequence; `None` if the sequence has no records.
    pub fn span(&self, reference: usize) -> Option<Chunk> {
        let index = self.references.get(reference)?;
        index.counts.map(|counts| counts.span).or_else(|| index.bins.span())
    }

    /// The start of the records without a reference sequence, which follow the last placed record. `None` if no record is placed.
    pub fn placed_end(&self) -> Option<VirtualOffset> {
        (0..self.references.len())
            .filter_map(|reference| Some(self.span(reference)?.end))
            .max()
    }

    /// A lower bound for the virtual offsets of the records that overlap `start` or begin after it.
    fn least_offset(&self, index: &ReferenceIndex, start: u64) -> VirtualOffset {
        let window = start >> self.min_shift;
        if self.format != BinningFormat::Csi {
            // No record ends after the last window, so a later window has no records.
            return index.linear.get(window as usize).copied().unwrap_or(VirtualOffset(u64::MAX));
        }
        // Searches the smallest bin at `start`, its earlier siblings, its parent and so on, and uses the first bin that exists. Each of these
        // bins begins at or before `start`.
        let mut level = self.depth;
        let mut bin = level_start(level) + window as u32;
        loop {
            let first_sibling = if level == 0 { 0 } else { ((bin - 1) >> 3 << 3) + 1 };
            if let Some(offset) = index.bins.first_offset_of_last(first_sibling..bin + 1) {
                return offset;
            }
            if level == 0 {
                return VirtualOffset::default();
            }
            bin = (bin - 1) >> 3;
            level -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::super::{DEPTH, IndexBuilder, read_index};
    use super::*;

    proptest! {
        /// A brute-force comparison for each format, after the index was written and read: no overlapping record is missed, and `sure_until` is
        /// correct.
        #[test]
        fn a_plan_leads_to_every_record_that_overlaps(
            mut records in prop::collection::vec((0u64..(1 << 29), 1u64..200, 0u32..29), 1..300),
            asked in (0u64..(1 << 29), 0u64..(1 << 24)),
            whole_range in any::<bool>(),
            crowded in any::<bool>(),
        ) {
            for record in &mut records {
                // Record lengths of every scale use every level of bins. In the crowded case, each bin gets many records.
                let crowd = if crowded { 10 } else { 0 };
                record.0 >>= crowd;
                record.1 = (record.1 << (record.2 * u32::from(!crowded))).min((1 << 29) - record.0);
            }
            records.sort_unstable();
            let asked = if crowded { (asked.0 >> 10, asked.1 >> 6) } else { asked };
            let (start, end) = if whole_range { (0, u64::MAX) } else { (asked.0, asked.0 + asked.1) };
            for (format, depth) in [(BinningFormat::Bai, DEPTH), (BinningFormat::Tbi, DEPTH), (BinningFormat::Csi, DEPTH), (BinningFormat::Csi, 8)] {
                let mut builder = IndexBuilder::new(depth);
                let place = |number: usize| VirtualOffset::new(number as u64 / 7 * 500, (number % 7 * 30) as u16);
                for (number, (from, length, _)) in records.iter().enumerate() {
                    let chunk = Chunk { start: place(number), end: place(number + 1) };
                    builder.add(1, *from, from + length, true, chunk).unwrap();
                }
                let names = if format == BinningFormat::Tbi { vec!["a".to_owned(), "b".to_owned()] } else { Vec::new() };
                let built = builder.build(format, 2, names);
                let index = read_index(&built.to_bytes().unwrap()).unwrap();
                prop_assert_eq!(&index, &built);
                prop_assert_eq!(index.span(1), Some(Chunk { start: place(0), end: place(records.len()) }));
                prop_assert_eq!(index.placed_end(), Some(place(records.len())));
                let plan = index.plan(1, start, end);
                prop_assert!(plan.before.windows(2).all(|pair| pair[0].end < pair[1].start));
                for (number, (from, length, _)) in records.iter().enumerate() {
                    let at = place(number);
                    let is_within = plan.within.is_some_and(|within| within <= at);
                    if *from < end && from + length > start {
                        let found = plan.before.iter().any(|c| c.start <= at && at < c.end) || is_within;
                        prop_assert!(found, "record {} of {:?}", number, format);
                    }
                    prop_assert!(!is_within || *from >= start);
                    prop_assert!(at >= plan.sure_until || *from < end);
                }
                prop_assert_eq!(index.plan(0, start, end), Plan::default());
            }
        }
    }
}
