//! The ledger in memory: every participant's events in order, ready to be folded at any instant.

use std::collections::HashMap;
use std::sync::Arc;

use gemj_model::{ConsentEvent, ConsentForm, FormId, Ordinal, PartialDate, Timestamp};

use super::rules::ConsentRules;
use super::standing::{Standing, standing_at};

/// All consent events, by participant, in ledger order.
#[derive(Clone, Debug, Default)]
pub struct ConsentLedger {
    events: HashMap<u32, Vec<ConsentEvent>>,
    forms: HashMap<FormId, Arc<ConsentForm>>,
    rules: ConsentRules,
    births: HashMap<u32, PartialDate>,
    last_sequence: u64,
}

impl ConsentLedger {
    /// An empty ledger that knows these forms.
    #[must_use]
    pub fn new(forms: impl IntoIterator<Item = ConsentForm>) -> Self {
        Self {
            forms: forms.into_iter().map(|f| (f.id.clone(), Arc::new(f))).collect(),
            ..Self::default()
        }
    }

    /// The same ledger under these rules instead of the default ones.
    #[must_use]
    pub fn with_rules(self, rules: ConsentRules) -> Self {
        Self { rules, ..self }
    }

    /// Takes when a participant was born; absent where nobody said.
    pub fn register_birth(&mut self, participant: Ordinal, born: Option<PartialDate>) {
        match born {
            Some(born) => self.births.insert(participant.0, born),
            None => self.births.remove(&participant.0),
        };
    }

    /// Takes the next event. Events arrive in the order of their sequence.
    pub fn append(&mut self, event: ConsentEvent) {
        self.last_sequence = self.last_sequence.max(event.sequence);
        self.events.entry(event.participant.0).or_default().push(event);
    }

    /// The sequence of the last event taken; 0 before the first.
    #[must_use]
    pub fn last_sequence(&self) -> u64 {
        self.last_sequence
    }

    /// A form by id; absent where it is not known.
    #[must_use]
    pub fn form(&self, id: &FormId) -> Option<Arc<ConsentForm>> {
        self.forms.get(id).cloned()
    }

    /// One participant's standing at an instant.
    #[must_use]
    pub fn standing(&self, participant: Ordinal, now: Timestamp) -> Standing {
        let events = self.events.get(&participant.0).map_or(&[][..], Vec::as_slice);
        standing_at(events, now, |id| self.form(id))
    }

    /// Everybody with at least one event, in no order.
    pub(super) fn participants(&self) -> impl Iterator<Item = Ordinal> {
        self.events.keys().copied().map(Ordinal)
    }
}
