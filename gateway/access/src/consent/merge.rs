//! Merges: two participants whom an institution states to be one person. Until a person has reviewed the statement, only what both consented to holds.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gemj_model::{Clause, Ordinal};
use roaring::RoaringBitmap;

use super::evaluation::Bitmaps;
use super::fold::Held;

/// What is decided about a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeState {
    /// No person has reviewed the merge. A clause holds for each of the two participants only if it holds for both.
    Open,
    /// The two participants are one person. Nothing holds for the prior participant any more. For the survivor, a clause holds only if it held for both,
    /// or if the survivor consented to it after the review and after every event of the prior participant.
    Same {
        /// The epoch at which the review was recorded.
        reviewed: u64,
    },
    /// The two participants are two persons. The merge has no effect.
    Different,
}

/// Two participants whom an institution states to be one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The number of the merge. A later statement with the same number replaces the earlier one.
    pub number: u64,
    /// The participant under whom the person is known from now on.
    pub survivor: Ordinal,
    /// The participant under whom the person was known too.
    pub prior: Ordinal,
    /// What is decided.
    pub state: MergeState,
}

/// The persons that follow from merges: which participants are one person, and which participants may be one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// For each prior participant of a person: the survivor that the review named, and the epoch of the review.
    parents: BTreeMap<u32, (u32, u64)>,
    /// The pairs of persons, each by its surviving participant, of whom it is not decided whether they are one.
    open: BTreeSet<(u32, u32)>,
}

impl Joined {
    /// The persons that follow from these merges. Reviews count in the order in which they were recorded. If a participant was merged into two
    /// persons, which can only remain after an earlier review was undone, the two persons count as not decided.
    #[must_use]
    pub fn of<'m>(merges: impl IntoIterator<Item = &'m Merge>) -> Self {
        let (mut joined, mut same, mut open) = (Self::default(), Vec::new(), Vec::new());
        for merge in merges {
            match merge.state {
                MergeState::Same { reviewed } => same.push((reviewed, merge.number, merge)),
                MergeState::Open => open.push((merge.survivor, merge.prior)),
                MergeState::Different => {}
            }
        }
        same.sort_unstable_by_key(|(reviewed, number, _)| (*reviewed, *number));
        for (reviewed, _, merge) in same {
            if joined.survivor_of(merge.survivor) == joined.survivor_of(merge.prior) {
                continue;
            }
            match joined.parents.entry(merge.prior.0) {
                Entry::Occupied(_) => open.push((merge.survivor, merge.prior)),
                Entry::Vacant(parent) => {
                    parent.insert((merge.survivor.0, reviewed));
                }
            }
        }
        for (a, b) in open {
            let (a, b) = (joined.survivor_of(a).0, joined.survivor_of(b).0);
            if a != b {
                joined.open.insert((a.min(b), a.max(b)));
            }
        }
        joined
    }

    /// The participant under whom the person of a participant is known: the participant itself, unless it was merged into another.
    #[must_use]
    pub fn survivor_of(&self, participant: Ordinal) -> Ordinal {
        let mut at = participant.0;
        // A participant is merged only into another person, so the chain has no circle.
        while let Some((parent, _)) = self.parents.get(&at) {
            at = *parent;
        }
        Ordinal(at)
    }

    /// Whether a participant was merged into another.
    #[must_use]
    pub fn is_prior(&self, participant: Ordinal) -> bool {
        self.parents.contains_key(&participant.0)
    }

    /// All participants of the person of a participant, the participant included, in order.
    #[must_use]
    pub fn participants_of(&self, participant: Ordinal) -> Vec<Ordinal> {
        let survivor = self.survivor_of(participant);
        let priors = self.parents.keys().map(|prior| Ordinal(*prior));
        let mut all: Vec<Ordinal> = priors.filter(|prior| self.survivor_of(*prior) == survivor).collect();
        all.push(survivor);
        all.sort_unstable();
        all
    }

    /// All participants of whom it is stated, and not denied, that they are the person of this participant, the participant included, in order.
    #[must_use]
    pub fn maybe_one_person(&self, participant: Ordinal) -> Vec<Ordinal> {
        let mut found = BTreeSet::from([self.survivor_of(participant).0]);
        loop {
            let of_pair = |(a, b): &(u32, u32)| (found.contains(a) != found.contains(b)).then_some([*a, *b]);
            let more: Vec<u32> = self.open.iter().filter_map(of_pair).flatten().collect();
            if more.is_empty() {
                break;
            }
            found.extend(more);
        }
        let mut all: Vec<Ordinal> = found.into_iter().flat_map(|who| self.participants_of(Ordinal(who))).collect();
        all.sort_unstable();
        all
    }

    /// The participants of whom it is not decided whether they and another participant are one person.
    #[must_use]
    pub fn undecided(&self) -> RoaringBitmap {
        self.open.iter().flat_map(|(a, b)| [*a, *b]).collect()
    }

    /// The pairs of participants whose families count as one family: the survivor and each prior participant, and both participants of an open merge.
    pub(super) fn kin(&self) -> impl Iterator<Item = (u32, u32)> {
        let decided = self.parents.keys().map(|prior| (self.survivor_of(Ordinal(*prior)).0, *prior));
        decided.chain(self.open.iter().copied())
    }

    /// The prior participants, for whom nothing holds.
    pub(super) fn priors(&self) -> impl Iterator<Item = u32> {
        self.parents.keys().copied()
    }

    /// The prior participants of each person, by the survivor, with the epoch of the last review.
    fn persons(&self) -> BTreeMap<u32, (u64, Vec<u32>)> {
        let mut persons: BTreeMap<u32, (u64, Vec<u32>)> = BTreeMap::new();
        for (prior, (_, reviewed)) in &self.parents {
            let (last, priors) = persons.entry(self.survivor_of(Ordinal(*prior)).0).or_default();
            *last = (*last).max(*reviewed);
            priors.push(*prior);
        }
        persons
    }
}

/// What the restriction asks about one participant's consent events.
pub(super) trait Events {
    /// The sequence number of a participant's newest consent event; 0 if there is none.
    fn newest(&self, participant: Ordinal) -> u64;
    /// The clauses that hold by a participant's events after a sequence number alone.
    fn held_since(&self, participant: Ordinal, sequence: u64) -> Held;
}

/// All merges, by their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Merges(BTreeMap<u64, Merge>);

impl Merges {
    pub(super) fn put(&mut self, merge: Merge) {
        self.0.insert(merge.number, merge);
    }

    pub(super) fn joined(&self) -> Joined {
        Joined::of(self.0.values())
    }

    /// Closes what the merges do not allow. A merge only ever removes participants from clauses.
    pub(super) fn restrict(&self, bitmaps: &mut Bitmaps, events: &impl Events) {
        if self.0.is_empty() {
            return;
        }
        let joined = self.joined();
        for (survivor, (reviewed, priors)) in joined.persons() {
            let newest = priors.iter().map(|prior| events.newest(Ordinal(*prior)));
            let fresh = events.held_since(Ordinal(survivor), newest.max().unwrap_or(0).max(reviewed));
            restrict_survivor(bitmaps, survivor, &priors, &fresh);
            priors.iter().for_each(|prior| close(bitmaps, *prior));
        }
        // Each round that changes something closes at least one clause of one participant, so the loop ends.
        while joined
            .open
            .iter()
            .fold(false, |changed, (a, b)| intersect(bitmaps, *a, *b) | changed)
        {}
    }
}

/// Leaves open for the survivor what is open for every participant of the person, and what the survivor consented to anew.
fn restrict_survivor(bitmaps: &mut Bitmaps, survivor: u32, priors: &[u32], fresh: &Held) {
    let places = bitmaps.clauses.iter_mut().zip(bitmaps.other_grounds.iter_mut());
    for (clause, (people, other)) in Clause::ALL.into_iter().zip(places) {
        if !people.contains(survivor) || fresh.clauses.contains(clause) {
            continue;
        }
        if priors.iter().any(|prior| !people.contains(*prior)) {
            remove(people, survivor);
            remove(other, survivor);
        } else if priors.iter().any(|prior| other.contains(*prior)) && !other.contains(survivor) {
            // A clause that holds on another ground than consent allows less. So it allows less for the person.
            Arc::make_mut(other).insert(survivor);
        }
    }
    for (form, people) in &mut bitmaps.overseas {
        if fresh.overseas != Some(*form) && priors.iter().any(|prior| !people.contains(*prior)) {
            remove(people, survivor);
        }
    }
}

/// Leaves open for each of two participants what is open for both. Returns whether a bitmap changed.
fn intersect(bitmaps: &mut Bitmaps, a: u32, b: u32) -> bool {
    let mut changed = false;
    for (clause, other) in bitmaps.clauses.iter_mut().zip(bitmaps.other_grounds.iter_mut()) {
        if clause.contains(a) != clause.contains(b) {
            changed |= remove(clause, a) | remove(clause, b);
        }
        // A clause that holds on another ground than consent allows less. So it allows less for both.
        let (held, grounds) = (clause.contains(a) && clause.contains(b), [a, b].map(|one| other.contains(one)));
        if held && grounds[0] != grounds[1] {
            let other = Arc::make_mut(other);
            changed |= other.insert(a) | other.insert(b);
        }
        if !held {
            changed |= remove(other, a) | remove(other, b);
        }
    }
    for people in bitmaps.overseas.values_mut() {
        if people.contains(a) != people.contains(b) {
            changed |= remove(people, a) | remove(people, b);
        }
    }
    changed
}

fn close(bitmaps: &mut Bitmaps, who: u32) {
    let plain = bitmaps.clauses.iter_mut().chain(&mut bitmaps.other_grounds);
    for people in plain.chain(bitmaps.overseas.values_mut()) {
        remove(people, who);
    }
}

fn remove(people: &mut Arc<RoaringBitmap>, who: u32) -> bool {
    people.contains(who) && Arc::make_mut(people).remove(who)
}
