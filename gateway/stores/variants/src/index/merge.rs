//! The variants of a window, merged over segments: one allele in several of them is one.

use std::cmp::Ordering;
use std::collections::VecDeque;

use bytes::Bytes;
use gemj_access::Grant;

use super::Store;
use super::snapshot::SegmentHandle;
use crate::carriers::Carriers;
use crate::error::VariantError;
use crate::mask::Mask;
use crate::segment::SegmentError;
use crate::segment::block::{BlockCursor, Variant};
use crate::segment::carriers::add_masked;
use crate::segment::footer::BlockEntry;
use crate::segment::key::Key;

/// A walk over the wanted variants of one segment.
pub(super) struct Walk<'a> {
    handle: &'a SegmentHandle,
    mask: Mask<'a>,
    entries: Vec<BlockEntry>,
    next_entry: usize,
    ready: VecDeque<Bytes>,
    block: Bytes,
    cursor: Option<BlockCursor>,
    /// The cursor as it stood before the current variant; absent behind the last.
    current: Option<BlockCursor>,
    /// The current variant's start, so that most comparisons need no decoding.
    start: u64,
}

impl<'a> Walk<'a> {
    pub(super) fn new(handle: &'a SegmentHandle, mask: Mask<'a>, entries: Vec<BlockEntry>) -> Self {
        Self {
            handle,
            mask,
            entries,
            next_entry: 0,
            ready: VecDeque::new(),
            block: Bytes::new(),
            cursor: None,
            current: None,
            start: 0,
        }
    }

    /// Moves to the next wanted variant. Answers whether there is one.
    pub(super) async fn advance(&mut self, store: &Store, grant: &Grant, wanted: &impl Fn(&Key<'_>) -> bool) -> Result<bool, VariantError> {
        loop {
            if self.advance_in_block(wanted).map_err(|fault| self.handle.damaged(fault))? {
                return Ok(true);
            }
            if self.ready.is_empty() {
                let left = self.entries.get(self.next_entry..).unwrap_or_default();
                if left.is_empty() {
                    self.current = None;
                    return Ok(false);
                }
                let blocks = self.handle.blocks(store, grant, left).await?;
                self.next_entry += blocks.len();
                self.ready.extend(blocks);
            }
            if let Some(block) = self.ready.pop_front() {
                self.cursor = Some(BlockCursor::open(&block).map_err(|fault| self.handle.damaged(fault))?);
                self.block = block;
            }
        }
    }

    fn advance_in_block(&mut self, wanted: &impl Fn(&Key<'_>) -> bool) -> Result<bool, SegmentError> {
        let Some(cursor) = &mut self.cursor else {
            return Ok(false);
        };
        loop {
            let before = *cursor;
            match cursor.next(&self.block)? {
                Some(variant) if wanted(&variant.key) => {
                    self.start = variant.key.start;
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

    /// The variant it stands at.
    pub(super) fn variant(&self) -> Result<Option<Variant<'_>>, VariantError> {
        match self.current {
            Some(mut cursor) => cursor.next(&self.block).map_err(|fault| self.handle.damaged(fault)),
            None => Ok(None),
        }
    }

    /// Adds the visible carriers of the current variant.
    pub(super) fn collect(&self, into: &mut Carriers) -> Result<(), VariantError> {
        if let Some(variant) = self.variant()? {
            let mut carriers = Carriers::default();
            add_masked(&self.block[variant.carriers], &self.mask, &mut carriers).map_err(|fault| self.handle.damaged(fault))?;
            if into.is_empty() {
                *into = carriers;
            } else {
                into.absorb(&carriers);
            }
        }
        Ok(())
    }

    /// Compares the current variants of two walks.
    pub(super) fn compare(&self, other: &Self) -> Result<Ordering, VariantError> {
        match self.start.cmp(&other.start) {
            Ordering::Equal => Ok(self.variant()?.map(|v| v.key).cmp(&other.variant()?.map(|v| v.key))),
            order => Ok(order),
        }
    }
}
