//! The clauses that hold for all participants. The result is kept, so that the next evaluation usually folds only the participants who changed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use gemj_model::{Clause, ClauseSet, Timestamp};
use roaring::RoaringBitmap;

use super::fold::{Held, Moment, fold};
use super::form_table::FormNumber;
use super::ledger::People;
use super::planes::Planes;

/// Bitmaps of all participants. Readers share the bitmaps; a change copies only the bitmap that it modifies.
#[derive(Clone, Debug, Default)]
pub(super) struct Bitmaps {
    /// The participants for whom each clause holds.
    pub(super) clauses: [Arc<RoaringBitmap>; Clause::ALL.len()],
    /// The participants for whom each clause holds on a legal ground other than consent.
    pub(super) other_grounds: [Arc<RoaringBitmap>; Clause::ALL.len()],
    /// The participants who agreed to provision overseas, by the form whose list of countries counts.
    pub(super) overseas: BTreeMap<FormNumber, Arc<RoaringBitmap>>,
}

/// The clauses that hold for all participants at one instant.
pub(super) struct Evaluated {
    pub(super) bitmaps: Bitmaps,
    /// The next instant at which the consent state of any participant changes by itself; absent if no change is scheduled.
    pub(super) next_change: Option<Timestamp>,
    /// The consent forms whose numbers are keys of `overseas`.
    pub(super) forms: BTreeMap<FormNumber, Arc<gemj_model::ConsentForm>>,
}

/// The last evaluation, and the participants whose records changed since then.
#[derive(Default)]
pub(super) struct Evaluation {
    /// The instant of the last evaluation; absent before the first evaluation.
    at: Option<Timestamp>,
    held: Vec<Held>,
    changed: Vec<u32>,
    /// The instants at which participants' consent states change by themselves. An entry is obsolete if it differs
    /// from the participant's current next change.
    due: BinaryHeap<Reverse<(Timestamp, u32)>>,
    bitmaps: Bitmaps,
}

impl Evaluation {
    /// Marks the participant at an index as changed, because a new event was recorded.
    pub(super) fn mark(&mut self, slot: u32) {
        if self.at.is_some() && self.changed.last() != Some(&slot) {
            self.changed.push(slot);
        }
    }

    /// Evaluates the clauses of all participants at an instant. The method folds all participants at the first call, if `now` is earlier than the
    /// last evaluation, and if many participants changed. Otherwise it folds only the participants who changed.
    pub(super) fn bring_to(&mut self, people: &People, now: Timestamp) -> Evaluated {
        match self.at {
            Some(at) if at <= now && self.changed.len() * 4 <= people.persons.len() + 64 => self.follow(people, now),
            _ => self.begin(people, now),
        }
        self.at = Some(now);
        Evaluated {
            bitmaps: self.bitmaps.clone(),
            next_change: self.next_change(),
            forms: self
                .bitmaps
                .overseas
                .keys()
                .filter_map(|number| people.forms.form(*number).map(|form| (*number, Arc::clone(form))))
                .collect(),
        }
    }

    fn begin(&mut self, people: &People, now: Timestamp) {
        self.changed.clear();
        let mut due = Vec::new();
        let mut planes = Planes::default();
        self.held.clear();
        self.held.reserve(people.persons.len());
        for (slot, (person, ordinal)) in (0u32..).zip(people.persons.iter().zip(&people.ordinals)) {
            let held = fold(person, &people.forms, &people.rules, Moment::Now(now));
            planes.put(*ordinal, &held);
            due.extend(held.next_change().map(|instant| Reverse((instant, slot))));
            self.held.push(held);
        }
        self.due = due.into();
        self.bitmaps = planes.into_bitmaps();
    }

    fn follow(&mut self, people: &People, now: Timestamp) {
        while let Some(Reverse((instant, slot))) = self.due.peek().copied()
            && instant <= now
        {
            self.due.pop();
            self.changed.push(slot);
        }
        let mut changed = std::mem::take(&mut self.changed);
        changed.sort_unstable();
        changed.dedup();
        self.held.resize(people.persons.len(), Held::default());
        for slot in changed {
            let place = slot as usize;
            let held = fold(&people.persons[place], &people.forms, &people.rules, Moment::Now(now));
            let before = std::mem::replace(&mut self.held[place], held);
            if let Some(instant) = held.next_change()
                && before.next_change != held.next_change
            {
                self.due.push(Reverse((instant, slot)));
            }
            self.bitmaps.change(people.ordinals[place], &before, &held);
        }
        // Obsolete entries for later instants accumulate if the same participants change again and again. They
        // are removed when the list has become long.
        if self.due.len() > 2 * people.persons.len() + 64 {
            let held = &self.held;
            self.due
                .retain(|Reverse((instant, slot))| held[*slot as usize].next_change == *instant);
        }
    }

    fn next_change(&mut self) -> Option<Timestamp> {
        while let Some(Reverse((instant, slot))) = self.due.peek().copied() {
            if self.held[slot as usize].next_change == instant {
                return Some(instant);
            }
            self.due.pop();
        }
        None
    }
}

/// The clauses that hold for one participant on a legal ground other than consent.
pub(super) fn other_grounds(held: &Held) -> ClauseSet {
    held.clauses.minus(held.by_consent)
}

impl Bitmaps {
    fn change(&mut self, ordinal: u32, before: &Held, after: &Held) {
        set(&mut self.clauses, ordinal, before.clauses, after.clauses);
        set(&mut self.other_grounds, ordinal, other_grounds(before), other_grounds(after));
        if before.overseas != after.overseas {
            if let Some(form) = before.overseas
                && let Some(people) = self.overseas.get_mut(&form)
            {
                Arc::make_mut(people).remove(ordinal);
                if people.is_empty() {
                    self.overseas.remove(&form);
                }
            }
            if let Some(form) = after.overseas {
                Arc::make_mut(self.overseas.entry(form).or_default()).insert(ordinal);
            }
        }
    }
}

fn set(bitmaps: &mut [Arc<RoaringBitmap>], ordinal: u32, before: ClauseSet, after: ClauseSet) {
    for clause in before.minus(after).iter() {
        Arc::make_mut(&mut bitmaps[clause as usize]).remove(ordinal);
    }
    for clause in after.minus(before).iter() {
        Arc::make_mut(&mut bitmaps[clause as usize]).insert(ordinal);
    }
}
