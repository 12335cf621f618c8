//! The footer of a segment: what the segment contains, and the positions of its blocks.
//!
//! ```text
//! footer  := dataset:text assembly:text origin:text variants:varint entries:varint
//!            sources:varint text*                               source numbers are positions in this list
//!            [ ordinals:varint (ordinal_delta:varint source:varint)* ]      each carrier's usual source; only with two sources or more
//!            contigs:varint ( name:text blocks:varint block* )*
//! block   := bytes:varint crc32:u32 variants:varint (first_start - previous_last_start):varint (last_start - first_start):varint
//!            (reach - last_start):varint
//! text    := bytes:varint UTF-8
//! ```
//! Blocks are contiguous from byte 16, in the order of the footer.

use std::collections::HashMap;

use gemj_model::Contig;

use super::varint::{Cursor, put, put_text};
use super::{HEADER_BYTES, SegmentError, malformed};
use crate::callability::is_reserved;

/// The position of one block of a contig, and the facts about the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlockEntry {
    pub(crate) offset: u64,
    pub(crate) bytes: u64,
    pub(crate) crc32: u32,
    pub(crate) variants: u64,
    pub(crate) first_start: u64,
    pub(crate) last_start: u64,
    pub(crate) reach: u64,
}

/// The blocks of one contig, in the order of their variants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ContigBlocks {
    pub(crate) blocks: Vec<BlockEntry>,
    /// The start of the last variant of each block, in a separate array, so that a search for a block reads only a few cache lines.
    last_starts: Vec<u64>,
    /// The furthest reach of each group of [`GROUP`] blocks, so that a search can skip whole groups of blocks.
    group_reach: Vec<u64>,
}

const GROUP: usize = 64;

impl ContigBlocks {
    pub(crate) fn new(blocks: Vec<BlockEntry>) -> Self {
        let group_reach = blocks
            .chunks(GROUP)
            .map(|group| group.iter().map(|b| b.reach).max().unwrap_or_default())
            .collect();
        let last_starts = blocks.iter().map(|b| b.last_start).collect();
        Self {
            blocks,
            last_starts,
            group_reach,
        }
    }

    /// The numbers of the blocks that can contain a variant with this start.
    pub(crate) fn with_start(&self, start: u64) -> std::ops::Range<usize> {
        let from = self.last_starts.partition_point(|last| *last < start);
        // A position is seldom in two blocks. If it is, the block found above is the first of them.
        let more = self.blocks[from..].iter().take_while(|b| b.first_start <= start).count();
        from..from + more
    }

    /// The number of blocks with a variant that starts before `end`. These blocks are the first blocks of the contig.
    pub(crate) fn starting_before(&self, end: u64) -> usize {
        self.blocks.partition_point(|b| b.first_start < end)
    }

    /// The number of the first block in `from..to` with a variant that extends beyond `start`. Absent if there is no such block.
    pub(crate) fn next_reaching(&self, from: usize, to: usize, start: u64) -> Option<usize> {
        let mut number = from;
        while number < to.min(self.blocks.len()) {
            // If no variant of a group extends beyond `start`, the whole group is skipped.
            if number.is_multiple_of(GROUP) && self.group_reach[number / GROUP] <= start {
                number += GROUP;
            } else if self.blocks[number].reach > start {
                return Some(number);
            } else {
                number += 1;
            }
        }
        None
    }
}

/// The parsed footer of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Footer {
    pub(crate) dataset: String,
    pub(crate) assembly: String,
    pub(crate) origin: String,
    pub(crate) variants: u64,
    pub(crate) entries: u64,
    pub(crate) sources: Vec<String>,
    /// Each carrier's usual source, as (ordinal, source), ascending by ordinal. Empty if the segment has fewer than two sources.
    pub(crate) usual: Vec<(u32, u32)>,
    pub(crate) contigs: HashMap<String, ContigBlocks>,
    /// The names of the contigs in the order of their blocks.
    pub(crate) contig_order: Vec<String>,
}

impl Footer {
    /// Encodes the footer.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_text(&mut out, &self.dataset);
        put_text(&mut out, &self.assembly);
        put_text(&mut out, &self.origin);
        put(&mut out, self.variants);
        put(&mut out, self.entries);
        put(&mut out, self.sources.len() as u64);
        for source in &self.sources {
            put_text(&mut out, source);
        }
        if self.sources.len() > 1 {
            put(&mut out, self.usual.len() as u64);
            let mut previous = 0;
            for (ordinal, source) in &self.usual {
                put(&mut out, u64::from(ordinal - previous));
                put(&mut out, u64::from(*source));
                previous = *ordinal;
            }
        }
        put(&mut out, self.contig_order.len() as u64);
        for name in &self.contig_order {
            let blocks = self.contigs.get(name).map_or(&[][..], |c| &c.blocks);
            put_text(&mut out, name);
            put(&mut out, blocks.len() as u64);
            let mut previous = 0;
            for block in blocks {
                put(&mut out, block.bytes);
                out.extend_from_slice(&block.crc32.to_le_bytes());
                put(&mut out, block.variants);
                put(&mut out, block.first_start - previous);
                put(&mut out, block.last_start - block.first_start);
                put(&mut out, block.reach - block.last_start);
                previous = block.last_start;
            }
        }
        out
    }

    /// The blocks of a contig with alleles, by its canonical name. Absent for a reserved contig with statements, which no query can name.
    pub(crate) fn alleles_on(&self, contig: &str) -> Option<&ContigBlocks> {
        self.contigs.get(contig).filter(|_| !is_reserved(contig))
    }

    /// The blocks with the statements about where participants were called, of a contig whose reserved name begins with `(callable)`.
    pub(crate) fn statements_on(&self, contig: &Contig) -> Option<&ContigBlocks> {
        self.contigs.get(contig.as_str()).filter(|_| is_reserved(contig.as_str()))
    }

    /// The usual source of the carrier with this ordinal. It is the source of the carrier's entries that are stored without a source.
    pub(crate) fn usual_source(&self, ordinal: u32) -> Option<u32> {
        match self.sources.len() {
            1 => Some(0),
            _ => {
                let at = self.usual.binary_search_by_key(&ordinal, |(ordinal, _)| *ordinal).ok()?;
                self.usual.get(at).map(|(_, source)| *source)
            }
        }
    }

    /// Parses a footer. The checksum need not be correct, so every value is checked. `footer_offset` is the offset at which the blocks must
    /// end.
    pub(crate) fn parse(bytes: &[u8], footer_offset: u64) -> Result<Self, SegmentError> {
        let mut cursor = Cursor::new(bytes, "footer");
        let dataset = cursor.text()?.to_owned();
        let assembly = cursor.text()?.to_owned();
        let origin = cursor.text()?.to_owned();
        let (variants, entries) = (cursor.varint()?, cursor.varint()?);
        let source_count = cursor.varint()?;
        let mut sources = Vec::new();
        for _ in 0..source_count {
            sources.push(cursor.text()?.to_owned());
        }
        let usual = if sources.len() > 1 {
            parse_usual(&mut cursor, sources.len())?
        } else {
            Vec::new()
        };
        let mut contigs = HashMap::new();
        let mut contig_order = Vec::new();
        let mut offset = HEADER_BYTES;
        let mut counted = 0u64;
        for _ in 0..cursor.varint()? {
            let name = cursor.text()?.to_owned();
            let blocks = parse_blocks(&mut cursor, &mut offset)?;
            for block in &blocks {
                counted = counted.checked_add(block.variants).ok_or(malformed("too many variants"))?;
            }
            if contigs.insert(name.clone(), ContigBlocks::new(blocks)).is_some() {
                return Err(malformed("a contig is named twice"));
            }
            contig_order.push(name);
        }
        if cursor.remaining() != 0 {
            return Err(malformed("the footer has bytes after its end"));
        }
        if offset != footer_offset || counted != variants {
            return Err(malformed("the sizes or counts of the blocks do not add up"));
        }
        Ok(Self {
            dataset,
            assembly,
            origin,
            variants,
            entries,
            sources,
            usual,
            contigs,
            contig_order,
        })
    }
}

fn parse_usual(cursor: &mut Cursor<'_>, sources: usize) -> Result<Vec<(u32, u32)>, SegmentError> {
    let mut usual = Vec::new();
    let mut ordinal = 0u32;
    for _ in 0..cursor.varint()? {
        ordinal = ordinal
            .checked_add(cursor.varint_u32()?)
            .ok_or(malformed("an ordinal is too large"))?;
        let source = cursor.varint_u32()?;
        if source as usize >= sources {
            return Err(malformed("a source number is not in the list"));
        }
        usual.push((ordinal, source));
    }
    Ok(usual)
}

fn parse_blocks(cursor: &mut Cursor<'_>, offset: &mut u64) -> Result<Vec<BlockEntry>, SegmentError> {
    let far = malformed("a block is after the last position");
    let mut blocks = Vec::new();
    let mut previous = 0u64;
    for _ in 0..cursor.varint()? {
        let bytes = cursor.varint()?;
        let crc32 = cursor.u32_le()?;
        let variants = cursor.varint()?;
        let first_start = previous.checked_add(cursor.varint()?).ok_or(far)?;
        let last_start = first_start.checked_add(cursor.varint()?).ok_or(far)?;
        let reach = last_start.checked_add(cursor.varint()?).ok_or(far)?;
        blocks.push(BlockEntry {
            offset: *offset,
            bytes,
            crc32,
            variants,
            first_start,
            last_start,
            reach,
        });
        *offset = offset.checked_add(bytes).ok_or(far)?;
        previous = last_start;
    }
    Ok(blocks)
}
