//! Merges: two participants whom an institution states to be one person. Until a person has reviewed the statement, only what both consented to holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use gemj_model::Ordinal;
use roaring::RoaringBitmap;

use super::evaluation::Bitmaps;

/// What is decided about a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeState {
    /// No person has reviewed the merge. A clause holds for each of the two participants only if it holds for both.
    Open,
    /// The two participants are one person. Nothing holds for the prior participant any more. For the survivor, a clause holds only if it held for both,
    /// until the survivor has a consent event that is newer than the review and than every event of the prior participant.
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

/// All merges, by their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Merges(BTreeMap<u64, Merge>);

impl Merges {
    pub(super) fn put(&mut self, merge: Merge) {
        self.0.insert(merge.number, merge);
    }

    /// Closes what the merges do not allow. `newest` is the sequence number of a participant's newest consent event; 0 if there is none.
    ///
    /// A merge only ever removes participants from clauses, so the order of the merges does not matter for a chain of open merges once nothing changes any
    /// more. A person with three participants has two or three merges.
    pub(super) fn restrict(&self, bitmaps: &mut Bitmaps, newest: impl Fn(Ordinal) -> u64) {
        let pairs: Vec<(u32, u32, bool)> = self
            .0
            .values()
            .filter_map(|merge| {
                let is_same = match merge.state {
                    MergeState::Different => return None,
                    MergeState::Open => false,
                    MergeState::Same { reviewed } => {
                        let (own, prior) = (newest(merge.survivor), newest(merge.prior));
                        if own > reviewed && own > prior {
                            // The survivor's own consent decides. The prior participant is closed below.
                            return Some((merge.prior.0, merge.prior.0, true));
                        }
                        true
                    }
                };
                Some((merge.survivor.0, merge.prior.0, is_same))
            })
            .collect();
        // Each round that changes something closes at least one clause of one participant, so the loop ends.
        while pairs.iter().fold(false, |changed, (a, b, _)| intersect(bitmaps, *a, *b) | changed) {}
        for (_, prior, _) in pairs.iter().filter(|(_, _, is_same)| *is_same) {
            close(bitmaps, *prior);
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
