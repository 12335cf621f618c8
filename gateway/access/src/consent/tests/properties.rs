//! Compares the fold with the oracle, and tests properties of every consent ledger.

#![allow(clippy::unwrap_used)]

use gemj_model::{Clause, ClauseSet, ConsentEvent, ConsentKind as Kind, Ordinal, PartialDate, SiteId, Timestamp};
use proptest::prelude::*;

use super::kit::{
    KINDS, any_birth, any_clauses, any_history, any_instant, any_ledger, any_moment, any_rules, any_site, event, form, forms, in_order,
};
use super::oracle::Case;
use crate::consent::{Circumstances, ConsentLedger, ConsentRules, Standing, standing_as_of};

fn ledger_of(events: &[ConsentEvent], rules: ConsentRules, born: Option<&PartialDate>, site: Option<&SiteId>) -> ConsentLedger {
    let mut ledger = ConsentLedger::new(forms()).with_rules(rules);
    ledger.register_birth(Ordinal(0), born.cloned());
    ledger.register_site(Ordinal(0), site);
    for event in events {
        ledger.append(event.clone());
    }
    ledger
}

/// Compares one participant's consent state with the oracle, clause by clause.
fn agree(standing: &Standing, case: &Case<'_>) -> Result<(), TestCaseError> {
    for clause in Clause::ALL {
        let found = case.holds(clause);
        prop_assert_eq!(
            standing.clauses.contains(clause),
            found.is_some(),
            "{:?} at {}",
            clause,
            case.at.rfc3339()
        );
        let by_consent = found.as_ref().is_some_and(|f| f.by_consent);
        prop_assert_eq!(standing.by_consent.contains(clause), by_consent, "ground of {:?}", clause);
        if clause == Clause::ThirdPartyOverseas {
            prop_assert_eq!(&standing.overseas_form, &found.and_then(|f| f.countries), "countries");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn the_state_now_equals_the_oracle_s_for_every_clause(
        events in any_ledger(), rules in any_rules(), born in any_birth(), site in any_site(), now in any_moment()
    ) {
        let ledger = ledger_of(&events, rules, born.as_ref(), site.as_ref());
        let case = Case { events: &events, rules, born: born.as_ref(), site: site.as_ref(), at: now, known: None };
        agree(&ledger.standing(Ordinal(0), now), &case)?;
    }

    #[test]
    fn a_past_state_equals_the_oracle_s_for_every_clause(
        events in any_ledger(), rules in any_rules(), born in any_birth(), site in any_site(), at in any_moment(), known in any_instant()
    ) {
        let ledger = ledger_of(&events, rules, born.as_ref(), site.as_ref());
        let case = Case { events: &events, rules, born: born.as_ref(), site: site.as_ref(), at, known: Some(known) };
        let standing = ledger.standing_as_of(Ordinal(0), at, known);
        agree(&standing, &case)?;
        let circumstances = Circumstances { rules, born: born.as_ref(), site: site.as_ref() };
        prop_assert_eq!(standing, standing_as_of(&events, circumstances, at, known, form));
    }

    #[test]
    fn the_state_does_not_change_before_its_stated_next_change(
        events in any_ledger(), rules in any_rules(), born in any_birth(), site in any_site(), now in any_moment(), later in 0i64..1_500
    ) {
        let ledger = ledger_of(&events, rules, born.as_ref(), site.as_ref());
        let standing = ledger.standing(Ordinal(0), now);
        let end = standing.next_change.unwrap_or(Timestamp(i64::MAX));
        prop_assert!(end > now);
        for then in [now.plus_seconds(later * 86_400), Timestamp(end.0 - 1)] {
            if then < end && then < Timestamp(4_000_000_000_000_000) {
                let case = Case { events: &events, rules, born: born.as_ref(), site: site.as_ref(), at: then, known: None };
                agree(&standing, &case)?;
            }
        }
    }

    #[test]
    fn an_additional_event_that_only_takes_consent_away_never_opens_a_clause(
        history in any_history(), kind in 6usize..12, clauses in any_clauses(), effective in any_instant(),
        place in 0usize..30, rules in any_rules(), born in any_birth(), site in any_site(), now in any_moment()
    ) {
        let events = in_order(history);
        // The additional event is not inserted between an answer and the bounds of the answer's period.
        let is_bound = |at: usize| events.get(at).is_some_and(|e| matches!(e.kind, Kind::PeriodBegins | Kind::PeriodEnds));
        let at = (place.min(events.len())..).find(|at| !is_bound(*at)).unwrap();
        let recorded = events.get(at).map_or(effective, |e| e.recorded);
        let taking = ConsentEvent { clauses, effective, recorded, ..event(at as u64 * 10 + 5, KINDS[kind], "", 0, 0) };
        let mut more = events.clone();
        more.insert(at, taking);
        let (without, with) = [&events, &more].map(|e| ledger_of(e, rules, born.as_ref(), site.as_ref()).standing(Ordinal(0), now)).into();
        prop_assert!(without.clauses.contains_all(with.clauses), "{} -> {}", without.clauses.joined(), with.clauses.joined());
        prop_assert!(without.by_consent.contains_all(with.by_consent));
        prop_assert!(with.overseas_form.is_none() || with.overseas_form == without.overseas_form);
    }

    #[test]
    fn removing_a_clause_from_an_answer_never_opens_a_clause(
        events in any_ledger(), which in 0usize..9, clause in 0usize..9,
        rules in any_rules(), born in any_birth(), site in any_site(), now in any_moment()
    ) {
        let is_answer = |e: &ConsentEvent| !e.kind.only_narrows() && !matches!(e.kind, Kind::PeriodBegins | Kind::PeriodEnds);
        let answers: Vec<usize> = (0..events.len()).filter(|at| is_answer(&events[*at])).collect();
        let mut fewer = events.clone();
        if let Some(place) = answers.get(which % answers.len().max(1)) {
            let left = fewer[*place].clauses.minus(ClauseSet::EMPTY.with(Clause::ALL[clause]));
            // A correction that has a number and no clause only strikes the named event, so it is no longer an answer. This case is skipped.
            if fewer[*place].corrects.is_none() || !left.is_empty() {
                fewer[*place].clauses = left;
            }
        }
        let (before, after) = [&events, &fewer].map(|e| ledger_of(e, rules, born.as_ref(), site.as_ref()).standing(Ordinal(0), now)).into();
        prop_assert!(before.clauses.contains_all(after.clauses));
        prop_assert!(before.by_consent.contains_all(after.by_consent));
    }

    #[test]
    fn after_a_withdrawal_at_the_end_of_any_ledger_no_clause_holds(
        history in any_history(), effective in any_instant(), unclear in any::<bool>(), now in any_moment()
    ) {
        let mut events = in_order(history);
        let recorded = events.last().map_or(effective, |e| e.recorded);
        let kind = if unclear { Kind::WithdrawalUnclear } else { Kind::Withdrawn };
        events.push(ConsentEvent { effective, recorded, ..event(999, kind, "", 0, 0) });
        let standing = ledger_of(&events, ConsentRules::default(), None, None).standing(Ordinal(0), now);
        prop_assert!(standing.clauses.is_empty() && standing.overseas_form.is_none());
    }
}
