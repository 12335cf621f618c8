//! Regions against a file's contigs.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use gemj_model::Interval;

use super::SliceRegion;
use crate::error::SliceError;

/// What to take of a file: everything, or stretches by contig number and perhaps the unplaced reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Every record.
    Everything,
    /// Records of some stretches.
    Some(RegionSet),
}

/// Stretches by contig number, sorted, apart from one another, none empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RegionSet {
    contigs: BTreeMap<usize, Vec<(u64, u64)>>,
    unplaced: bool,
}

impl Wanted {
    /// Finds the regions' contigs. `number_of` gives a name's number, `None` for a name that the file does not know, and
    /// `Some(None)` for a contig that is known and has no record.
    pub(crate) fn resolve(
        regions: &[SliceRegion],
        are_reads: bool,
        number_of: impl Fn(&str) -> Option<Option<usize>>,
    ) -> Result<Self, SliceError> {
        if regions.is_empty() {
            return Ok(Self::Everything);
        }
        let mut set = RegionSet::default();
        // Thousands of regions name a few contigs out of thousands.
        let mut numbers: HashMap<&str, Option<usize>> = HashMap::new();
        for region in regions {
            match region {
                SliceRegion::Unplaced if are_reads => set.unplaced = true,
                SliceRegion::Unplaced => return Err(SliceError::NotReads),
                SliceRegion::Contig { contig, interval } => {
                    let number = match numbers.entry(contig.as_str()) {
                        Entry::Occupied(entry) => *entry.get(),
                        Entry::Vacant(entry) => *entry.insert(number_of(contig.as_str()).ok_or(SliceError::UnknownContig)?),
                    };
                    if let Some(number) = number {
                        set.add(number, *interval);
                    }
                }
            }
        }
        set.merge();
        Ok(Self::Some(set))
    }
}

impl RegionSet {
    fn add(&mut self, contig: usize, interval: Interval) {
        if interval.is_empty() {
            return;
        }
        let stretch = (interval.start.0, interval.end.map_or(u64::MAX, |e| e.0));
        self.contigs.entry(contig).or_default().push(stretch);
    }

    /// Sorts the stretches and joins those that touch or overlap.
    fn merge(&mut self) {
        for stretches in self.contigs.values_mut() {
            stretches.sort_unstable();
            let mut apart: Vec<(u64, u64)> = Vec::with_capacity(stretches.len());
            for (start, end) in stretches.drain(..) {
                match apart.last_mut() {
                    Some(last) if start <= last.1 => last.1 = last.1.max(end),
                    _ => apart.push((start, end)),
                }
            }
            *stretches = apart;
        }
    }

    /// Each contig's stretches.
    pub(crate) fn contigs(&self) -> impl Iterator<Item = (usize, &[(u64, u64)])> {
        self.contigs.iter().map(|(contig, stretches)| (*contig, stretches.as_slice()))
    }

    /// Whether reads without a position are wanted.
    pub(crate) fn unplaced(&self) -> bool {
        self.unplaced
    }

    /// Whether all of `[start, end)` of a contig lies in one wanted stretch.
    pub(crate) fn covers(&self, contig: usize, start: u64, end: u64) -> bool {
        self.contigs.get(&contig).is_some_and(|stretches| {
            let first = stretches.partition_point(|(_, stretch_end)| *stretch_end <= start);
            stretches
                .get(first)
                .is_some_and(|(stretch_start, stretch_end)| *stretch_start <= start && end <= *stretch_end)
        })
    }

    /// Whether a record that covers `[start, end)` of a contig is wanted. A start before the contig's first base is -1.
    pub(crate) fn overlaps(&self, contig: usize, start: i64, end: i64) -> bool {
        self.contigs.get(&contig).is_some_and(|stretches| overlaps(stretches, start, end))
    }
}

/// Whether `[start, end)` overlaps one of some sorted stretches.
pub(crate) fn overlaps(stretches: &[(u64, u64)], start: i64, end: i64) -> bool {
    let Ok(end) = u64::try_from(end) else {
        return false;
    };
    let start = u64::try_from(start).unwrap_or(0);
    let first = stretches.partition_point(|(_, stretch_end)| *stretch_end <= start);
    stretches.get(first).is_some_and(|(stretch_start, _)| *stretch_start < end)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use gemj_model::{Contig, ZeroBased};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_set_of_regions_overlaps_what_one_of_them_overlaps(
            regions in prop::collection::vec((0u64..50, 0u64..50), 1..6),
            start in -1i64..60,
            length in 1i64..20,
        ) {
            let list: Vec<_> = regions
                .iter()
                .map(|(s, e)| SliceRegion::Contig {
                    contig: Contig("c".into()),
                    interval: Interval { start: ZeroBased(*s), end: Some(ZeroBased(*e)) },
                })
                .collect();
            let Wanted::Some(set) = Wanted::resolve(&list, true, |_| Some(Some(3))).unwrap() else { unreachable!() };
            let brute = regions.iter().any(|(s, e)| {
                (*s as i64..*e as i64).any(|base| (start..start + length).contains(&base))
            });
            prop_assert_eq!(set.overlaps(3, start, start + length), brute);
        }
    }
}
