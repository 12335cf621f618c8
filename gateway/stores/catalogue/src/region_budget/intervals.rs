//! Sets of intervals on one reference sequence.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::BudgetRegion;
use crate::error::CatalogueError;

/// A position in bases that is beyond the end of every reference sequence. Larger positions are replaced by this position, so that sums of
/// lengths do not overflow.
const MOST_BASES: i64 = 1 << 40;

/// Intervals of one reference sequence, 0-based and half-open, in order. No two intervals overlap or touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Intervals(Vec<(i64, i64)>);

impl Intervals {
    /// Creates the set from intervals in any order, and joins intervals that overlap or touch.
    fn of(mut intervals: Vec<(i64, i64)>) -> Self {
        intervals.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::with_capacity(intervals.len());
        for (start, end) in intervals {
            match joined.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => joined.push((start, end)),
            }
        }
        Self(joined)
    }

    /// The union of two sets of intervals.
    pub(super) fn union(&self, other: &Self) -> Self {
        Self::of(self.0.iter().chain(&other.0).copied().collect())
    }

    /// The number of base pairs in the intervals.
    pub(super) fn base_pairs(&self) -> u64 {
        self.0.iter().fold(0, |sum, (start, end)| sum.saturating_add(start.abs_diff(*end)))
    }

    /// The text under which the set is stored: `start-end start-end ...`.
    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(self.0.len() * 20);
        for (start, end) in &self.0 {
            let space = if text.is_empty() { "" } else { " " };
            // Writing to a String cannot fail.
            let _ = write!(text, "{space}{start}-{end}");
        }
        text
    }

    /// Parses the stored text. The intervals may be in any order.
    pub(super) fn parse(text: &str) -> Result<Self, CatalogueError> {
        let interval = |word: &str| {
            let (start, end) = word.split_once('-')?;
            let (start, end) = (start.parse::<i64>().ok()?, end.parse::<i64>().ok()?);
            (0 <= start && start < end).then_some((start, end))
        };
        let intervals: Option<Vec<_>> = text.split(' ').filter(|word| !word.is_empty()).map(interval).collect();
        intervals.map(Self::of).ok_or(CatalogueError::Corrupt { what: "viewed regions" })
    }
}

/// The regions of a request as one set of intervals for each reference sequence. Empty regions cost nothing and are omitted.
pub(super) fn merged(regions: &[BudgetRegion]) -> Result<BTreeMap<String, Intervals>, CatalogueError> {
    let mut by_contig: BTreeMap<&str, Vec<(i64, i64)>> = BTreeMap::new();
    for region in regions {
        if region.contig.contains('\0') {
            return Err(CatalogueError::Invalid { field: "regions" });
        }
        let position = |p: u64| i64::try_from(p).unwrap_or(MOST_BASES).min(MOST_BASES);
        let (start, end) = (position(region.start_0), position(region.end_0));
        if start < end {
            by_contig.entry(&region.contig).or_default().push((start, end));
        }
    }
    let joined = by_contig.into_iter().map(|(contig, all)| (contig.to_owned(), Intervals::of(all)));
    Ok(joined.collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_stored_text_that_is_not_a_list_of_intervals_is_corrupt() {
        assert_eq!(Intervals::parse("30-40 10-20 20-25").unwrap().text(), "10-25 30-40");
        assert_eq!(Intervals::parse("").unwrap(), Intervals::default());
        for text in ["10", "10-", "-1-5", "20-10", "10-10", "a-b", "10-20,30-40"] {
            assert!(Intervals::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_union_contains_each_base_of_both_once(a in prop::collection::vec((0i64..200, 1i64..40), 0..20),
                                                b in prop::collection::vec((0i64..200, 1i64..40), 0..20)) {
            let bases = |list: &[(i64, i64)]| list.iter().flat_map(|(s, l)| *s..s + l).collect::<HashSet<_>>();
            let of = |list: &[(i64, i64)]| Intervals::of(list.iter().map(|(s, l)| (*s, s + l)).collect());
            let union = of(&a).union(&of(&b));
            prop_assert_eq!(union.base_pairs() as usize, bases(&a).union(&bases(&b)).count());
            prop_assert!(union.0.windows(2).all(|w| w[0].1 < w[1].0));
            prop_assert_eq!(Intervals::parse(&union.text()).unwrap(), union);
        }
    }
}
