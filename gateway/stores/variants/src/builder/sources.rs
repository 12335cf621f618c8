//! The usual source of each carrier: the first source with an entry of that carrier. Entries of the usual source need no source field in a segment.

use std::collections::HashSet;

const PAGE: usize = 1 << 16;
const NONE: u32 = u32::MAX;

/// Maps an ordinal to a source number. The map is paged, so that a single large ordinal costs one page.
#[derive(Debug, Default)]
pub(super) struct UsualSources {
    pages: Vec<Option<Box<[u32]>>>,
    forgotten: HashSet<u32>,
}

impl UsualSources {
    /// Records that a source has an entry of a carrier.
    #[inline]
    pub(super) fn note(&mut self, ordinal: u32, source: u32) {
        let page = ordinal as usize / PAGE;
        if page >= self.pages.len() {
            self.pages.resize_with(page + 1, || None);
        }
        let page = self.pages[page].get_or_insert_with(|| vec![NONE; PAGE].into_boxed_slice());
        let slot = &mut page[ordinal as usize % PAGE];
        if *slot == NONE || (!self.forgotten.is_empty() && self.forgotten.contains(slot)) {
            *slot = source;
        }
    }

    /// Marks a source as discarded: it is the usual source of no carrier from now on.
    pub(super) fn forget(&mut self, source: u32) {
        self.forgotten.insert(source);
    }

    /// The usual source of a carrier; absent if the carrier has only entries of discarded sources.
    pub(super) fn of(&self, ordinal: u32) -> Option<u32> {
        let slot = *self.pages.get(ordinal as usize / PAGE)?.as_ref()?.get(ordinal as usize % PAGE)?;
        (slot != NONE && !self.forgotten.contains(&slot)).then_some(slot)
    }

    /// Every carrier with a usual source, in ascending order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, u32)> {
        self.pages.iter().enumerate().flat_map(move |(number, page)| {
            page.iter().flat_map(move |page| {
                page.iter()
                    .enumerate()
                    .filter(|(_, source)| **source != NONE && !self.forgotten.contains(source))
                    .map(move |(slot, source)| ((number * PAGE + slot) as u32, *source))
            })
        })
    }
}
