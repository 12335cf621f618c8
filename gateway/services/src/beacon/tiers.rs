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
        Tier::Registered | Tier::Public => grant.family_count(people) >= u64::from(grant.public_k()),
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
}
