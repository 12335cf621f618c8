//! Queries for the alleles in a range, and Beacon 2's bracket queries.

use std::ops::Range;

use gemj_model::{Contig, Interval, ZeroBased};

use super::filter::AlleleFilter;

/// A query for all alleles in a range. An allele is in the range if it covers a base of the range; an insertion covers the base before
/// which it is inserted. The number of alleles is not limited: a walk keeps only a few blocks of each segment in memory, whatever the size
/// of the range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowQuery {
    /// The name of the contig, in any spelling.
    pub contig: Contig,
    /// The range of the contig, 0-based half-open.
    pub interval: Interval,
    /// Further conditions that the alleles must satisfy.
    pub filter: AlleleFilter,
}

impl WindowQuery {
    /// Makes Beacon 2's bracket query: the alleles that start in `starts`, end in `ends` (upper bounds exclusive) and match `filter`.
    /// Conditions of `filter` on start and end are replaced. The end of an allele is the first base after it, 0-based, which equals VCF's
    /// END.
    #[must_use]
    pub fn bracket(contig: Contig, starts: Range<ZeroBased>, ends: Range<ZeroBased>, filter: AlleleFilter) -> Self {
        Self {
            contig,
            interval: Interval {
                start: starts.start,
                end: Some(starts.end.max(ends.end)),
            },
            filter: AlleleFilter {
                start_within: Some(starts),
                end_within: Some(ends),
                ..filter
            },
        }
    }
}
