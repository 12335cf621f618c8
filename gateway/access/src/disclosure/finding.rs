//! The numbers that an answer contains: exact, in buckets, or only yes or no.

use roaring::RoaringBitmap;

use super::{Granularity, Terms, bucket};
use crate::grant::{DatasetGrant, Grant};

/// A number of things (participants, variants, files), in the form in which an answer shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Only whether any thing exists.
    Boolean(bool),
    /// The exact number of things.
    Exact(u64),
    /// At least this number of things: the lower bound of a half-logarithmic bucket.
    AtLeast(u64),
}

impl Finding {
    /// Whether the finding shows that any thing exists.
    #[must_use]
    pub fn exists(self) -> bool {
        match self {
            Self::Boolean(exists) => exists,
            Self::Exact(count) | Self::AtLeast(count) => count > 0,
        }
    }

    /// The least number of things that the finding guarantees.
    #[must_use]
    pub fn least(self) -> u64 {
        match self {
            Self::Boolean(exists) => u64::from(exists),
            Self::Exact(count) | Self::AtLeast(count) => count,
        }
    }
}

/// The number of participants of a dataset that a page for the public may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicNumber {
    /// At least this many families: k.
    Families(u32),
    /// At least this many participants: the lower bound of a half-logarithmic bucket.
    AtLeast(u64),
    /// No number may be shown, because the participants are too few or none.
    NotShown,
}

impl Terms {
    /// The number that a page for the public may show of a public finding. An exact finding is never shown.
    #[must_use]
    pub fn public_number(self, finding: Finding) -> PublicNumber {
        match finding {
            Finding::Boolean(true) => PublicNumber::Families(self.least_families),
            Finding::AtLeast(count) if count >= u64::from(self.least_families) => PublicNumber::AtLeast(count),
            Finding::Boolean(false) | Finding::AtLeast(_) | Finding::Exact(_) => PublicNumber::NotShown,
        }
    }

    /// The finding for a number of visible things, at a granularity and under these terms.
    #[must_use]
    pub fn finding(self, granularity: Granularity, count: u64) -> Finding {
        match granularity {
            Granularity::Boolean => Finding::Boolean(count > 0),
            Granularity::Count | Granularity::Record if self.is_exact() => Finding::Exact(count),
            Granularity::Count | Granularity::Record => Finding::AtLeast(bucket::lower_end(count)),
        }
    }

    /// The finding of a whole query over several datasets. At the controlled tier, the finding is the number of distinct things over all datasets.
    /// Below the controlled tier, the finding is the greatest of the datasets' own numbers, so that the answer reveals no more than these numbers. At
    /// least that many things exist, whatever the datasets have in common.
    #[must_use]
    pub fn total(self, granularity: Granularity, distinct: u64, of_datasets: &[u64]) -> Finding {
        let greatest = of_datasets.iter().copied().max().unwrap_or(0);
        match granularity {
            Granularity::Count | Granularity::Record if self.is_exact() => Finding::Exact(distinct),
            Granularity::Boolean | Granularity::Count | Granularity::Record => self.finding(granularity, greatest),
        }
    }

    /// The number of things that one dataset counts, before buckets are applied. `people` are the participants who have any of the things. `own` are
    /// the participants who have a thing that belongs to no other participant of the query. If the things are participants, `own` equals `people`.
    ///
    /// At the controlled tier, the number is the number of things. Below the controlled tier, the number counts participants:
    /// * If the participants in `own` are of at least k families, the number is the number of these participants.
    /// * Otherwise, if the participants in `people` are of at least k families, the number is one.
    /// * Otherwise, the number is zero.
    ///
    /// A joint file alone can have k families. Without this rule, each further file of one participant would change the number of things.
    #[must_use]
    pub fn number(self, grant: &Grant, things: u64, people: &RoaringBitmap, own: &RoaringBitmap) -> u64 {
        if self.is_exact() {
            things
        } else {
            number_of_people(|people| self.has_least_families(grant, people), people, own)
        }
    }
}

fn number_of_people(has_least_families: impl Fn(&RoaringBitmap) -> bool, people: &RoaringBitmap, own: &RoaringBitmap) -> u64 {
    if !has_least_families(people) {
        0
    } else if !has_least_families(own) {
        1
    } else {
        own.len()
    }
}

impl Grant {
    /// The finding of a query for participants without filters: the number of participants in some datasets. At the controlled tier, each participant
    /// counts once. Below the controlled tier, the finding is the bucket of the largest dataset, and datasets of fewer than k families are not
    /// counted. Datasets of the public tier are never counted. Absent if no dataset is counted.
    #[must_use]
    pub fn participants_listed(&self, datasets: &[&DatasetGrant]) -> Option<Finding> {
        let is_counted = |dataset: &&&DatasetGrant| {
            let terms = dataset.terms();
            terms.is_for_known_callers() && terms.shows(self, dataset.participants())
        };
        let counted: Vec<&DatasetGrant> = datasets.iter().filter(is_counted).copied().collect();
        let terms = Terms::of_all(counted.iter().copied())?;
        let numbers: Vec<u64> = counted.iter().map(|dataset| dataset.participants().len()).collect();
        let mut together = RoaringBitmap::new();
        for dataset in counted {
            together |= dataset.participants().as_ref();
        }
        Some(terms.total(Granularity::Count, together.len(), &numbers))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::disclosure::Tier;

    fn of(tier: Tier) -> Terms {
        Terms::new(tier, 10)
    }

    #[test]
    fn below_the_controlled_tier_a_total_is_the_greatest_of_its_datasets() {
        for distinct in [40, 59, 200] {
            assert_eq!(
                of(Tier::Registered).total(Granularity::Count, distinct, &[29, 30, 0]),
                Finding::AtLeast(30)
            );
        }
        assert_eq!(of(Tier::Controlled).total(Granularity::Record, 40, &[29, 30]), Finding::Exact(40));
        assert_eq!(of(Tier::Public).total(Granularity::Boolean, 5, &[0, 0]), Finding::Boolean(false));
        assert_eq!(of(Tier::Registered).total(Granularity::Count, 5, &[]), Finding::AtLeast(0));
    }

    #[test]
    fn only_the_controlled_tier_receives_an_exact_number() {
        for count in 0..2_000 {
            for tier in [Tier::Public, Tier::Registered] {
                assert_eq!(of(tier).finding(Granularity::Boolean, count), Finding::Boolean(count > 0));
                assert_eq!(
                    of(tier).finding(Granularity::Count, count),
                    Finding::AtLeast(bucket::lower_end(count))
                );
            }
        }
    }

    #[test]
    fn a_page_for_the_public_shows_no_exact_number_and_none_below_k() {
        let shown = |finding| of(Tier::Public).public_number(finding);
        assert_eq!(shown(Finding::Boolean(true)), PublicNumber::Families(10));
        assert_eq!(shown(Finding::Boolean(false)), PublicNumber::NotShown);
        assert_eq!(shown(Finding::AtLeast(30)), PublicNumber::AtLeast(30));
        assert_eq!(shown(Finding::AtLeast(3)), PublicNumber::NotShown);
        assert_eq!(shown(Finding::Exact(57)), PublicNumber::NotShown);
    }

    const K: u64 = 3;

    /// The families of some people. Each family consists of two people.
    fn families_of<'a>(people: impl IntoIterator<Item = &'a u32>) -> BTreeSet<u32> {
        people.into_iter().map(|person| person / 2).collect()
    }

    /// The number that an answer shows for files. Each file is given as the set of its owners.
    fn number_of(files: &[BTreeSet<u32>]) -> u64 {
        let people: RoaringBitmap = files.iter().flatten().copied().collect();
        let own: RoaringBitmap = files.iter().filter(|owners| owners.len() == 1).flatten().copied().collect();
        let is_of_k = |people: &RoaringBitmap| families_of(&people.iter().collect::<Vec<u32>>()).len() as u64 >= K;
        bucket::lower_end(number_of_people(is_of_k, &people, &own))
    }

    #[test]
    fn the_files_of_fewer_than_k_families_do_not_change_a_number_beside_a_joint_file() {
        let joint: BTreeSet<u32> = (0..20).collect();
        let with = |few: &[u32]| {
            let own = few.iter().map(|person| BTreeSet::from([*person]));
            number_of(&std::iter::once(joint.clone()).chain(own).collect::<Vec<_>>())
        };
        assert_eq!([with(&[]), with(&[0]), with(&[0, 1, 2]), with(&[0, 1, 2, 3])], [1, 1, 1, 1]);
        assert_eq!(with(&[0, 2, 4]), 3, "the single files belong to three families");
        assert_eq!(number_of(&[BTreeSet::from([0]), BTreeSet::from([2])]), 0, "fewer than k families");
    }

    proptest! {
        /// If single-owner files of fewer than k families are removed, the number changes only in two cases. Either all owners were of at least k
        /// families before the removal and are not afterwards, or the owners of single-owner files are of at least k families.
        #[test]
        fn own_files_of_fewer_than_k_families_change_no_number(
            files in prop::collection::vec(prop::collection::btree_set(0u32..16, 1..6), 0..24),
            mut singles in prop::collection::vec(0u32..16, 0..24),
            leaving in prop::collection::btree_set(0u32..8, 0..3),
        ) {
            singles.sort_unstable();
            let all: Vec<BTreeSet<u32>> = files.iter().cloned().chain(singles.iter().map(|one| BTreeSet::from([*one]))).collect();
            let leaves = |owners: &BTreeSet<u32>| owners.len() == 1 && owners.iter().all(|one| leaving.contains(&(one / 2)));
            let left: Vec<BTreeSet<u32>> = all.iter().filter(|owners| !leaves(owners)).cloned().collect();
            prop_assert!((leaving.len() as u64) < K);
            let (before, after) = (number_of(&all), number_of(&left));
            prop_assert!(before as usize <= all.len(), "the number is not greater than the number of files");
            prop_assert!(after <= before);
            if before != after {
                let everybody = families_of(all.iter().flatten()).len() as u64;
                let everybody_left = families_of(left.iter().flatten()).len() as u64;
                let owners: BTreeSet<u32> = all.iter().filter(|owners| owners.len() == 1).flatten().copied().collect();
                let crosses_k = everybody >= K && everybody_left < K;
                prop_assert!(crosses_k || families_of(&owners).len() as u64 >= K, "{before} {after}");
            }
        }

        /// If a number is above one, people of at least k families each have a file of their own.
        #[test]
        fn every_number_above_one_counts_at_least_k_families(files in prop::collection::vec(prop::collection::btree_set(0u32..16, 1..6), 0..24)) {
            let families: BTreeSet<u32> = families_of(files.iter().filter(|owners| owners.len() == 1).flatten());
            prop_assert!(number_of(&files) <= 1 || families.len() as u64 >= K);
            prop_assert!(number_of(&files) == 0 || families_of(files.iter().flatten()).len() as u64 >= K);
        }
    }
}
