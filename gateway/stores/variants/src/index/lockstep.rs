//! Walks through several segments in parallel, so that an allele that occurs in several segments is visited once.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use gemj_access::{DatasetGrant, Grant};
use gemj_model::{Assembly, Contig, Origin};
use roaring::RoaringBitmap;

use super::parsed_query::QueryPart;
use super::walk::Walk;
use super::{CarrierReader, Store};
use crate::error::VariantError;
use crate::mask::{DenseMask, Mask};
use crate::segment::key::Key;

/// A dense mask of a cohort is built if the query reads blocks with at least this number of variants.
const DENSE_FROM: u64 = 64;
/// The task yields to other tasks after this number of visited variants.
const YIELD_EVERY: u64 = 512;

/// One dataset of a query: the part of the Grant for the dataset, and the participants whose entries count.
pub(super) struct Part<'a> {
    pub(super) granted: &'a DatasetGrant,
    people: Cow<'a, RoaringBitmap>,
    dense: Option<Arc<DenseMask>>,
}

impl<'a> Part<'a> {
    /// The participants of a dataset that the Grant covers. If there is a cohort, only its participants count.
    pub(super) fn new(granted: &'a DatasetGrant, cohort: Option<&RoaringBitmap>) -> Self {
        let people = granted.participants().as_ref();
        Self {
            granted,
            people: cohort.map_or(Cow::Borrowed(people), |cohort| Cow::Owned(people & cohort)),
            dense: None,
        }
    }
}

/// The walks through the segments of all datasets for one part of a query.
pub(super) struct Lockstep<'a> {
    store: &'a Store,
    grant: &'a Grant,
    asked: &'a QueryPart,
    walks: Vec<Walk<'a>>,
    /// The places of the walks whose current variant is the smallest, in ascending order.
    least: Vec<usize>,
    visited: u64,
}

impl CarrierReader {
    /// Opens the walks for one part of a query. The caller has checked the query against the Grant.
    pub(super) async fn lockstep<'a>(
        &'a self,
        grant: &'a Grant,
        parts: &'a mut [Part<'_>],
        assembly: Assembly,
        origin: Origin,
        asked: &'a QueryPart,
    ) -> Result<Lockstep<'a>, VariantError> {
        for part in &mut *parts {
            // A mask that an earlier part of the query built is used again.
            if part.dense.is_some() {
                continue;
            }
            part.dense = match &part.people {
                Cow::Borrowed(_) => Some(self.store.masks.of(part.granted.participants())),
                Cow::Owned(people) if self.has_many(grant, part.granted, assembly, origin, asked).await? => {
                    Some(Arc::new(DenseMask::of(people)))
                }
                Cow::Owned(_) => None,
            };
        }
        let mut walks = Vec::new();
        for (number, part) in parts.iter().enumerate().filter(|(_, part)| asked.is_for(part.granted, assembly)) {
            for segment in self.snapshot.segments(part.granted.dataset(), assembly, origin) {
                let footer = segment.handle.footer(&self.store, grant).await?;
                let Some(blocks) = footer.alleles_on(asked.contig.as_str()) else {
                    continue;
                };
                let mut mask = Mask::new(&part.people, segment.counting(footer, part.granted));
                if let Some(dense) = &part.dense {
                    mask = mask.with_dense(dense);
                }
                let mut walk = Walk::new(number, &segment.handle, mask, blocks, asked.blocks(blocks));
                if walk.advance(&self.store, grant, asked).await? {
                    walks.push(walk);
                }
            }
        }
        Ok(Lockstep {
            store: &self.store,
            grant,
            asked,
            walks,
            least: Vec::new(),
            visited: 0,
        })
    }

    /// Whether the blocks that the query reads contain at least [`DENSE_FROM`] variants.
    async fn has_many(
        &self,
        grant: &Grant,
        granted: &DatasetGrant,
        assembly: Assembly,
        origin: Origin,
        asked: &QueryPart,
    ) -> Result<bool, VariantError> {
        let mut variants = 0u64;
        for segment in self.snapshot.segments(granted.dataset(), assembly, origin) {
            let footer = segment.handle.footer(&self.store, grant).await?;
            let Some(blocks) = footer.alleles_on(asked.contig.as_str()) else {
                continue;
            };
            let mut range = asked.blocks(blocks);
            while let Some(number) = range.peek(blocks) {
                variants = variants.saturating_add(blocks.blocks[number].variants);
                if variants >= DENSE_FROM {
                    return Ok(true);
                }
                range.next = number + 1;
            }
        }
        Ok(false)
    }
}

impl<'a> Lockstep<'a> {
    /// Moves to the next allele. Returns false if there is no further allele.
    pub(super) async fn advance(&mut self) -> Result<bool, VariantError> {
        // The walks are advanced from the last to the first, because `swap_remove` then never moves a walk that must still be advanced.
        while let Some(number) = self.least.pop() {
            if !self.walks[number].advance(self.store, self.grant, self.asked).await? {
                self.walks.swap_remove(number);
            }
        }
        self.visited += 1;
        if self.visited.is_multiple_of(YIELD_EVERY) {
            tokio::task::yield_now().await;
        }
        self.find_least()?;
        Ok(!self.least.is_empty())
    }

    /// The walks whose current variant is the current allele.
    pub(super) fn current(&self) -> impl Iterator<Item = &Walk<'a>> {
        self.least.iter().map(|number| &self.walks[*number])
    }

    /// The key of the current allele; absent after the last allele.
    pub(super) fn key(&self) -> Result<Option<Key<'_>>, VariantError> {
        match self.least.first() {
            Some(number) => Ok(self.walks[*number].variant()?.map(|variant| variant.key)),
            None => Ok(None),
        }
    }

    /// The contig of the query's part.
    pub(super) fn contig(&self) -> &'a Contig {
        &self.asked.contig
    }

    fn find_least(&mut self) -> Result<(), VariantError> {
        self.least.clear();
        for number in 0..self.walks.len() {
            let order = match self.least.first() {
                Some(first) => self.walks[number].compare(&self.walks[*first])?,
                None => Ordering::Equal,
            };
            match order {
                Ordering::Less => {
                    self.least.clear();
                    self.least.push(number);
                }
                Ordering::Equal => self.least.push(number),
                Ordering::Greater => {}
            }
        }
        Ok(())
    }
}
