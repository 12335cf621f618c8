//! How fine a question may be. Below the controlled tier, every answer is about at least k families. Without these limits, many fine questions
//! together would still reveal one participant.

use super::Terms;

/// The most different filters of one question at the controlled tier.
const MOST_FILTERS: usize = 20;
/// The same below it. Each filter is a further cut into small groups.
const MOST_FILTERS_BELOW: usize = 5;
/// The longest stretch of one question at the controlled tier, in bases: longer than any human chromosome.
const STRETCH_BP: u64 = 300_000_000;
/// The same below it. The limit applies to the stretch and not to the number of its variants, because that number would reveal variants that may not
/// be seen.
const STRETCH_BELOW_BP: u64 = 60_000_000;
/// Steps of the age at the last encounter, in years.
const AGE_STEP_YEARS: u64 = 5;
/// Steps of an onset, in years.
const ONSET_STEP_YEARS: u64 = 1;

impl Terms {
    /// The most different filters of one question.
    #[must_use]
    pub fn most_filters(self) -> usize {
        if self.is_exact() { MOST_FILTERS } else { MOST_FILTERS_BELOW }
    }

    /// The longest stretch that one question may ask about, in bases.
    #[must_use]
    pub fn longest_stretch_bp(self) -> u64 {
        if self.is_exact() { STRETCH_BP } else { STRETCH_BELOW_BP }
    }

    /// The step, in whole years, at which ages are compared; with a step, ages are compared by order alone. Absent where every comparison is allowed.
    /// Without steps, a bound that moves day by day would reveal when the k-th oldest participant was last seen.
    #[must_use]
    pub fn age_step_years(self) -> Option<u64> {
        (!self.is_exact()).then_some(AGE_STEP_YEARS)
    }

    /// The same for the age at an onset.
    #[must_use]
    pub fn onset_step_years(self) -> Option<u64> {
        (!self.is_exact()).then_some(ONSET_STEP_YEARS)
    }

    /// Whether measured values may be compared. A moving bound would reveal the k-th highest result.
    #[must_use]
    pub fn compares_measured_values(self) -> bool {
        self.is_exact()
    }

    /// Whether a term may be negated or have wildcards. An answer for "not T" together with an answer for all participants reveals the answer for T.
    /// A wildcard reveals a rare label letter by letter.
    #[must_use]
    pub fn negates_and_searches_terms(self) -> bool {
        self.is_exact()
    }

    /// Whether a question may name a protein change without a gene. The number of alleles with a name would reveal files of participants about whom
    /// the caller may not ask.
    #[must_use]
    pub fn finds_protein_changes_without_a_gene(self) -> bool {
        self.is_exact()
    }

    /// Whether a question is refused if its name matches too many alleles. Otherwise the first alleles are used, because a refusal would depend on
    /// the files of participants about whom the caller may not ask.
    #[must_use]
    pub fn refuses_names_of_too_many_alleles(self) -> bool {
        self.is_exact()
    }

    /// Whether answers show and resolve ids of participants, specimens and files, if the granularity is records.
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
