//! The regions of a file that a request selects, by contig number.

use std::collections::BTreeMap;

/// The selected regions, by contig number. They are sorted, disjoint and not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegionSet {
    contigs: BTreeMap<usize, Vec<(u64, u64)>>,
    unplaced: bool,
}

impl RegionSet {
    /// Makes a set from regions `(contig number, start, end)`, 0-based half-open, in any order. With `unplaced`, the set also selects the reads
    /// without a position.
    pub fn new(stretches: impl IntoIterator<Item = (usize, u64, u64)>, unplaced: bool) -> Self {
        let mut set = Self {
            contigs: BTreeMap::new(),
            unplaced,
        };
        for (contig, start, end) in stretches {
            if start < end {
                set.contigs.entry(contig).or_default().push((start, end));
            }
        }
        set.merge();
        set
    }

    /// Sorts the regions and joins regions that touch or overlap.
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

    /// The regions of each contig, 0-based half-open, by contig number.
    pub fn contigs(&self) -> impl Iterator<Item = (usize, &[(u64, u64)])> {
        self.contigs.iter().map(|(contig, stretches)| (*contig, stretches.as_slice()))
    }

    /// Whether the set selects the reads without a position.
    pub fn unplaced(&self) -> bool {
        self.unplaced
    }

    /// Whether the whole interval `[start, end)` of a contig is in one region of the set.
    pub fn covers(&self, contig: usize, start: u64, end: u64) -> bool {
        self.contigs.get(&contig).is_some_and(|stretches| {
            let first = stretches.partition_point(|(_, stretch_end)| *stretch_end <= start);
            stretches
                .get(first)
                .is_some_and(|(stretch_start, stretch_end)| *stretch_start <= start && end <= *stretch_end)
        })
    }

    /// Whether the set selects a record that covers `[start, end)` of a contig, 0-based half-open. The start is -1 if the record begins before
    /// the contig's first base.
    pub fn overlaps(&self, contig: usize, start: i64, end: i64) -> bool {
        self.contigs.get(&contig).is_some_and(|stretches| overlaps(stretches, start, end))
    }
}

/// Whether `[start, end)` overlaps one of the sorted regions in `stretches`. All intervals are 0-based half-open.
pub fn overlaps(stretches: &[(u64, u64)], start: i64, end: i64) -> bool {
    let Ok(end) = u64::try_from(end) else {
        return false;
    };
    let start = u64::try_from(start).unwrap_or(0);
    let first = stretches.partition_point(|(_, stretch_end)| *stretch_end <= start);
    stretches.get(first).is_some_and(|(stretch_start, _)| *stretch_start < end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_set_overlaps_a_record_if_one_of_its_regions_does(
            regions in prop::collection::vec((0u64..50, 0u64..50), 1..6),
            start in -1i64..60,
            length in 1i64..20,
        ) {
            let set = RegionSet::new(regions.iter().map(|(start, end)| (3, *start, *end)), false);
            let brute = regions.iter().any(|(s, e)| {
                (*s as i64..*e as i64).any(|base| (start..start + length).contains(&base))
            });
            prop_assert_eq!(set.overlaps(3, start, start + length), brute);
        }
    }
}
