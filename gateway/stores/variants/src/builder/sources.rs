//! The usual source of each carrier: the first source with an entry of the carrier. If this source is discarded, the source of the
//! carrier's next added entry takes its place. An entry from the carrier's usual source is stored without a source field.

use std::collections::HashSet;

const PAGE: usize = 1 << 16;
const NONE: u32 = u32::MAX;

/// Maps the ordinal of each carrier to the number of its usual source. The map has pages, so that a single large ordinal needs only one
/// page.
#[derive(Debug, Default)]
pub(super) struct UsualSources {
    pages: Vec<Option<Box<[u32]>>>,
    forgotten: HashSet<u32>,
}

impl UsualSources {
    /// Records that the source has an entry of the carrier with this ordinal.
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

    /// Marks a source as discarded. From now on it is not the usual source of any carrier.
    pub(super) fn forget(&mut self, source: u32) {
        self.forgotten.insert(source);
    }

    /// The usual source of the carrier with this ordinal. Absent if the carrier has no entries, or if the usual source was discarded and no
    /// entry of the carrier was added afterwards.
    pub(super) fn of(&self, ordinal: u32) -> Option<u32> {
        let slot = *self.pages.get(ordinal as usize / PAGE)?.as_ref()?.get(ordinal as usize % PAGE)?;
        (slot != NONE && !self.forgotten.contains(&slot)).then_some(slot)
    }

    /// Every carrier with a usual source, as (ordinal, source), in ascending order of ordinals.
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
