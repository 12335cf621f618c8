//! The consent ledger in memory: the events of all participants in order. The ledger can be folded at any instant.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use gemj_model::{ConsentEvent, ConsentForm, FormId, Ordinal, PartialDate, Release, ReleaseId, SiteId, Timestamp};

use super::evaluation::{Evaluated, Evaluation};
use super::fold::{Held, Moment, fold};
use super::form_table::FormTable;
use super::merge::{Events, Joined, Merge, Merges};
use super::person::{BirthMonth, Person};
use super::record::Record;
use super::rules::ConsentRules;
use super::standing::Standing;
use super::view::ReleaseMembers;

/// All consent events by participant, in ledger order, and the other facts about participants that the fold needs.
#[derive(Default)]
pub struct ConsentLedger {
    people: People,
    slots: HashMap<u32, u32>,
    last_sequence: u64,
    merges: Merges,
    /// The last evaluation. It is kept so that only later changes must be evaluated, and it can be computed again from the other fields.
    evaluation: Mutex<Evaluation>,
    /// Releases in the form that decisions read. A release never changes, so its members are computed once.
    releases: Mutex<HashMap<ReleaseId, (String, Arc<ReleaseMembers>)>>,
}

/// All participants with a consent event, a birth or a site. Each participant has a fixed index.
#[derive(Clone, Default)]
pub(super) struct People {
    pub(super) ordinals: Vec<u32>,
    pub(super) persons: Vec<Person>,
    pub(super) forms: FormTable,
    pub(super) rules: ConsentRules,
}

impl ConsentLedger {
    /// An empty ledger that knows the given consent forms.
    #[must_use]
    pub fn new(forms: impl IntoIterator<Item = ConsentForm>) -> Self {
        Self {
            people: People {
                forms: FormTable::new(forms),
                ..People::default()
            },
            ..Self::default()
        }
    }

    /// Returns this ledger with the given rules instead of the default rules.
    #[must_use]
    pub fn with_rules(mut self, rules: ConsentRules) -> Self {
        self.people.rules = rules;
        for person in &mut self.people.persons {
            person.count_birthdays(&rules);
        }
        self.evaluation = Mutex::default();
        self
    }

    /// Registers the birth date of a participant; absent if unknown. If the birth is unknown, no birthday ends a consent that a proxy gave.
    pub fn register_birth(&mut self, participant: Ordinal, born: Option<PartialDate>) {
        let slot = self.slot(participant);
        self.people.persons[slot as usize].be_born(born.as_ref().map(BirthMonth::of), &self.people.rules);
    }

    /// Registers the institution that enrolled a participant; absent if no institution did. The committee
    /// judges older forms for each site separately.
    pub fn register_site(&mut self, participant: Ordinal, site: Option<&SiteId>) {
        let number = site.and_then(|site| self.people.forms.site(site));
        let slot = self.slot(participant);
        self.people.persons[slot as usize].site = number;
    }

    /// Appends an event. Events must be appended in the order of their sequence numbers.
    pub fn append(&mut self, event: ConsentEvent) {
        self.last_sequence = self.last_sequence.max(event.sequence);
        let form = event.form.as_ref().map(|id| self.people.forms.number(id));
        let slot = self.slot(event.participant);
        self.people.persons[slot as usize].take(Record::of(&event, form));
    }

    /// Registers a merge of two participants, or its review.
    pub fn merge(&mut self, merge: Merge) {
        self.merges.put(merge);
    }

    /// The persons that follow from the registered merges.
    pub(super) fn joined(&self) -> Joined {
        self.merges.joined()
    }

    /// The sequence number of the last appended event; 0 before the first event.
    #[must_use]
    pub fn last_sequence(&self) -> u64 {
        self.last_sequence
    }

    /// The consent form with this id; absent if the form is unknown.
    #[must_use]
    pub fn form(&self, id: &FormId) -> Option<Arc<ConsentForm>> {
        self.people.forms.form_by_id(id).cloned()
    }

    /// One participant's consent state now.
    #[must_use]
    pub fn standing(&self, participant: Ordinal, now: Timestamp) -> Standing {
        self.standing_of(participant, Moment::Now(now))
    }

    /// One participant's consent state at `effective`, according to the events that had been recorded by `known`.
    #[must_use]
    pub fn standing_as_of(&self, participant: Ordinal, effective: Timestamp, known: Timestamp) -> Standing {
        self.standing_of(participant, Moment::AsOf { effective, known })
    }

    fn standing_of(&self, participant: Ordinal, moment: Moment) -> Standing {
        let Some(slot) = self.slots.get(&participant.0) else {
            return Standing::default();
        };
        let People { persons, forms, rules, .. } = &self.people;
        Standing::of(&fold(&persons[*slot as usize], forms, rules, moment), forms)
    }

    /// The clauses that hold for all participants now. Usually the method folds only the participants who have a new record or a scheduled change
    /// since the last call; see [`Evaluation::bring_to`].
    pub(super) fn evaluated(&self, now: Timestamp) -> Evaluated {
        let mut evaluation = self.evaluation.lock().unwrap_or_else(PoisonError::into_inner);
        let mut evaluated = evaluation.bring_to(&self.people, now);
        self.merges.restrict(&mut evaluated.bitmaps, &EventsOf { ledger: self, now });
        evaluated
    }

    fn person(&self, participant: Ordinal) -> Option<&Person> {
        let slot = self.slots.get(&participant.0)?;
        self.people.persons.get(*slot as usize)
    }

    /// The members of a release: its participants and files.
    pub(super) fn release_members(&self, release: &Release) -> Arc<ReleaseMembers> {
        let mut releases = self.releases.lock().unwrap_or_else(PoisonError::into_inner);
        match releases.get(&release.id) {
            Some((manifest, members)) if !manifest.is_empty() && *manifest == release.manifest_sha256 => Arc::clone(members),
            _ => {
                let members = Arc::new(ReleaseMembers::of(release));
                releases.insert(release.id.clone(), (release.manifest_sha256.clone(), Arc::clone(&members)));
                members
            }
        }
    }

    /// The index of a participant, who is added if new. The index is marked as changed.
    fn slot(&mut self, participant: Ordinal) -> u32 {
        let slot = *self.slots.entry(participant.0).or_insert_with(|| {
            self.people.ordinals.push(participant.0);
            self.people.persons.push(Person::default());
            (self.people.persons.len() - 1) as u32
        });
        self.evaluation.get_mut().unwrap_or_else(PoisonError::into_inner).mark(slot);
        slot
    }
}

/// The consent events of merged participants, at the instant of an evaluation.
struct EventsOf<'a> {
    ledger: &'a ConsentLedger,
    now: Timestamp,
}

impl Events for EventsOf<'_> {
    fn newest(&self, participant: Ordinal) -> u64 {
        let person = self.ledger.person(participant);
        person
            .and_then(|person| person.records().last())
            .map_or(0, |record| record.sequence)
    }

    fn held_since(&self, participant: Ordinal, sequence: u64) -> Held {
        let People { forms, rules, .. } = &self.ledger.people;
        self.ledger.person(participant).map_or_else(Held::default, |person| {
            fold(&person.since(sequence), forms, rules, Moment::Now(self.now))
        })
    }
}

impl Clone for ConsentLedger {
    fn clone(&self) -> Self {
        Self {
            people: self.people.clone(),
            slots: self.slots.clone(),
            last_sequence: self.last_sequence,
            merges: self.merges.clone(),
            evaluation: Mutex::default(),
            releases: Mutex::default(),
        }
    }
}

impl fmt::Debug for ConsentLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsentLedger")
            .field("people", &self.people.persons.len())
            .field("last_sequence", &self.last_sequence)
            .finish_non_exhaustive()
    }
}
