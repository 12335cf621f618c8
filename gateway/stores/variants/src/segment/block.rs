//! A block of a segment: the keys of at most 256 variants of one contig, followed by their carriers.

use std::ops::Range;
use std::sync::OnceLock;

use bytes::Bytes;

use super::key::{Key, put_key, read_key, skip_key};
use super::varint::{Cursor, put};
use super::{BLOCK_BYTES, BLOCK_VARIANTS, SegmentError, malformed};

/// A block that is being written.
#[derive(Debug, Default)]
pub(crate) struct BlockBuilder {
    variants: usize,
    keys: Vec<u8>,
    carriers: Vec<u8>,
    first_start: u64,
    last_start: u64,
    reach: u64,
}

/// The bytes of a finished block, and the facts about the block that the footer contains.
#[derive(Debug)]
pub(crate) struct FinishedBlock {
    pub(crate) bytes: Vec<u8>,
    pub(crate) variants: u64,
    pub(crate) first_start: u64,
    pub(crate) last_start: u64,
    pub(crate) reach: u64,
}

impl BlockBuilder {
    /// Adds a variant, which must sort after the last variant of the block. `put_carriers` appends the variant's encoded carriers.
    pub(crate) fn push(&mut self, key: &Key<'_>, put_carriers: impl FnOnce(&mut Vec<u8>)) {
        if self.variants == 0 {
            self.first_start = key.start;
            self.last_start = 0;
        }
        put(&mut self.keys, key.start - self.last_start);
        put_key(&mut self.keys, key);
        let before = self.carriers.len();
        put_carriers(&mut self.carriers);
        put(&mut self.keys, (self.carriers.len() - before) as u64);
        self.last_start = key.start;
        self.reach = self.reach.max(key.reach());
        self.variants += 1;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.variants == 0
    }

    pub(crate) fn is_full(&self) -> bool {
        self.variants >= BLOCK_VARIANTS || self.keys.len() + self.carriers.len() >= BLOCK_BYTES
    }

    /// Returns the bytes of the finished block and empties the builder.
    pub(crate) fn finish(&mut self) -> FinishedBlock {
        let this = std::mem::take(self);
        let mut bytes = Vec::with_capacity(this.keys.len() + this.carriers.len() + 8);
        put(&mut bytes, this.variants as u64);
        put(&mut bytes, this.keys.len() as u64);
        bytes.extend_from_slice(&this.keys);
        bytes.extend_from_slice(&this.carriers);
        FinishedBlock {
            bytes,
            variants: this.variants as u64,
            first_start: this.first_start,
            last_start: this.last_start,
            reach: this.reach,
        }
    }
}

/// A block whose checksum was checked, with some decoded positions. Every variant is near one of these positions.
#[derive(Debug)]
pub(crate) struct Block {
    bytes: Bytes,
    places: OnceLock<Places>,
}

/// The number of variants between two decoded positions.
const PLACES_EVERY: usize = 8;

/// The decoded positions of a block. Their starts are stored in a separate array, so that a search reads only one or two cache lines.
#[derive(Debug)]
struct Places {
    starts: Box<[u64]>,
    cursors: Box<[BlockCursor]>,
}

impl Block {
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self {
            bytes,
            places: OnceLock::new(),
        }
    }

    pub(crate) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Returns a cursor before the first variant that starts at `start` or later. The first call reads every key of the block.
    pub(crate) fn cursor_at(&self, start: u64) -> Result<BlockCursor, SegmentError> {
        let places = match self.places.get() {
            Some(places) => places,
            None => {
                let found = Places::of(&self.bytes)?;
                self.places.get_or_init(|| found)
            }
        };
        // Every variant before a decoded position starts at or before the position's start. No variant with the requested start is
        // therefore before the chosen position.
        let place = places.starts.partition_point(|passed| *passed < start).saturating_sub(1);
        let mut cursor = *places.cursors.get(place).ok_or(SegmentError::Truncated { part: "block" })?;
        cursor.skip_to(&self.bytes, start)?;
        Ok(cursor)
    }
}

impl Places {
    fn of(block: &[u8]) -> Result<Self, SegmentError> {
        let mut cursor = BlockCursor::open(block)?;
        let mut found = vec![cursor];
        for passed in 1.. {
            if cursor.next(block)?.is_none() {
                break;
            }
            if passed % PLACES_EVERY == 0 {
                found.push(cursor);
            }
        }
        Ok(Self {
            starts: found.iter().map(|place| place.start).collect(),
            cursors: found.into(),
        })
    }
}

/// A position before or after a variant of a block. The cursor contains no bytes of the block, so it can be stored next to the block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockCursor {
    left: u64,
    key_at: usize,
    keys_end: usize,
    carriers_at: usize,
    start: u64,
}

/// One variant of a block: its key, and the range of its encoded carriers in the block's bytes.
#[derive(Clone, Debug)]
pub(crate) struct Variant<'a> {
    pub(crate) key: Key<'a>,
    pub(crate) carriers: Range<usize>,
}

impl BlockCursor {
    /// Makes a cursor before the first variant of a block.
    pub(crate) fn open(block: &[u8]) -> Result<Self, SegmentError> {
        let mut cursor = Cursor::new(block, "block");
        let left = cursor.varint()?;
        let keys = cursor.length()?;
        let key_at = cursor.position();
        Ok(Self {
            left,
            key_at,
            keys_end: key_at + keys,
            carriers_at: key_at + keys,
            start: 0,
        })
    }

    /// Moves to the first variant that starts at `start` or later, or behind the last variant. Skipped variants are decoded only as far as
    /// skipping requires.
    pub(crate) fn skip_to(&mut self, block: &[u8], start: u64) -> Result<(), SegmentError> {
        let keys = block.get(..self.keys_end).ok_or(SegmentError::Truncated { part: "block" })?;
        let mut cursor = Cursor::at(keys, self.key_at, "block");
        while self.left > 0 {
            let delta = cursor.varint()?;
            // An impossible position ends the loop. Reading the variant at this position then returns the error.
            let Some(passed) = self.start.checked_add(delta).filter(|passed| *passed < start) else {
                break;
            };
            skip_key(&mut cursor)?;
            let length = usize::try_from(cursor.varint()?).map_err(|_| SegmentError::Truncated { part: "block" })?;
            self.carriers_at = self
                .carriers_at
                .checked_add(length)
                .ok_or(SegmentError::Truncated { part: "block" })?;
            self.left -= 1;
            self.key_at = cursor.position();
            self.start = passed;
        }
        Ok(())
    }

    /// Returns the next variant. Absent after the last variant, where the block must end too. `block` must be the bytes on which the cursor
    /// was opened.
    #[inline]
    pub(crate) fn next<'a>(&mut self, block: &'a [u8]) -> Result<Option<Variant<'a>>, SegmentError> {
        if self.left == 0 {
            if self.key_at != self.keys_end || self.carriers_at != block.len() {
                return Err(malformed("a block has bytes after its end"));
            }
            return Ok(None);
        }
        let keys = block.get(..self.keys_end).ok_or(SegmentError::Truncated { part: "block" })?;
        let mut cursor = Cursor::at(keys, self.key_at, "block");
        let delta = cursor.varint()?;
        let start = self
            .start
            .checked_add(delta)
            .ok_or(malformed("a variant starts after the last position"))?;
        let key = read_key(&mut cursor, start)?;
        let length = usize::try_from(cursor.varint()?).map_err(|_| SegmentError::Truncated { part: "block" })?;
        let end = self
            .carriers_at
            .checked_add(length)
            .filter(|end| *end <= block.len())
            .ok_or(SegmentError::Truncated { part: "block" })?;
        let carriers = self.carriers_at..end;
        self.left -= 1;
        self.key_at = cursor.position();
        self.carriers_at = end;
        self.start = start;
        Ok(Some(Variant { key, carriers }))
    }
}
