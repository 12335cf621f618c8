//! Range and bracket queries.

use std::ops::Range;

use gemj_model::{Contig, Interval, ZeroBased};

use super::filter::AlleleFilter;

/// All alleles of a stretch. An allele is in it when it covers a base of it; an insertion covers the base it stands before. How many there
/// are is not limited: a walk holds a few blocks of each segment, whatever the stretch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowQuery {
    /// The contig, in any spelling.
    pub contig: Contig,
    /// The stretch, 0-based half-open.
    pub interval: Interval,
    /// Which alleles of it.
    pub filter: AlleleFilter,
}

impl WindowQuery {
    /// Beacon 2's bracket query: the alleles that start in `starts` and end in `ends`, upper bounds exclusive, and are as `filter` says (whose
    /// own brackets are replaced). The end of an allele is the first base behind it, 0-based: what VCF counts as END.
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
