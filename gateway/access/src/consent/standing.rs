//! One participant's consent at one moment: the fold over their events.

use std::sync::Arc;

use gemj_model::{Clause, ClauseSet, ConsentEvent, ConsentForm, ConsentKind, FormId, Ground, Timestamp};

/// What holds for one participant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The clauses that hold.
    pub clauses: ClauseSet,
    /// Those of them that rest on consent, and on no other ground.
    pub by_consent: ClauseSet,
    /// The form that the overseas clause was agreed on; absent where it does not hold.
    pub overseas_form: Option<FormId>,
    /// Whether the last word was a full withdrawal.
    pub withdrawn: bool,
    /// Whether a death is recorded.
    pub deceased: bool,
    /// The next instant at which this changes by itself; absent where none is recorded.
    pub next_change: Option<Timestamp>,
}

/// When a clause was last spoken of, and how.
#[derive(Clone, Copy)]
struct Word {
    holds: bool,
    by_consent: bool,
    permitted: Timestamp,
    narrowed: Timestamp,
}

const NEVER: Timestamp = Timestamp(i64::MIN);

/// Folds a participant's events, in ledger order, at an instant.
///
/// * An event that gives holds from its effective time, or from its recording where that is later than the effective time.
/// * An event that only takes away blocks from its recording on, even when it is dated later.
/// * What was taken away comes back only by an event recorded after it and dated later than it (a correction: recorded after it).
/// * Of two forms the one signed later decides, for the clauses it asks about.
/// * A form that is not known opens nothing.
#[must_use]
pub fn standing_at(events: &[ConsentEvent], now: Timestamp, form: impl Fn(&FormId) -> Option<Arc<ConsentForm>>) -> Standing {
    let mut words = [Word {
        holds: false,
        by_consent: false,
        permitted: NEVER,
        narrowed: NEVER,
    }; Clause::ALL.len()];
    let mut standing = Standing::default();
    let mut overseas_form = None;
    for event in events {
        let pending = event.effective > now && event.effective > event.recorded;
        if pending {
            standing.next_change = Some(standing.next_change.map_or(event.effective, |t| t.min(event.effective)));
        }
        match event.kind {
            ConsentKind::Given
            | ConsentKind::ProxyGiven
            | ConsentKind::ClauseChanged
            | ConsentKind::Corrected
            | ConsentKind::LegacyEquivalent => {
                let asked = match (&event.form, event.kind) {
                    (_, ConsentKind::Corrected) => Clause::ALL.into_iter().collect(),
                    (Some(id), _) => form(id).map_or(ClauseSet::EMPTY, |f| f.clause_set()),
                    (None, _) => ClauseSet::EMPTY,
                };
                if pending {
                    continue;
                }
                let corrects = event.kind == ConsentKind::Corrected;
                for clause in asked.iter() {
                    let word = &mut words[clause as usize];
                    let after_narrowing = corrects || event.effective > word.narrowed;
                    if after_narrowing && (corrects || event.effective >= word.permitted) {
                        word.holds = event.clauses.contains(clause);
                        word.by_consent = event.ground == Ground::Consent;
                        word.permitted = event.effective;
                        if clause == Clause::ThirdPartyOverseas {
                            overseas_form = event.form.clone().or(overseas_form);
                        }
                        if word.holds {
                            standing.withdrawn = false;
                        }
                    }
                }
            }
            ConsentKind::Assent => {}
            ConsentKind::WithdrawnPartial
            | ConsentKind::Withdrawn
            | ConsentKind::WithdrawalUnclear
            | ConsentKind::Expired
            | ConsentKind::ReconsentDue
            | ConsentKind::Died => {
                let scheduled = matches!(event.kind, ConsentKind::Expired | ConsentKind::ReconsentDue);
                if pending && scheduled {
                    // An end that is planned (a term, a birthday) is not a wish to stop: it waits for its day.
                    continue;
                }
                let taken = match event.kind {
                    ConsentKind::Died => ClauseSet::EMPTY.with(Clause::Recontact),
                    ConsentKind::WithdrawnPartial => event.clauses,
                    _ => Clause::ALL.into_iter().collect(),
                };
                standing.deceased |= event.kind == ConsentKind::Died;
                standing.withdrawn |= event.kind == ConsentKind::Withdrawn;
                for clause in taken.iter() {
                    let word = &mut words[clause as usize];
                    word.holds = false;
                    word.narrowed = word.narrowed.max(event.effective);
                }
            }
        }
    }
    standing.clauses = Clause::ALL.into_iter().filter(|c| words[*c as usize].holds).collect();
    if standing.deceased {
        standing.clauses = standing.clauses.minus(ClauseSet::EMPTY.with(Clause::Recontact));
    }
    standing.by_consent = standing.clauses.iter().filter(|c| words[*c as usize].by_consent).collect();
    if standing.clauses.contains(Clause::ThirdPartyOverseas) {
        standing.overseas_form = overseas_form;
    }
    standing
}

#[cfg(test)]
mod tests;
