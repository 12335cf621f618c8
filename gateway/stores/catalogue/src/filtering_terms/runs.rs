//! Sets of participants by value, with precomputed unions of neighbouring values. A filter that compares values (`<`, `>`) therefore joins a
//! few sets instead of one set for each value.

use std::collections::HashMap;
use std::hash::Hash;

use roaring::{MultiOps as _, RoaringBitmap};

use super::values::Judged;

/// Sets of participants by value, in an order of the values. A filter is evaluated fast if the values that it accepts are neighbours in this
/// order. Every other filter is also evaluated correctly.
pub(super) struct Runs<K> {
    /// The values in order. A value remains in the list when its last participant is removed.
    values: Vec<K>,
    positions: HashMap<K, usize>,
    /// `levels[0]` has one set for each value. Each set of `levels[n]` is the union of two neighbouring sets of `levels[n - 1]`. The last set
    /// of a level may be made from one set only.
    levels: Vec<Vec<RoaringBitmap>>,
}

impl<K> Default for Runs<K> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            positions: HashMap::new(),
            levels: vec![Vec::new()],
        }
    }
}

impl<K: Hash + Eq + Clone> Runs<K> {
    /// Adds participants to each value. New values are appended after the existing values, in the given order.
    pub(super) fn add(&mut self, sets: impl IntoIterator<Item = (K, RoaringBitmap)>) {
        for (value, people) in sets {
            let at = match self.positions.get(&value) {
                Some(at) => *at,
                None => self.append(value),
            };
            for (level, sets) in self.levels.iter_mut().enumerate() {
                sets[at >> level] |= &people;
            }
        }
    }

    /// Removes these participants from the sets of all values.
    pub(super) fn remove(&mut self, people: &RoaringBitmap) {
        self.levels.iter_mut().flatten().for_each(|set| *set -= people);
    }

    fn append(&mut self, value: K) -> usize {
        let at = self.values.len();
        self.positions.insert(value.clone(), at);
        self.values.push(value);
        // The top level has one set, which covers every value. If the new value is outside this set, a further level is added.
        if at >> (self.levels.len() - 1) > 0 {
            let top = self.levels.last().and_then(|level| level.first()).cloned();
            self.levels.push(top.into_iter().collect());
        }
        for (level, sets) in self.levels.iter_mut().enumerate() {
            if sets.len() <= at >> level {
                sets.push(RoaringBitmap::new());
            }
        }
        at
    }

    /// Calls `judge` once for each value, and returns the participants with an accepted value and those with a rejected value. A participant
    /// with values of both kinds is in both sets.
    pub(super) fn judge(&self, mut judge: impl FnMut(&K) -> Option<bool>) -> Judged {
        let (mut yes, mut no) = (Vec::new(), Vec::new());
        let judgements: Vec<Option<bool>> = self.values.iter().map(&mut judge).collect();
        let mut start = 0;
        for run in judgements.chunk_by(PartialEq::eq) {
            let end = start + run.len();
            match run[0] {
                Some(true) => self.cover(start, end, &mut yes),
                Some(false) => self.cover(start, end, &mut no),
                None => {}
            }
            start = end;
        }
        Judged {
            yes: yes.union(),
            no: no.union(),
        }
    }

    /// Appends the smallest number of precomputed sets whose union contains exactly the values from `start` (included) to `end` (excluded).
    fn cover<'a>(&'a self, mut start: usize, end: usize, sets: &mut Vec<&'a RoaringBitmap>) {
        while start < end {
            let mut level = 0;
            while level + 1 < self.levels.len() && start.is_multiple_of(2 << level) && start + (2 << level) <= end {
                level += 1;
            }
            sets.push(&self.levels[level][start >> level]);
            start += 1 << level;
        }
    }

    /// The approximate size of the sets in bytes.
    pub(super) fn bytes(&self) -> usize {
        let sets: usize = self.levels.iter().flatten().map(|set| set.serialized_size() + 64).sum();
        sets + self.values.len() * (2 * size_of::<K>() + 64)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The oracle of this test is a loop over every value and every participant.
        #[test]
        fn the_judgement_by_precomputed_unions_equals_the_judgement_of_each_value(
            batches in proptest::collection::vec(proptest::collection::vec((0u32..40, 0u32..200), 0..60), 1..5),
            removed in proptest::collection::btree_set(0u32..200, 0..20),
            verdicts in proptest::collection::vec(proptest::option::of(any::<bool>()), 40),
        ) {
            let mut runs = Runs::default();
            let mut plain: BTreeMap<u32, RoaringBitmap> = BTreeMap::new();
            let last = batches.len() - 1;
            for (at, batch) in batches.into_iter().enumerate() {
                if at == last {
                    let removed = removed.iter().copied().collect();
                    runs.remove(&removed);
                    plain.values_mut().for_each(|set| *set -= &removed);
                }
                for (value, person) in batch {
                    runs.add([(value, RoaringBitmap::from([person]))]);
                    plain.entry(value).or_default().insert(person);
                }
            }
            let judged = runs.judge(|value| verdicts[*value as usize]);
            let of = |wanted: bool| plain.iter().filter(|(value, _)| verdicts[**value as usize] == Some(wanted)).map(|(_, set)| set).union();
            prop_assert_eq!(judged.yes, of(true));
            prop_assert_eq!(judged.no, of(false));
        }
    }

    #[test]
    fn a_run_of_many_values_is_covered_by_few_sets() {
        let mut runs = Runs::default();
        runs.add((0u32..1000).map(|value| (value, RoaringBitmap::from([value]))));
        let mut sets = Vec::new();
        runs.cover(1, 999, &mut sets);
        assert!(sets.len() <= 20, "{}", sets.len());
        assert_eq!(sets.union(), (1..999).collect());
    }
}
