//! Handles consents without a date if the participant has withdrawn.

use std::collections::HashSet;

use gemj_catalogue::NewConsent;
use gemj_model::{ConsentEvent, ConsentKind, ParticipantId};

/// The text of the reason why a consent without a date is refused after a withdrawal.
pub const UNDATED: &str = "a consent without a date does not lift a withdrawal: add the date on which it was signed";

/// Whether an event of this kind may permit a use again after a withdrawal.
#[must_use]
pub fn opens(kind: ConsentKind) -> bool {
    match kind {
        ConsentKind::Given | ConsentKind::ProxyGiven | ConsentKind::ClauseChanged | ConsentKind::LegacyEquivalent => true,
        ConsentKind::Assent
        | ConsentKind::Withdrawn
        | ConsentKind::WithdrawnPartial
        | ConsentKind::WithdrawalUnclear
        | ConsentKind::Expired
        | ConsentKind::ReconsentDue
        | ConsentKind::Died
        | ConsentKind::Corrected
        | ConsentKind::PeriodBegins
        | ConsentKind::PeriodEnds => false,
    }
}

/// Whether a participant has a withdrawal that no correction cancels. The withdrawal can be in `history`, which is in ledger order, or in
/// `about_to`, the events that are recorded after the history. A correction that was itself corrected cancels nothing.
#[must_use]
pub fn withdrawal_stands(participant: &ParticipantId, history: &[ConsentEvent], about_to: &[NewConsent]) -> bool {
    let withdraws = |kind| {
        matches!(
            kind,
            ConsentKind::Withdrawn | ConsentKind::WithdrawnPartial | ConsentKind::WithdrawalUnclear
        )
    };
    let theirs = || about_to.iter().filter(|event| event.participant == *participant);
    if theirs().any(|event| withdraws(event.kind)) {
        return true;
    }
    let mut struck: HashSet<u64> = theirs().filter_map(|event| event.corrects).collect();
    for event in history.iter().rev().filter(|event| event.kind == ConsentKind::Corrected) {
        if let Some(target) = event.corrects
            && target < event.sequence
            && !struck.contains(&event.sequence)
        {
            struck.insert(target);
        }
    }
    history
        .iter()
        .any(|event| withdraws(event.kind) && !struck.contains(&event.sequence))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use gemj_model::{ClauseSet, Ground, Ordinal, Timestamp};

    use super::*;
    use crate::consent_sheet::unclear_withdrawal;

    fn history(events: &[(ConsentKind, Option<u64>)]) -> Vec<ConsentEvent> {
        let event = |((kind, corrects), sequence): (&(ConsentKind, Option<u64>), u64)| ConsentEvent {
            sequence,
            participant: Ordinal(0),
            kind: *kind,
            form: None,
            clauses: ClauseSet::EMPTY,
            effective: Timestamp(0),
            recorded: Timestamp(0),
            ground: Ground::Consent,
            corrects: *corrects,
        };
        events.iter().zip(1..).map(event).collect()
    }

    #[test]
    fn a_withdrawal_counts_until_a_valid_correction_cancels_it() {
        use ConsentKind::{Corrected, Given, WithdrawalUnclear, Withdrawn, WithdrawnPartial};
        let id = ParticipantId::parse("P1").unwrap();
        let stands = |events: &[(ConsentKind, Option<u64>)]| withdrawal_stands(&id, &history(events), &[]);
        assert!(!stands(&[]) && !stands(&[(Given, None)]));
        for kind in [Withdrawn, WithdrawnPartial, WithdrawalUnclear] {
            assert!(stands(&[(Given, None), (kind, None), (Given, None)]));
            assert!(!stands(&[(Given, None), (kind, None), (Corrected, Some(2))]));
        }
        assert!(stands(&[(Given, None), (Withdrawn, None), (Corrected, Some(1))]));
        assert!(stands(&[(Withdrawn, None), (Corrected, Some(1)), (Withdrawn, None)]));
        assert!(stands(&[(Withdrawn, None), (Corrected, Some(1)), (Corrected, Some(2))]));
        assert!(!stands(&[
            (Withdrawn, None),
            (Corrected, Some(1)),
            (Corrected, Some(2)),
            (Corrected, Some(3))
        ]));
    }

    #[test]
    fn earlier_lines_of_the_same_sheet_count() {
        let [one, other] = ["P1", "P2"].map(|id| ParticipantId::parse(id).unwrap());
        let pending = [unclear_withdrawal(one.clone(), Timestamp(0))];
        assert!(withdrawal_stands(&one, &[], &pending));
        assert!(!withdrawal_stands(&other, &[], &pending));
        let strikes = NewConsent {
            kind: ConsentKind::Corrected,
            corrects: Some(1),
            ..unclear_withdrawal(one.clone(), Timestamp(0))
        };
        assert!(!withdrawal_stands(&one, &history(&[(ConsentKind::Withdrawn, None)]), &[strikes]));
    }
}
