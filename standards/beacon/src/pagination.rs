//! Pages of a record-level answer.

use serde::Serialize;

/// A number of *pages*: Beacon's `skip` counts pages, not records ("number of pages to skip").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Pages(pub u32);

/// Which page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Pagination {
    /// Pages before the one asked for; 0 where not given.
    pub skip: Pages,
    /// Records on a page; 10 where not given. 0 asks for all, or as many as the Beacon gives at once.
    pub limit: u32,
}

impl Default for Pagination {
    fn default() -> Self {
        Self { skip: Pages(0), limit: 10 }
    }
}

impl Pagination {
    /// How many records precede the page: `skip` x `limit`. `skip=1&limit=100` starts at record 100.
    #[must_use]
    pub fn records_before(&self) -> u64 {
        u64::from(self.skip.0) * u64::from(self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skip_counts_pages_and_cannot_overflow() {
        let page = |skip, limit| Pagination { skip: Pages(skip), limit }.records_before();
        assert_eq!(page(1, 100), 100);
        assert_eq!(page(3, 0), 0);
        assert_eq!(page(u32::MAX, u32::MAX), u64::from(u32::MAX) * u64::from(u32::MAX));
    }
}
