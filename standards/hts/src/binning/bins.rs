//! The bins of one reference sequence, in sorted arrays. A whole-genome index has about 190,000 bins, most of them with one chunk.

use std::ops::Range;

use super::{Chunk, merge};
use crate::bgzf::VirtualOffset;

/// The bins of one reference sequence in the order of their numbers, each with its chunks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bins {
    numbers: Vec<u32>,
    /// For each bin of `numbers`, the exclusive end of its chunks in `chunks`.
    ends: Vec<u32>,
    chunks: Vec<Chunk>,
    /// In CSI: for each bin, the start of the first record that overlaps the bin's first window. Empty for other formats.
    first_offsets: Vec<VirtualOffset>,
}

impl Bins {
    /// Sorts `bins` by number. `keeps_first_offsets` is true for CSI: each bin's `first_offset` is then kept.
    pub(crate) fn new(mut bins: Vec<Bin>, keeps_first_offsets: bool) -> Self {
        if !bins.is_sorted_by_key(|bin| bin.number) {
            bins.sort_by_key(|bin| bin.number);
        }
        let mut sorted = Self {
            numbers: Vec::with_capacity(bins.len()),
            ends: Vec::with_capacity(bins.len()),
            chunks: Vec::with_capacity(bins.iter().map(|bin| bin.chunks.len()).sum()),
            first_offsets: Vec::with_capacity(if keeps_first_offsets { bins.len() } else { 0 }),
        };
        for bin in bins {
            sorted.numbers.push(bin.number);
            sorted.chunks.extend(merge(bin.chunks));
            sorted.ends.push(sorted.chunks.len() as u32);
            if keeps_first_offsets {
                sorted.first_offsets.push(bin.first_offset);
            }
        }
        sorted.chunks.shrink_to_fit();
        sorted
    }

    /// Whether the reference sequence has no bin.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// For each bin: its number, its chunks and, in CSI, its first offset.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &[Chunk], Option<VirtualOffset>)> {
        (0..self.numbers.len()).map(|place| (self.numbers[place], self.chunks_at(place), self.first_offsets.get(place).copied()))
    }

    /// The chunks of the bin `number`; empty if the bin does not exist.
    pub(crate) fn chunks(&self, number: u32) -> &[Chunk] {
        self.numbers.binary_search(&number).map_or(&[], |place| self.chunks_at(place))
    }

    /// The first chunk of the first bin with one of these numbers; `None` if no such bin exists.
    pub(crate) fn first_of(&self, numbers: Range<u32>) -> Option<Chunk> {
        let place = self.numbers.partition_point(|number| *number < numbers.start);
        let there = self.numbers.get(place).is_some_and(|number| *number < numbers.end);
        if there { self.chunks_at(place).first().copied() } else { None }
    }

    /// The last chunk of the last bin with one of these numbers; `None` if no such bin exists.
    pub(crate) fn last_of(&self, numbers: Range<u32>) -> Option<Chunk> {
        let place = self.last_place(&numbers)?;
        self.chunks_at(place).last().copied()
    }

    /// In CSI: the first offset of the last bin with one of these numbers; `None` if no such bin exists.
    pub(crate) fn first_offset_of_last(&self, numbers: Range<u32>) -> Option<VirtualOffset> {
        self.first_offsets.get(self.last_place(&numbers)?).copied()
    }

    /// The range from the lowest start to the highest end of all chunks; `None` if there are no chunks.
    pub(crate) fn span(&self) -> Option<Chunk> {
        let start = self.chunks.iter().map(|chunk| chunk.start).min()?;
        let end = self.chunks.iter().map(|chunk| chunk.end).max()?;
        Some(Chunk { start, end })
    }

    /// The size of the bins in memory, in bytes.
    pub(crate) fn weight(&self) -> usize {
        4 * (self.numbers.capacity() + self.ends.capacity())
            + size_of::<Chunk>() * self.chunks.capacity()
            + size_of::<VirtualOffset>() * self.first_offsets.capacity()
    }

    fn last_place(&self, numbers: &Range<u32>) -> Option<usize> {
        let place = self.numbers.partition_point(|number| *number < numbers.end).checked_sub(1)?;
        (self.numbers[place] >= numbers.start).then_some(place)
    }

    fn chunks_at(&self, place: usize) -> &[Chunk] {
        let start = if place == 0 { 0 } else { self.ends[place - 1] as usize };
        &self.chunks[start..self.ends[place] as usize]
    }
}

/// One bin, as input of `Bins::new`.
pub struct Bin {
    pub(crate) number: u32,
    pub(crate) chunks: Vec<Chunk>,
    /// In CSI: the start of the first record that overlaps the bin's first window.
    pub(crate) first_offset: VirtualOffset,
}
