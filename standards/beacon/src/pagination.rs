//! Pages of a record-level answer.

use serde::Serialize;

/// A number of *pages*: Beacon's `skip` counts pages, not records ("number of pages to skip").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Pages(pub u32);

/// The maximum number of records on a page. The specification says: "Use `0` to return all the results or the maximum allowed by the Beacon, if
/// there is any". This constant is that maximum. A greater `limit` is rejected with an error that names the parameter.
pub const MAX_PAGE_RECORDS: u32 = 10_000;

/// The expected value of `limit`, for an error text.
pub(crate) const LIMIT: &str = "a whole number of at most 10,000 records on a page is expected; 0 means 10,000";

/// The page that a request selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Pagination {
    /// The number of pages before the requested page; 0 by default.
    pub skip: Pages,
    /// The number of records on a page; 10 by default. 0 requests all records, up to the Beacon's maximum.
    pub limit: u32,
}

impl Default for Pagination {
    fn default() -> Self {
        Self { skip: Pages(0), limit: 10 }
    }
}

impl Pagination {
    /// The number of records on a full page: the requested number, at least one and at most [`MAX_PAGE_RECORDS`].
    #[must_use]
    pub fn records_per_page(&self) -> u32 {
        match self.limit {
            0 => MAX_PAGE_RECORDS,
            limit => limit.min(MAX_PAGE_RECORDS),
        }
    }

    /// The number of records before the page: `skip` multiplied by [`Self::records_per_page`]. `skip=1&limit=100` starts at record 100, and
    /// `skip=1&limit=0` starts at record 10,000. Pages therefore never overlap, and no record is between two pages.
    #[must_use]
    pub fn records_before(&self) -> u64 {
        u64::from(self.skip.0) * u64::from(self.records_per_page())
    }
}

/// The page of `/filtering_terms` that a request selects. Terms are small, and clients expect all terms if they send no limit. The default is
/// therefore all terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TermsPage {
    /// The number of pages before the requested page; 0 by default.
    pub skip: Pages,
    /// The number of terms on a page; 0 by default. 0 means all terms.
    pub limit: u32,
}

/// A parsed request for filtering terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TermsRequest {
    /// The page of the list of terms that the client requests.
    pub page: TermsPage,
    /// Whether the client requests test mode, in which the answer must not use the programme's data; false by default.
    pub test_mode: bool,
}

impl TermsPage {
    /// The index range of the terms on this page, among `total` terms.
    #[must_use]
    pub fn of(&self, total: usize) -> std::ops::Range<usize> {
        if self.limit == 0 {
            return if self.skip.0 == 0 { 0..total } else { total..total };
        }
        let clamp = |records: u64| usize::try_from(records).unwrap_or(usize::MAX).min(total);
        let before = u64::from(self.skip.0) * u64::from(self.limit);
        clamp(before)..clamp(before + u64::from(self.limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_terms_cover_every_term_exactly_once() {
        let page = |skip, limit| TermsPage { skip: Pages(skip), limit }.of(25);
        assert_eq!((page(0, 0), page(1, 0)), (0..25, 25..25));
        assert_eq!((page(0, 10), page(2, 10), page(3, 10)), (0..10, 20..25, 25..25));
        assert_eq!(page(u32::MAX, u32::MAX), 25..25);
    }

    #[test]
    fn skip_counts_pages_and_cannot_overflow() {
        let page = |skip, limit| {
            let page = Pagination { skip: Pages(skip), limit };
            (page.records_before(), page.records_per_page())
        };
        assert_eq!(page(1, 100), (100, 100));
        assert_eq!(page(3, 0), (30_000, 10_000));
        assert_eq!(page(2, 5000), (10_000, 5_000));
        assert_eq!(page(u32::MAX, u32::MAX), (u64::from(u32::MAX) * 10_000, 10_000));
    }
}
