//! Builds a binning index from records in file order.

use std::collections::HashMap;

use super::{Bin, BinningFormat, BinningIndex, Bins, Chunk, Counts, MIN_SHIFT, ReferenceIndex, bin_of, level_start};
use crate::bgzf::VirtualOffset;
use crate::limits::{MOST_INDEX_BINS, MOST_INDEX_CHUNKS, MOST_INDEX_WINDOWS};

/// Why a record cannot be added to an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutOfOrder {
    /// The record is before its predecessor, or the records of its contig were already followed by records of another contig or of no contig.
    Unsorted,
    /// The record ends beyond the highest position of the chosen depth.
    TooFar,
    /// The index exceeds a limit on its memory. The text names the limit.
    TooMuch(&'static str),
}

/// The index of one reference sequence while records are added.
#[derive(Default)]
struct Growing {
    bins: HashMap<u32, Vec<Chunk>>,
    linear: Vec<VirtualOffset>,
    counts: Option<Counts>,
}

/// Builds an index from records that are added one after the other.
pub struct IndexBuilder {
    depth: u32,
    references: Vec<Option<Growing>>,
    current: Option<usize>,
    last_start: u64,
    unplaced: u64,
    size: Size,
}

/// The sizes that determine how much memory an index takes.
#[derive(Clone, Copy, Default)]
struct Size {
    windows: usize,
    bins: usize,
    chunks: u64,
}

impl Size {
    /// Checks the sizes against their limits. `at_byte` is the offset up to which the file was read. The limit on chunks grows with this offset.
    fn check(self, at_byte: u64) -> Result<(), OutOfOrder> {
        if self.windows > MOST_INDEX_WINDOWS {
            return Err(OutOfOrder::TooMuch("records that reach over more than 68 Gb of contigs"));
        }
        if self.bins > MOST_INDEX_BINS || self.chunks > MOST_INDEX_CHUNKS + at_byte / 1024 {
            return Err(OutOfOrder::TooMuch("records in more places than an index holds"));
        }
        Ok(())
    }
}

impl IndexBuilder {
    /// Makes a builder for an index with `depth` levels below level 0.
    pub fn new(depth: u32) -> Self {
        Self {
            depth,
            references: Vec::new(),
            current: None,
            last_start: 0,
            unplaced: 0,
            size: Size::default(),
        }
    }

    /// Adds a record that covers `[start, end)` of a reference sequence, 0-based half-open. `chunk` is the range of the record in the file.
    ///
    /// # Errors
    /// [`OutOfOrder`], which states why the record cannot be added.
    pub fn add(&mut self, reference: usize, start: u64, end: u64, mapped: bool, chunk: Chunk) -> Result<(), OutOfOrder> {
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
        let windows = (start >> MIN_SHIFT) as usize..=((end.max(start + 1) - 1) >> MIN_SHIFT) as usize;
        self.size.windows += (windows.end() + 1).saturating_sub(index.linear.len());
        let bin = bin_of(start, end, MIN_SHIFT, self.depth);
        self.size.bins += usize::from(!index.bins.contains_key(&bin));
        self.size.check(chunk.end.block())?;
        self.size.chunks += u64::from(add_to_bin(index.bins.entry(bin).or_default(), chunk));
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

    /// Adds a record without a reference sequence.
    pub fn add_unplaced(&mut self) {
        self.unplaced += 1;
    }

    /// Returns the index, with at least this number of reference sequences. `names` contains the names of the contigs in the index of a VCF, and
    /// is empty for other indexes.
    pub fn build(self, format: BinningFormat, reference_count: usize, names: Vec<String>) -> BinningIndex {
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

/// Adds the chunk of a record to the chunks of a bin. Chunks that are adjacent or share a block become one chunk. Returns whether a new chunk
/// was added.
fn add_to_bin(chunks: &mut Vec<Chunk>, chunk: Chunk) -> bool {
    match chunks.last_mut() {
        Some(last) if last.end == chunk.start || last.end.block() == chunk.start.block() => {
            last.end = chunk.end;
            false
        }
        _ => {
            chunks.push(chunk);
            true
        }
    }
}

impl Growing {
    fn finish(mut self, format: BinningFormat, depth: u32) -> ReferenceIndex {
        let mut previous = VirtualOffset(0);
        for offset in &mut self.linear {
            // A window that no record overlaps gets the offset of the window before it. This is correct, because no later record begins before
            // that offset.
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

/// The number of the first smallest window that a bin covers.
fn first_window(bin: u32, depth: u32) -> usize {
    let mut level = 0;
    while level < depth && bin >= level_start(level + 1) {
        level += 1;
    }
    ((bin - level_start(level)) as usize) << (3 * (depth - level))
}
