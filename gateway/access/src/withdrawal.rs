//! The rules that decide which holders of data must be notified of a withdrawal.

use gemj_model::{Clause, ClauseSet, ConsentKind};

use crate::consent::Audience;

/// The clauses for provision to others that a consent event withdraws. Absent if the event withdraws none of these clauses.
#[must_use]
pub fn withdrawn_provision(kind: ConsentKind, clauses: ClauseSet) -> Option<ClauseSet> {
    let provided = Audience::World.clauses();
    match kind {
        ConsentKind::Withdrawn => Some(provided),
        ConsentKind::WithdrawnPartial => Some(clauses.intersection(provided)).filter(|withdrawn| !withdrawn.is_empty()),
        ConsentKind::Given
        | ConsentKind::ProxyGiven
        | ConsentKind::Assent
        | ConsentKind::ClauseChanged
        | ConsentKind::Expired
        | ConsentKind::ReconsentDue
        | ConsentKind::Died
        | ConsentKind::Corrected
        | ConsentKind::LegacyEquivalent
        | ConsentKind::WithdrawalUnclear
        | ConsentKind::PeriodBegins
        | ConsentKind::PeriodEnds => None,
    }
}

/// Whether a holder of data must be notified of a withdrawal: the holder's use in one of these countries needs one of the withdrawn clauses.
/// `commercial` is the use that the approval states. A withdrawal of study use always requires a notice.
///
/// An approval does not state whether its organisation is a company. If the commercial clause is withdrawn, every holder is therefore notified.
pub fn must_be_notified<'a>(withdrawn: ClauseSet, commercial: bool, countries: impl IntoIterator<Item = &'a String>) -> bool {
    if withdrawn.contains(Clause::StudyUse) {
        return true;
    }
    let commercial = commercial || withdrawn.contains(Clause::Commercial);
    countries.into_iter().any(|country| {
        let audience = Audience::Organisation {
            country: country.clone(),
            commercial,
        };
        !audience.clauses().intersection(withdrawn).is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clauses(all: &[Clause]) -> ClauseSet {
        all.iter().copied().collect()
    }

    #[test]
    fn only_a_withdrawal_of_a_clause_for_provision_counts() {
        assert_eq!(
            withdrawn_provision(ConsentKind::Withdrawn, ClauseSet::EMPTY),
            Some(Audience::World.clauses())
        );
        let partial = |all: &[Clause]| withdrawn_provision(ConsentKind::WithdrawnPartial, clauses(all));
        assert_eq!(partial(&[Clause::Commercial]), Some(clauses(&[Clause::Commercial])));
        assert_eq!(partial(&[Clause::ReturnFindings]), None);
        assert_eq!(withdrawn_provision(ConsentKind::Given, clauses(&Clause::ALL)), None);
        assert_eq!(withdrawn_provision(ConsentKind::WithdrawalUnclear, clauses(&Clause::ALL)), None);
    }

    #[test]
    fn a_holder_is_notified_if_the_use_needs_a_withdrawn_clause() {
        let (japan, britain) = (["JP".to_owned()], ["GB".to_owned()]);
        assert!(must_be_notified(clauses(&[Clause::StudyUse]), false, &[]));
        assert!(!must_be_notified(clauses(&[Clause::ThirdPartyOverseas]), false, &japan));
        assert!(must_be_notified(clauses(&[Clause::ThirdPartyOverseas]), false, &britain));
        assert!(must_be_notified(clauses(&[Clause::Commercial]), false, &japan));
        assert!(must_be_notified(clauses(&[Clause::Commercial]), true, &britain));
    }
}
