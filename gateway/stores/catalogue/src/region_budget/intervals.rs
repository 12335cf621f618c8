//! Intervals of a request, joined.

use std::collections::BTreeMap;

use super::BudgetRegion;
use crate::error::CatalogueError;

/// No reference sequence is as long. What is said to be longer is cut here, so that sums of lengths do not overflow.
const MOST_BASES: i64 = 1 << 40;

/// Intervals of one reference sequence in order, of which none overlaps or touches another. 0-based, half-open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Intervals(Vec<(i64, i64)>);

impl Intervals {
    /// Each start and end.
    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, i64)> {
        self.0.iter().copied()
    }
}

/// The regions by reference sequence, joined. Empty ones cost nothing and are left out.
pub(super) fn merged(regions: &[BudgetRegion]) -> Result<Vec<(String, Intervals)>, CatalogueError> {
    let mut by_contig: BTreeMap<&str, Vec<(i64, i64)>> = BTreeMap::new();
    for region in regions {
        if region.contig.contains('\0') {
            return Err(CatalogueError::Invalid { field: "regions" });
        }
        let position = |p: u64| i64::try_from(p).unwrap_or(MOST_BASES).min(MOST_BASES);
        if region.start_0 < region.end_0 {
            let interval = (position(region.start_0), position(region.end_0));
            by_contig.entry(&region.contig).or_default().push(interval);
        }
    }
    let mut merged = Vec::with_capacity(by_contig.len());
    for (contig, mut intervals) in by_contig {
        intervals.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::with_capacity(intervals.len());
        for (start, end) in intervals {
            match joined.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => joined.push((start, end)),
            }
        }
        merged.push((contig.to_owned(), Intervals(joined)));
    }
    Ok(merged)
}
