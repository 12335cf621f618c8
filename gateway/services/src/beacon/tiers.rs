//! What each tier may learn of a set of people or alleles. Suppression is applied after consent and purpose and depends on nothing but the
//! people counted, so that the same question at the same epoch has the same answer.

use gemj_access::{DatasetGrant, Grant, Granularity, Tier};
use roaring::RoaringBitmap;

use super::answer::Finding;

/// The narrowest tier of the datasets a Grant answers from: the one that the whole answer keeps.
pub(super) fn narrowest(datasets: &[&DatasetGrant]) -> Tier {
    datasets.iter().map(|d| d.tier()).min().unwrap_or(Tier::Public)
}

/// The granularity to give: what was asked, at most what every dataset allows.
pub(super) fn granularity(datasets: &[&DatasetGrant], asked: Granularity) -> Granularity {
    let allowed = datasets.iter().map(|d| d.granularity()).min();
    allowed.unwrap_or(Granularity::Boolean).min(asked)
}

/// Whether these people may be seen as a group at this tier: at least one person, and below the controlled tier at least k families.
pub(super) fn is_visible(grant: &Grant, tier: Tier, people: &RoaringBitmap) -> bool {
    match tier {
        Tier::Controlled => !people.is_empty(),
        Tier::Registered | Tier::Public => is_of_k_families(grant, people),
    }
}

/// Whether people are of k families at least. Of many people no more are looked at than that takes.
pub(super) fn is_of_k_families(grant: &Grant, people: &RoaringBitmap) -> bool {
    let k = u64::from(grant.public_k());
    let mut families = RoaringBitmap::new();
    for person in people {
        if families.len() >= k {
            break;
        }
        families.insert(grant.family_of(gemj_model::Ordinal(person)));
    }
    families.len() >= k
}

/// The granularity that a request asks for.
pub(super) fn asked_for(granularity: ga4gh_beacon::Granularity) -> Granularity {
    match granularity {
        ga4gh_beacon::Granularity::Boolean => Granularity::Boolean,
        ga4gh_beacon::Granularity::Count => Granularity::Count,
        ga4gh_beacon::Granularity::Record => Granularity::Record,
    }
}

/// How many things one dataset is told to have, before buckets: of people who have any, `people`, and of those who have one that is nobody else's
/// of those asked for, `own` (of people themselves, both are they).
///
/// The controlled tier is told how many there are. Below it a number of things is a number of people: of those with a thing of their own, where
/// these are of k families; otherwise of k families' things it is told that there is one. A joint file brings k families by itself, and beside it
/// each further file would move the number of things by one person's.
pub(super) fn number(grant: &Grant, tier: Tier, things: u64, people: &RoaringBitmap, own: &RoaringBitmap) -> u64 {
    match tier {
        Tier::Controlled => things,
        Tier::Registered | Tier::Public => number_of_people(|people| is_of_k_families(grant, people), people, own),
    }
}

fn number_of_people(is_of_k_families: impl Fn(&RoaringBitmap) -> bool, people: &RoaringBitmap, own: &RoaringBitmap) -> u64 {
    if !is_of_k_families(people) {
        0
    } else if !is_of_k_families(own) {
        1
    } else {
        own.len()
    }
}

/// A number of visible things at the granularity and tier given.
pub(super) fn finding(tier: Tier, granularity: Granularity, count: u64) -> Finding {
    match (granularity, tier) {
        (Granularity::Boolean, _) => Finding::Boolean(count > 0),
        (Granularity::Count | Granularity::Record, Tier::Controlled) => Finding::Exact(count),
        (Granularity::Count | Granularity::Record, Tier::Registered | Tier::Public) => Finding::AtLeast(bucket(count)),
    }
}

/// The finding of a whole question. The true number of distinct things over all datasets is for the controlled tier alone. Below it nothing is
/// told that the datasets' own findings do not tell: the greatest of them, which is no more than there are, whatever they have in common.
pub(super) fn total(tier: Tier, granularity: Granularity, distinct: u64, of_datasets: &[u64]) -> Finding {
    let greatest = of_datasets.iter().copied().max().unwrap_or(0);
    match (granularity, tier) {
        (Granularity::Boolean, _) => Finding::Boolean(greatest > 0),
        (Granularity::Count | Granularity::Record, Tier::Controlled) => Finding::Exact(distinct),
        (Granularity::Count | Granularity::Record, Tier::Registered | Tier::Public) => finding(tier, granularity, greatest),
    }
}

/// The lower end of the half-logarithmic bucket (0, 1, 3, 10, 30, 100, 300, …) that a count falls into.
pub(super) fn bucket(count: u64) -> u64 {
    let mut lower = 0;
    let mut next = 1_u64;
    while next <= count {
        lower = next;
        next = if lower.to_string().starts_with('1') {
            lower.saturating_mul(3)
        } else {
            lower / 3 * 10
        };
    }
    lower
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn buckets_are_half_logarithmic() {
        let ends: Vec<u64> = [0, 1, 2, 3, 9, 10, 29, 30, 99, 100, 299, 300, 999, 1000]
            .into_iter()
            .map(bucket)
            .collect();
        assert_eq!(ends, [0, 1, 1, 3, 3, 10, 10, 30, 30, 100, 100, 300, 300, 1000]);
    }

    #[test]
    fn below_the_controlled_tier_a_total_tells_nothing_beside_what_its_datasets_tell() {
        for distinct in [40, 59, 200] {
            assert_eq!(
                total(Tier::Registered, Granularity::Count, distinct, &[29, 30, 0]),
                Finding::AtLeast(30)
            );
        }
        assert_eq!(total(Tier::Controlled, Granularity::Record, 40, &[29, 30]), Finding::Exact(40));
        assert_eq!(total(Tier::Public, Granularity::Boolean, 5, &[0, 0]), Finding::Boolean(false));
        assert_eq!(total(Tier::Registered, Granularity::Count, 5, &[]), Finding::AtLeast(0));
    }

    #[test]
    fn no_tier_but_the_controlled_one_is_told_a_number() {
        for count in 0..2_000 {
            for tier in [Tier::Public, Tier::Registered] {
                assert_eq!(finding(tier, Granularity::Boolean, count), Finding::Boolean(count > 0));
                assert_eq!(finding(tier, Granularity::Count, count), Finding::AtLeast(bucket(count)));
            }
        }
    }

    const K: u64 = 3;

    /// Two people to a family.
    fn families_of<'a>(people: impl IntoIterator<Item = &'a u32>) -> BTreeSet<u32> {
        people.into_iter().map(|person| person / 2).collect()
    }

    /// What is told of files by their owners.
    fn told(files: &[BTreeSet<u32>]) -> u64 {
        let people: RoaringBitmap = files.iter().flatten().copied().collect();
        let own: RoaringBitmap = files.iter().filter(|owners| owners.len() == 1).flatten().copied().collect();
        let is_of_k = |people: &RoaringBitmap| families_of(&people.iter().collect::<Vec<u32>>()).len() as u64 >= K;
        bucket(number_of_people(is_of_k, &people, &own))
    }

    #[test]
    fn beside_a_joint_file_few_peoples_files_are_told_as_none() {
        let joint: BTreeSet<u32> = (0..20).collect();
        let with = |few: &[u32]| {
            let own = few.iter().map(|person| BTreeSet::from([*person]));
            told(&std::iter::once(joint.clone()).chain(own).collect::<Vec<_>>())
        };
        assert_eq!([with(&[]), with(&[0]), with(&[0, 1, 2]), with(&[0, 1, 2, 3])], [1, 1, 1, 1]);
        assert_eq!(with(&[0, 2, 4]), 3, "of three families");
        assert_eq!(told(&[BTreeSet::from([0]), BTreeSet::from([2])]), 0, "of two families alone");
    }

    proptest! {
        /// Whoever adds or removes the own files of fewer than k families sees nothing, but where a group of k families or more is on the other side:
        /// everybody, at k, or the people with files of their own, at k and at the ends of buckets.
        #[test]
        fn own_files_of_fewer_than_k_families_flip_no_number(
            files in prop::collection::vec(prop::collection::btree_set(0u32..16, 1..6), 0..24),
            mut singles in prop::collection::vec(0u32..16, 0..24),
            leaving in prop::collection::btree_set(0u32..8, 0..3),
        ) {
            singles.sort_unstable();
            let all: Vec<BTreeSet<u32>> = files.iter().cloned().chain(singles.iter().map(|one| BTreeSet::from([*one]))).collect();
            let leaves = |owners: &BTreeSet<u32>| owners.len() == 1 && owners.iter().all(|one| leaving.contains(&(one / 2)));
            let left: Vec<BTreeSet<u32>> = all.iter().filter(|owners| !leaves(owners)).cloned().collect();
            prop_assert!((leaving.len() as u64) < K);
            let (before, after) = (told(&all), told(&left));
            prop_assert!(before as usize <= all.len(), "no more than there are");
            prop_assert!(after <= before);
            if before != after {
                let everybody = families_of(all.iter().flatten()).len() as u64;
                let everybody_left = families_of(left.iter().flatten()).len() as u64;
                let owners: BTreeSet<u32> = all.iter().filter(|owners| owners.len() == 1).flatten().copied().collect();
                let crosses_k = everybody >= K && everybody_left < K;
                prop_assert!(crosses_k || families_of(&owners).len() as u64 >= K, "{before} {after}");
            }
        }

        /// A number above one has k families behind it, each with a file that nobody else is in.
        #[test]
        fn no_number_is_of_few(files in prop::collection::vec(prop::collection::btree_set(0u32..16, 1..6), 0..24)) {
            let families: BTreeSet<u32> = families_of(files.iter().filter(|owners| owners.len() == 1).flatten());
            prop_assert!(told(&files) <= 1 || families.len() as u64 >= K);
            prop_assert!(told(&files) == 0 || families_of(files.iter().flatten()).len() as u64 >= K);
        }
    }
}
