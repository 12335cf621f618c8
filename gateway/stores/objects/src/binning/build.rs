//! Building a binning index from records in file order.

use std::collections::HashMap;

use super::{Bin, BinningFormat, BinningIndex, Bins, Chunk, Counts, MIN_SHIFT, ReferenceIndex, bin_of, level_start};
use crate::bgzf::VirtualOffset;

/// Why a record cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutOfOrder {
    /// It comes before its predecessor, or its contig was left before.
    Unsorted,
    /// It ends beyond what the chosen depth reaches.
    TooFar,
}

/// A reference sequence's index while records come.
#[derive(Default)]
struct Growing {
    bins: HashMap<u32, Vec<Chunk>>,
    linear: Vec<VirtualOffset>,
    counts: Option<Counts>,
}

/// Takes records one after the other.
pub(crate) struct IndexBuilder {
    depth: u32,
    references: Vec<Option<Growing>>,
    current: Option<usize>,
    last_start: u64,
    unplaced: u64,
}

impl IndexBuilder {
    /// A builder of that many levels.
    pub(crate) fn new(depth: u32) -> Self {
        Self {
            depth,
            references: Vec::new(),
            current: None,
            last_start: 0,
            unplaced: 0,
        }
    }

    /// Adds a record that covers `[start, end)` of a reference.
    pub(crate) fn add(&mut self, reference: usize, start: u64, end: u64, mapped: bool, chunk: Chunk) -> Result<(), OutOfOrder> {
        if end > 1 << (MIN_SHIFT + 3 * self.depth) {
            return Err(OutOfOrder::TooFar);
        }
        if self.references.len() <= reference {
            self.references.resize_with(reference + 1, || None);
        }
        if self.current == Some(reference) {
            if start < self.last_start {
                return Err(OutOfOrder::Unsorted);
            }
        } else if self.references[reference].is_some() || self.unplaced > 0 {
            return Err(OutOfOrder::Unsorted);
        }
        self.current = Some(reference);
        self.last_start = start;
        let index = self.references[reference].get_or_insert_default();
        add_to_bin(index.bins.entry(bin_of(start, end, MIN_SHIFT, self.depth)).or_default(), chunk);
        let windows = (start >> MIN_SHIFT) as usize..=((end.max(start + 1) - 1) >> MIN_SHIFT) as usize;
        if index.linear.len() <= *windows.end() {
            index.linear.resize(windows.end() + 1, VirtualOffset(u64::MAX));
        }
        for window in windows {
            index.linear[window] = index.linear[window].min(chunk.start);
        }
        let counts = index.counts.get_or_insert(Counts {
            span: chunk,
            mapped: 0,
            unmapped: 0,
        });
        counts.span.end = chunk.end;
        if mapped {
            counts.mapped += 1;
        } else {
            counts.unmapped += 1;
        }
        Ok(())
    }

    /// Adds a record without a reference.
    pub(crate) fn add_unplaced(&mut self) {
        self.unplaced += 1;
    }

    /// The index, for this many references; `names` only for VCF.
    pub(crate) fn build(self, format: BinningFormat, reference_count: usize, names: Vec<String>) -> BinningIndex {
        let mut references: Vec<ReferenceIndex> = self
            .references
            .into_iter()
            .map(|growing| growing.unwrap_or_default().finish(format, self.depth))
            .collect();
        references.resize_with(references.len().max(reference_count), ReferenceIndex::default);
        BinningIndex {
            format,
            min_shift: MIN_SHIFT,
            depth: self.depth,
            names,
            references,
            unplaced: Some(self.unplaced),
        }
    }
}

/// Records that follow one another directly, or share a block, make one chunk.
fn add_to_bin(chunks: &mut Vec<Chunk>, chunk: Chunk) {
    match chunks.last_mut() {
        Some(last) if last.end == chunk.start || last.end.block() == chunk.start.block() => last.end = chunk.end,
        _ => chunks.push(chunk),
    }
}

impl Growing {
    fn finish(mut self, format: BinningFormat, depth: u32) -> ReferenceIndex {
        let mut previous = VirtualOffset(0);
        for offset in &mut self.linear {
            // A window that no record overlaps takes the one before: nothing that begins later can begin before that.
            if offset.0 == u64::MAX {
                *offset = previous;
            }
            previous = *offset;
        }
        let bins = self.bins.into_iter().map(|(number, chunks)| Bin {
            number,
            chunks,
            first_offset: self.linear.get(first_window(number, depth)).copied().unwrap_or_default(),
        });
        ReferenceIndex {
            bins: Bins::new(bins.collect(), format == BinningFormat::Csi),
            linear: if format == BinningFormat::Csi { Vec::new() } else { self.linear },
            counts: self.counts,
        }
    }
}

/// The first of a bin's smallest windows.
fn first_window(bin: u32, depth: u32) -> usize {
    let mut level = 0;
    while level < depth && bin >= level_start(level + 1) {
        level += 1;
    }
    ((bin - level_start(level)) as usize) << (3 * (depth - level))
}
