//! The binning index of BAI, CSI and TBI (SAM specification § 5, CSIv1, tabix). The crate builds it from a file's records, writes it, reads it,
//! and queries it.
//!
//! The index is our own code, because a CSI loses long records if the offsets of its bins ignore the records of wider bins. The offset of a bin
//! must be that of the first record that *overlaps* the bin's first window, whichever bin contains the record itself.

mod bins;
mod build;
mod plan;
mod read;
mod write;

use crate::bgzf::VirtualOffset;

pub use bins::{Bin, Bins};
pub use build::{IndexBuilder, OutOfOrder};
pub use plan::Plan;
pub use read::{read_index, read_index_within};

/// The size of the smallest window, as a power of two (2^14 bases), in BAI, in TBI, and in the CSI that this crate writes.
pub const MIN_SHIFT: u32 = 14;

/// The number of levels below level 0 in BAI and TBI. With this number, an index reaches positions up to 2^29.
pub const DEPTH: u32 = 5;

/// A range `[start, end)` of a file that contains records, as virtual offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chunk {
    /// The start of the first record in the range.
    pub start: VirtualOffset,
    /// The end of the last record in the range.
    pub end: VirtualOffset,
}

/// The index of one reference sequence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReferenceIndex {
    /// The bins of the reference sequence, with their chunks.
    pub bins: Bins,
    /// In BAI and TBI: for each window of 2^14 bases, the start of the first record that overlaps the window. Empty in CSI.
    pub(crate) linear: Vec<VirtualOffset>,
    /// The content of the pseudo-bin: the range of the records, and the numbers of mapped and unmapped records. `None` if the index has no
    /// pseudo-bin.
    pub counts: Option<Counts>,
}

/// The content of the pseudo-bin of a reference sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    pub(crate) span: Chunk,
    /// The number of mapped records.
    pub mapped: u64,
    /// The number of unmapped records.
    pub unmapped: u64,
}

/// The format of a binning index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinningFormat {
    /// BAI (SAM specification § 5.2).
    Bai,
    /// CSI (CSIv1 specification).
    Csi,
    /// TBI (tabix specification).
    Tbi,
}

/// A binning index of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinningIndex {
    /// The format of the index.
    pub format: BinningFormat,
    pub(crate) min_shift: u32,
    pub(crate) depth: u32,
    /// The names of the contigs, in the order of their numbers, in TBI and in the CSI of a VCF. Empty for other indexes.
    pub names: Vec<String>,
    /// The index of each reference sequence, in the order of their numbers.
    pub references: Vec<ReferenceIndex>,
    /// The number of records without a reference sequence; `None` if the index does not contain this number.
    pub(crate) unplaced: Option<u64>,
}

impl BinningIndex {
    /// The approximate size of the index in memory, in bytes.
    pub fn weight(&self) -> usize {
        let names: usize = self.names.iter().map(|name| size_of::<String>() + name.capacity()).sum();
        let references: usize = self.references.iter().map(ReferenceIndex::weight).sum();
        names + references
    }
}

impl ReferenceIndex {
    fn weight(&self) -> usize {
        size_of::<Self>() + self.bins.weight() + size_of::<VirtualOffset>() * self.linear.capacity()
    }
}

/// The number of the first bin of a level. Level 0 has a single bin, which covers all positions.
pub(crate) fn level_start(level: u32) -> u32 {
    ((1u64 << (3 * level)) / 7) as u32
}

/// The number of the smallest bin that contains the interval `[start, end)` (SAM specification § 5.3 `reg2bin`).
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

/// Sorts chunks and joins chunks that touch or overlap.
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
