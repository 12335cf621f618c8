//! The limits on how fine a query may be. Below the controlled tier, every answer is about at least k families. Without these limits, many fine
//! queries together would still reveal one participant.

use super::Terms;

/// The largest number of different filters in one query at the controlled tier.
const MOST_FILTERS: usize = 20;
/// The largest number of different filters in one query below the controlled tier. Each filter divides the participants into smaller groups.
const MOST_FILTERS_BELOW: usize = 5;
/// The longest stretch of the genome that one query may cover at the controlled tier, in bases. The limit is longer than any human chromosome.
const STRETCH_BP: u64 = 300_000_000;
/// The longest stretch of the genome that one query may cover below the controlled tier, in bases. The limit is a length and not a number of
/// variants, because a limit on the number of variants would reveal variants that the caller may not see.
const STRETCH_BELOW_BP: u64 = 60_000_000;
/// Below the controlled tier, the age at the last encounter is compared in steps of this number of years.
const AGE_STEP_YEARS: u64 = 5;
/// Below the controlled tier, the age at an onset is compared in steps of this number of years.
const ONSET_STEP_YEARS: u64 = 1;

impl Terms {
    /// The largest number of different filters in one query.
    #[must_use]
    pub fn most_filters(self) -> usize {
        if self.is_exact() { MOST_FILTERS } else { MOST_FILTERS_BELOW }
    }

    /// The longest stretch of the genome that one query may cover, in bases.
    #[must_use]
    pub fn longest_stretch_bp(self) -> u64 {
        if self.is_exact() { STRETCH_BP } else { STRETCH_BELOW_BP }
    }

    /// The step, in whole years, in which a filter may compare the age at the last encounter. With a step, only comparisons by order
    /// (`<`, `>`) are allowed. Absent if every comparison is allowed. Without steps, a bound that moves day by day would reveal when
    /// the k-th oldest participant was last seen.
    #[must_use]
    pub fn age_step_years(self) -> Option<u64> {
        (!self.is_exact()).then_some(AGE_STEP_YEARS)
    }

    /// The step, in whole years, in which a filter may compare the age at an onset. Absent if every comparison is allowed.
    #[must_use]
    pub fn onset_step_years(self) -> Option<u64> {
        (!self.is_exact()).then_some(ONSET_STEP_YEARS)
    }

    /// Whether a filter may compare measured values. Below the controlled tier it may not, because a bound that moves in small steps would reveal the
    /// k-th highest result.
    #[must_use]
    pub fn compares_measured_values(self) -> bool {
        self.is_exact()
    }

    /// Whether a filter may negate a term or use wildcards in it. An answer for "not T" together with an answer for all participants reveals the
    /// answer for T. Wildcards reveal a rare label letter by letter.
    #[must_use]
    pub fn negates_and_searches_terms(self) -> bool {
        self.is_exact()
    }

    /// Whether a query may name a protein change without a gene. Below the controlled tier this is not allowed: the number of alleles with this
    /// protein change would reveal files of participants that the caller may not query.
    #[must_use]
    pub fn finds_protein_changes_without_a_gene(self) -> bool {
        self.is_exact()
    }

    /// Whether a query is refused if the name of a variant in it (such as a protein change) matches too many alleles. If the query is not refused,
    /// the first alleles are used. Below the controlled tier, a refusal would depend on the files of participants that the caller may not query.
    #[must_use]
    pub fn refuses_names_of_too_many_alleles(self) -> bool {
        self.is_exact()
    }

    /// Whether answers of record granularity show and resolve ids of participants, specimens and files.
    #[must_use]
    pub(crate) fn names_records(self) -> bool {
        self.is_exact()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disclosure::Tier;

    #[test]
    fn below_the_controlled_tier_every_limit_is_tighter() {
        let wide = Terms::new(Tier::Controlled, 10);
        for tier in [Tier::Public, Tier::Registered] {
            let narrow = Terms::new(tier, 10);
            assert_eq!((narrow.most_filters(), wide.most_filters()), (5, 20));
            assert!(narrow.longest_stretch_bp() < wide.longest_stretch_bp());
            assert_eq!((narrow.age_step_years(), narrow.onset_step_years()), (Some(5), Some(1)));
            assert!(!narrow.compares_measured_values() && !narrow.negates_and_searches_terms() && !narrow.names_records());
            assert!(!narrow.finds_protein_changes_without_a_gene() && !narrow.refuses_names_of_too_many_alleles());
        }
        assert_eq!((wide.age_step_years(), wide.onset_step_years()), (None, None));
    }
}
