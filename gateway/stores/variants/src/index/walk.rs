//! A walk through the variants of one segment that match a query.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::ops::{ControlFlow, Range};

use bytes::Bytes;
use gemj_access::Grant;

use super::Store;
use super::parsed_query::{BlockRange, QueryPart};
use super::snapshot::SegmentHandle;
use crate::carriers::Carriers;
use crate::error::VariantError;
use crate::mask::Mask;
use crate::segment::SegmentError;
use crate::segment::block::{BlockCursor, Variant};
use crate::segment::carriers::{add_masked, count_masked, each_masked};
use crate::segment::footer::{BlockEntry, ContigBlocks};

/// The maximum number of blocks that one read may include.
const TOGETHER: usize = 64;

/// A walk through the variants of one segment that match a query. It keeps only a few blocks in memory at a time.
pub(super) struct Walk<'a> {
    /// The position, in the list of the query's datasets, of the dataset to which the segment belongs.
    pub(super) part: usize,
    handle: &'a SegmentHandle,
    mask: Mask<'a>,
    blocks: &'a ContigBlocks,
    range: BlockRange,
    ready: VecDeque<Bytes>,
    block: Bytes,
    cursor: Option<BlockCursor>,
    /// The cursor at the position before the current variant. Absent after the last variant.
    current: Option<BlockCursor>,
    /// The start of the current variant, so that most comparisons of walks need no decoding.
    start: u64,
    /// The range of the current variant's carriers in the bytes of the block.
    carriers: Range<usize>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(part: usize, handle: &'a SegmentHandle, mask: Mask<'a>, blocks: &'a ContigBlocks, range: BlockRange) -> Self {
        Self {
            part,
            handle,
            mask,
            blocks,
            range,
            ready: VecDeque::new(),
            block: Bytes::new(),
            cursor: None,
            current: None,
            start: 0,
            carriers: 0..0,
        }
    }

    /// Moves to the next variant that matches. Returns false if there is no further variant.
    pub(super) async fn advance(&mut self, store: &Store, grant: &Grant, asked: &QueryPart) -> Result<bool, VariantError> {
        loop {
            if self.advance_in_block(asked).map_err(|fault| self.handle.damaged(fault))? {
                return Ok(true);
            }
            if self.ready.is_empty() {
                let Some(first) = self.range.peek(self.blocks) else {
                    self.current = None;
                    return Ok(false);
                };
                let blocks = self.handle.blocks(store, grant, self.wanted_from(first)).await?;
                self.range.next = first + blocks.len();
                self.ready.extend(blocks);
                // The task yields to other tasks from time to time, also while no block has a matching variant.
                tokio::task::consume_budget().await;
            }
            if let Some(block) = self.ready.pop_front() {
                self.cursor = Some(BlockCursor::open(&block).map_err(|fault| self.handle.damaged(fault))?);
                self.block = block;
            }
        }
    }

    /// The entries of the footer for the block `first` and the consecutive blocks after it that the query also needs, at most [`TOGETHER`]
    /// blocks.
    fn wanted_from(&self, first: usize) -> &'a [BlockEntry] {
        let mut range = self.range;
        let mut last = first;
        while last + 1 - first < TOGETHER {
            range.next = last + 1;
            if range.peek(self.blocks) != Some(last + 1) {
                break;
            }
            last += 1;
        }
        self.blocks.blocks.get(first..=last).unwrap_or_default()
    }

    fn advance_in_block(&mut self, asked: &QueryPart) -> Result<bool, SegmentError> {
        let Some(cursor) = &mut self.cursor else {
            return Ok(false);
        };
        loop {
            let before = *cursor;
            match cursor.next(&self.block)? {
                Some(variant) if asked.wants(&variant.key) => {
                    self.start = variant.key.start;
                    self.carriers = variant.carriers;
                    self.current = Some(before);
                    return Ok(true);
                }
                Some(_) => {}
                None => {
                    self.cursor = None;
                    return Ok(false);
                }
            }
        }
    }

    /// The current variant; absent after the last variant.
    pub(super) fn variant(&self) -> Result<Option<Variant<'_>>, VariantError> {
        match self.current {
            Some(mut cursor) => cursor.next(&self.block).map_err(|fault| self.handle.damaged(fault)),
            None => Ok(None),
        }
    }

    /// The encoded carriers of the current variant; absent after the last variant.
    fn carriers(&self) -> Option<&[u8]> {
        self.current?;
        self.block.get(self.carriers.clone())
    }

    /// Adds the carriers of the current variant that pass the mask to `into`.
    pub(super) fn collect(&self, into: &mut Carriers) -> Result<(), VariantError> {
        match self.carriers() {
            Some(carriers) => add_masked(carriers, &self.mask, into).map_err(|fault| self.handle.damaged(fault)),
            None => Ok(()),
        }
    }

    /// Adds the number of carriers of the current variant that pass the mask to `into`, by zygosity. Returns false if a participant could
    /// be counted twice.
    pub(super) fn count(&self, into: &mut [u64; 3]) -> Result<bool, VariantError> {
        match self.carriers() {
            Some(carriers) => count_masked(carriers, &self.mask, into).map_err(|fault| self.handle.damaged(fault)),
            None => Ok(true),
        }
    }

    /// Calls `visit` for each carrier of the current variant that passes the mask, until `visit` breaks. A participant may be passed
    /// several times.
    pub(super) fn each_carrier(&self, visit: &mut impl FnMut(u32) -> ControlFlow<()>) -> Result<ControlFlow<()>, VariantError> {
        match self.carriers() {
            Some(carriers) => each_masked(carriers, &self.mask, visit).map_err(|fault| self.handle.damaged(fault)),
            None => Ok(ControlFlow::Continue(())),
        }
    }

    /// Compares the current variants of two walks by position and alleles.
    pub(super) fn compare(&self, other: &Self) -> Result<Ordering, VariantError> {
        match self.start.cmp(&other.start) {
            Ordering::Equal => Ok(self.variant()?.map(|v| v.key).cmp(&other.variant()?.map(|v| v.key))),
            order => Ok(order),
        }
    }
}
