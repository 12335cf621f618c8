//! The terms under which one dataset answers a caller.

use super::tier::Tier;
use crate::grant::DatasetGrant;

/// The limits on what one dataset may reveal to a caller. Only this crate makes this value, from a decision. A [`crate::Grant`]
/// carries one value for each of its datasets.
///
/// The rules are methods. See `limits` for queries, `groups` for groups of participants, `finding` and `range` for numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    pub(super) tier: Tier,
    pub(super) least_families: u32,
}

impl Terms {
    /// The terms of a tier. `least_families` is k, as the policy configures it.
    pub(crate) fn new(tier: Tier, least_families: u32) -> Self {
        Self { tier, least_families }
    }

    /// The terms of an answer over two datasets: the less detailed of their tiers and the larger of their k.
    fn narrowest(self, other: Self) -> Self {
        Self {
            tier: self.tier.min(other.tier),
            least_families: self.least_families.max(other.least_families),
        }
    }

    /// The terms of an answer over several datasets. Absent if no dataset is given.
    pub(crate) fn of_all<'a>(datasets: impl IntoIterator<Item = &'a DatasetGrant>) -> Option<Self> {
        datasets.into_iter().map(DatasetGrant::terms).reduce(Self::narrowest)
    }

    /// The tier, for the audit trail and for messages.
    #[must_use]
    pub fn tier(self) -> Tier {
        self.tier
    }

    /// k: the least number of families behind an answer below the controlled tier. Used in messages that explain the rule.
    #[must_use]
    pub fn least_families(self) -> u32 {
        self.least_families
    }

    /// Whether answers are exact, as at the controlled tier. Exact answers wait for the commit of their audit row.
    #[must_use]
    pub fn is_exact(self) -> bool {
        match self.tier {
            Tier::Controlled => true,
            Tier::Registered | Tier::Public => false,
        }
    }

    /// Whether the caller is known at least as a registered researcher.
    #[must_use]
    pub fn is_for_known_callers(self) -> bool {
        match self.tier {
            Tier::Controlled | Tier::Registered => true,
            Tier::Public => false,
        }
    }

    /// Whether different queries count against a budget, as at the registered tier. At the controlled tier no budget is needed, because every query
    /// is audited. At the public tier the caller is unknown, so no budget can be counted.
    #[must_use]
    pub fn counts_questions(self) -> bool {
        match self.tier {
            Tier::Registered => true,
            Tier::Controlled | Tier::Public => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_of_two_datasets_are_the_narrower_tier_and_the_larger_k() {
        let (wide, narrow) = (Terms::new(Tier::Controlled, 10), Terms::new(Tier::Public, 15));
        assert_eq!(wide.narrowest(narrow), narrow);
        assert_eq!(narrow.narrowest(wide), narrow);
        assert_eq!(Terms::new(Tier::Registered, 20).narrowest(narrow), Terms::new(Tier::Public, 20));
    }
}
