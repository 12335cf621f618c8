//! Whether the data of a person may be erased.

use std::collections::BTreeSet;

use gemj_access::{ConsentLedger, ConsentRules};
use gemj_catalogue::{PurgeGround, PurgePerson};
use gemj_model::{ConsentForm, ConsentKind, FormId, Timestamp};

/// When the policy of an installation orders the erasure of data after a full withdrawal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PurgePolicy {
    /// The forms whose text says that the data is destroyed after a full withdrawal. The policy orders nothing for a person who signed another form, too.
    pub forms: BTreeSet<FormId>,
    /// The number of days after the last withdrawal in which nothing is erased, because the withdrawal can be an error.
    pub waiting_days: u32,
}

/// Why the data of a person may not be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PurgeRefusal {
    /// A participant of the person has not withdrawn fully.
    NotWithdrawn,
    /// It is not decided whether the participant and another one are one person.
    OpenMerge,
    /// The policy does not name a form that the participant signed.
    NoPolicy,
    /// The waiting time of the policy ends at this time.
    Waiting(Timestamp),
}

/// Decides whether the data of a person may be erased.
pub struct PurgeDecision {
    /// The known consent forms.
    pub forms: Vec<ConsentForm>,
    /// The programme's rules on ages.
    pub rules: ConsentRules,
    /// The policy of the installation.
    pub policy: PurgePolicy,
    /// Whether the operator states that the erasure was ordered. Then the policy and its waiting time do not matter.
    pub is_ordered: bool,
}

impl PurgeDecision {
    /// The ground on which the data may be erased. An erasure that has begun is always continued.
    ///
    /// # Errors
    /// [`PurgeRefusal`].
    pub fn of(&self, person: &PurgePerson, now: Timestamp) -> Result<PurgeGround, PurgeRefusal> {
        if let Some(begun) = &person.purge {
            return Ok(begun.ground);
        }
        if person.has_open_merge {
            return Err(PurgeRefusal::OpenMerge);
        }
        let mut ledger = ConsentLedger::new(self.forms.iter().cloned()).with_rules(self.rules);
        for (participant, events) in &person.participants {
            ledger.register_birth(participant.ordinal, participant.born.clone());
            ledger.register_site(participant.ordinal, participant.site.as_ref());
            for event in events {
                ledger.append(event.clone());
            }
        }
        let events = || person.participants.iter().flat_map(|(_, events)| events);
        // A participant who never consented has opened nothing. At least one withdrawal is necessary.
        let is_withdrawn = |(participant, events): &(gemj_model::Participant, Vec<gemj_model::ConsentEvent>)| {
            let standing = ledger.standing(participant.ordinal, now);
            events.is_empty() || (standing.withdrawn && standing.clauses.is_empty() && !standing.unclear)
        };
        let withdrawals = events().filter(|event| event.kind == ConsentKind::Withdrawn);
        let Some(last) = withdrawals.map(|event| event.recorded).max() else {
            return Err(PurgeRefusal::NotWithdrawn);
        };
        if !person.participants.iter().all(is_withdrawn) {
            return Err(PurgeRefusal::NotWithdrawn);
        }
        if self.is_ordered {
            return Ok(PurgeGround::Statement);
        }
        let signed: BTreeSet<&FormId> = events().filter_map(|event| event.form.as_ref()).collect();
        if signed.is_empty() || !signed.into_iter().all(|form| self.policy.forms.contains(form)) {
            return Err(PurgeRefusal::NoPolicy);
        }
        let ends = last.plus_seconds(i64::from(self.policy.waiting_days) * 86_400);
        if now < ends {
            return Err(PurgeRefusal::Waiting(ends));
        }
        Ok(PurgeGround::Policy)
    }
}

#[cfg(test)]
mod tests;
