//! Compares one line of a site's list of consents with the participant's state in the ledger.

use gemj_access::consent::Standing;
use gemj_catalogue::NewConsent;
use gemj_model::{ClauseSet, ConsentEvent, ConsentKind, Ground, ParticipantId, Timestamp};

use super::list::Said;
use crate::consent_sheet::unclear_withdrawal;

/// The participant's events and current state in the ledger.
#[derive(Clone, Copy, Debug)]
pub struct Ours<'a> {
    /// The participant's consent events, in ledger order.
    pub events: &'a [ConsentEvent],
    /// The participant's current consent state.
    pub standing: &'a Standing,
}

/// The result of comparing one line of a site's list with the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The line of the list and the ledger agree.
    Agrees,
    /// The list withdraws clauses that are not yet withdrawn in the ledger, or lacks clauses that are valid in the ledger. This event must
    /// be recorded at once.
    Blocks(NewConsent),
    /// An operator must act. No clause becomes valid.
    Rings(Ring),
    /// This event must be recorded at once, and an operator must act.
    BlocksAndRings(NewConsent, Ring),
}

/// Why an operator must act on a difference between a site's list and the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ring {
    /// The consent is given on the list, but no clause is valid in the ledger.
    GivenThereNotHere,
    /// Some clauses that are given on the list are not valid in the ledger.
    ClausesThereNotHere,
    /// The list has a withdrawal that cannot be read. All clauses of the participant are blocked.
    UnclearThere,
    /// The consent was never given according to the list, but it is given in the ledger. All clauses of the participant are blocked.
    NeverGivenThere,
    /// The participant is enrolled at the site, but is not on the site's list.
    Missing,
    /// The participant is on the list, but is unknown to the gateway.
    Unknown,
    /// The line of the list cannot be read.
    Unreadable,
    /// Several lines of the list about one participant contradict each other.
    Contradiction,
}

impl Ring {
    /// The text of the alert for the operator.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GivenThereNotHere => "given on the list, but no clause is valid here",
            Self::ClausesThereNotHere => "clauses are given on the list that are not valid here",
            Self::UnclearThere => "withdrawn on the list, but its clauses or date cannot be read: everything is blocked",
            Self::NeverGivenThere => "never given on the list, but given here: everything is blocked",
            Self::Missing => "enrolled at the site, but not on its list",
            Self::Unknown => "on the list, but not known here",
            Self::Unreadable => "cannot be read",
            Self::Contradiction => "several lines of one participant contradict each other",
        }
    }
}

/// Compares one line of a site's list with the ledger.
#[must_use]
pub fn compare(said: &Said, participant: &ParticipantId, ours: Ours<'_>, now: Timestamp) -> Finding {
    match said {
        Said::Given(listed) => given(*listed, participant, ours, now),
        Said::Withdrawn(clauses, at) => {
            if is_blocked(*clauses, ours) {
                return Finding::Agrees;
            }
            Finding::Blocks(withdrawal(participant, *clauses, at.unwrap_or(now)))
        }
        Said::Unclear(_) if is_blocked(ClauseSet::EMPTY, ours) => Finding::Rings(Ring::UnclearThere),
        Said::Unclear(_) => Finding::BlocksAndRings(unclear_withdrawal(participant.clone(), now), Ring::UnclearThere),
        Said::NeverGiven if !may_hold(ours) => Finding::Agrees,
        Said::NeverGiven => Finding::BlocksAndRings(unclear_withdrawal(participant.clone(), now), Ring::NeverGivenThere),
        Said::Unreadable(_) => Finding::Rings(Ring::Unreadable),
    }
}

/// The alert for a participant who is enrolled at the site but is missing on the site's list. Absent for a participant who has withdrawn
/// all clauses, because the list need not contain this participant.
#[must_use]
pub fn missing(ours: Ours<'_>) -> Option<Ring> {
    let has_gone = !may_hold(ours) && is_blocked(ClauseSet::EMPTY, ours);
    (!has_gone).then_some(Ring::Missing)
}

fn given(listed: Option<ClauseSet>, participant: &ParticipantId, ours: Ours<'_>, now: Timestamp) -> Finding {
    let here = ours.standing.clauses;
    if here.is_empty() {
        return Finding::Rings(Ring::GivenThereNotHere);
    }
    let Some(listed) = listed else { return Finding::Agrees };
    let (only_here, only_there) = (here.minus(listed), listed.minus(here));
    let block = withdrawal(participant, only_here, now);
    match (only_here.is_empty(), only_there.is_empty()) {
        (true, true) => Finding::Agrees,
        (false, true) => Finding::Blocks(block),
        (true, false) => Finding::Rings(Ring::ClausesThereNotHere),
        (false, false) => Finding::BlocksAndRings(block, Ring::ClausesThereNotHere),
    }
}

/// The event for a withdrawal of these clauses, or of everything if `clauses` is empty.
fn withdrawal(participant: &ParticipantId, clauses: ClauseSet, effective: Timestamp) -> NewConsent {
    NewConsent {
        participant: participant.clone(),
        kind: if clauses.is_empty() {
            ConsentKind::Withdrawn
        } else {
            ConsentKind::WithdrawnPartial
        },
        form: None,
        clauses,
        effective,
        ground: Ground::Consent,
        corrects: None,
    }
}

/// Whether a clause of the participant is valid, or will become valid at a scheduled time.
#[must_use]
pub fn may_hold(ours: Ours<'_>) -> bool {
    !ours.standing.clauses.is_empty() || ours.standing.next_change.is_some()
}

/// Whether none of these clauses (all clauses if empty) is valid, and the last relevant event of the ledger already withdraws them. If the
/// same list is read twice, only one event is recorded.
fn is_blocked(clauses: ClauseSet, ours: Ours<'_>) -> bool {
    let held = if clauses.is_empty() {
        ours.standing.clauses
    } else {
        ours.standing.clauses.intersection(clauses)
    };
    if !held.is_empty() {
        return false;
    }
    for event in ours.events.iter().rev() {
        match event.kind {
            ConsentKind::Withdrawn | ConsentKind::WithdrawalUnclear => return true,
            ConsentKind::WithdrawnPartial => {
                if event.clauses.is_empty() || (!clauses.is_empty() && event.clauses.contains_all(clauses)) {
                    return true;
                }
            }
            // An event of this kind may have permitted the clauses again after an earlier withdrawal.
            ConsentKind::Given
            | ConsentKind::ProxyGiven
            | ConsentKind::ClauseChanged
            | ConsentKind::Corrected
            | ConsentKind::LegacyEquivalent => return false,
            ConsentKind::Assent
            | ConsentKind::Expired
            | ConsentKind::ReconsentDue
            | ConsentKind::Died
            | ConsentKind::PeriodBegins
            | ConsentKind::PeriodEnds => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use gemj_access::ConsentLedger;
    use gemj_model::{Clause, FormId, Ordinal};

    use super::super::list::RowFault;
    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000_000_000);

    /// Consent events of one participant. Each event is one second after the previous event.
    fn ledger(kinds: &[(ConsentKind, &str)]) -> Vec<ConsentEvent> {
        kinds
            .iter()
            .zip(1_u64..)
            .map(|((kind, clauses), sequence)| ConsentEvent {
                sequence,
                participant: Ordinal(0),
                kind: *kind,
                form: Some(FormId::parse("unified-1").unwrap()),
                clauses: ClauseSet::parse(clauses).unwrap(),
                effective: Timestamp(1_780_000_000_000_000 + sequence as i64 * 1_000_000),
                recorded: Timestamp(1_780_000_000_000_000 + sequence as i64 * 1_000_000),
                ground: Ground::Consent,
                corrects: None,
            })
            .collect()
    }

    fn finding(said: &Said, events: &[ConsentEvent]) -> Finding {
        let mut ledger = ConsentLedger::new(crate::consent_forms::read(None).unwrap());
        for event in events {
            ledger.append(event.clone());
        }
        let standing = ledger.standing(Ordinal(0), NOW);
        let participant = ParticipantId::parse("P1").unwrap();
        let ours = Ours {
            events,
            standing: &standing,
        };
        compare(said, &participant, ours, NOW)
    }

    const BOTH: &str = "study-use;commercial";

    fn set(text: &str) -> ClauseSet {
        ClauseSet::parse(text).unwrap()
    }

    fn blocked(finding: Finding) -> (ConsentKind, String) {
        match finding {
            Finding::Blocks(event) | Finding::BlocksAndRings(event, _) => (event.kind, event.clauses.joined()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_withdrawal_on_the_list_blocks_at_once_and_is_recorded_only_once() {
        let given = ledger(&[(ConsentKind::Given, BOTH)]);
        let everything = Said::Withdrawn(ClauseSet::EMPTY, None);
        assert_eq!(blocked(finding(&everything, &given)), (ConsentKind::Withdrawn, String::new()));
        let of_one = Said::Withdrawn(set("commercial"), None);
        assert_eq!(
            blocked(finding(&of_one, &given)),
            (ConsentKind::WithdrawnPartial, "commercial".to_owned())
        );

        let gone = ledger(&[(ConsentKind::Given, BOTH), (ConsentKind::Withdrawn, "")]);
        assert_eq!(finding(&everything, &gone), Finding::Agrees);
        assert_eq!(finding(&of_one, &gone), Finding::Agrees);
        let partly = ledger(&[(ConsentKind::Given, BOTH), (ConsentKind::WithdrawnPartial, "commercial")]);
        assert_eq!(finding(&of_one, &partly), Finding::Agrees);
        assert_eq!(blocked(finding(&everything, &partly)).0, ConsentKind::Withdrawn);
        // No consent was given in the ledger. The withdrawal must be recorded, so that an older form that arrives later does not permit
        // anything.
        assert_eq!(blocked(finding(&everything, &[])).0, ConsentKind::Withdrawn);
    }

    #[test]
    fn a_consent_that_is_only_on_the_list_rings_and_opens_nothing() {
        let gone = ledger(&[(ConsentKind::Given, BOTH), (ConsentKind::Withdrawn, "")]);
        for said in [Said::Given(None), Said::Given(Some(set(BOTH)))] {
            assert_eq!(finding(&said, &gone), Finding::Rings(Ring::GivenThereNotHere));
            assert_eq!(finding(&said, &[]), Finding::Rings(Ring::GivenThereNotHere));
        }
        let given = ledger(&[(ConsentKind::Given, BOTH)]);
        assert_eq!(finding(&Said::Given(None), &given), Finding::Agrees);
        assert_eq!(finding(&Said::Given(Some(set(BOTH))), &given), Finding::Agrees);
        assert_eq!(
            finding(&Said::Given(Some(set("study-use;commercial;recontact"))), &given),
            Finding::Rings(Ring::ClausesThereNotHere)
        );
        let narrower = finding(&Said::Given(Some(set("study-use"))), &given);
        assert_eq!(blocked(narrower), (ConsentKind::WithdrawnPartial, "commercial".to_owned()));
        let other = finding(&Said::Given(Some(set("study-use;recontact"))), &given);
        assert!(matches!(other, Finding::BlocksAndRings(ref event, Ring::ClausesThereNotHere)
            if event.clauses == ClauseSet::EMPTY.with(Clause::Commercial)));
    }

    #[test]
    fn unreadable_withdrawals_and_never_given_consents_block_everything() {
        let given = ledger(&[(ConsentKind::Given, BOTH)]);
        let unclear = finding(&Said::Unclear(RowFault::State), &given);
        assert!(matches!(unclear, Finding::BlocksAndRings(ref e, Ring::UnclearThere) if e.kind == ConsentKind::WithdrawalUnclear));
        let twice = ledger(&[(ConsentKind::Given, BOTH), (ConsentKind::WithdrawalUnclear, "")]);
        assert_eq!(finding(&Said::Unclear(RowFault::State), &twice), Finding::Rings(Ring::UnclearThere));
        let never = finding(&Said::NeverGiven, &given);
        assert!(matches!(never, Finding::BlocksAndRings(ref e, Ring::NeverGivenThere) if e.kind == ConsentKind::WithdrawalUnclear));
        assert_eq!(finding(&Said::NeverGiven, &[]), Finding::Agrees);
        assert_eq!(
            finding(&Said::Unreadable(RowFault::State), &given),
            Finding::Rings(Ring::Unreadable)
        );
    }

    proptest::proptest! {
        /// No event that results from a list can permit a use.
        #[test]
        fn no_line_of_a_list_opens_anything(
            kinds in proptest::collection::vec((0_usize..4, 0_u32..512), 0..5), state in 0_usize..5, bits in 0_u32..512,
        ) {
            let clauses = |bits: u32| Clause::ALL.into_iter().filter(|c| bits & (1 << *c as u32) != 0).collect::<ClauseSet>();
            let words = [ConsentKind::Given, ConsentKind::Withdrawn, ConsentKind::WithdrawnPartial, ConsentKind::WithdrawalUnclear];
            let history: Vec<(ConsentKind, String)> = kinds.iter().map(|(k, bits)| (words[*k], clauses(*bits).joined())).collect();
            let history: Vec<(ConsentKind, &str)> = history.iter().map(|(k, c)| (*k, c.as_str())).collect();
            let said = match state {
                0 => Said::Given(Some(clauses(bits))),
                1 => Said::Given(None),
                2 => Said::Withdrawn(clauses(bits), None),
                3 => Said::Unclear(RowFault::State),
                _ => Said::NeverGiven,
            };
            if let Finding::Blocks(event) | Finding::BlocksAndRings(event, _) = finding(&said, &ledger(&history)) {
                proptest::prop_assert!(event.kind.only_narrows());
            }
        }
    }
}
