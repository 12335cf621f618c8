//! One participant's consent events, after the corrections among these events are applied.

use gemj_model::{ClauseSet, ConsentKind, Timestamp};

use super::form_table::FormNumber;
use super::person::Person;
use super::record::Record;

/// A participant's consent events that were known at an instant, without the events that corrections struck.
pub(super) struct Heard<'a> {
    records: &'a [Record],
    known: Timestamp,
    /// For each event, whether a correction struck the event. Empty if no event is struck.
    struck: Vec<bool>,
}

/// The meaning of a consent event after corrections.
#[derive(Clone, Copy)]
pub(super) struct Meant {
    pub(super) kind: MeantKind,
    pub(super) form: Option<FormNumber>,
    pub(super) clauses: ClauseSet,
}

/// The effect of a consent event on the participant's clauses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum MeantKind {
    /// The participant answered.
    FormAnswer,
    /// A proxy answered for the participant.
    ProxyAnswer,
    /// A changed answer. The answer counts as signed by the person who signed last: participant or proxy.
    LaterAnswer,
    /// The committee's judgement about an older form. A judgement is not a signature, so it does not reopen a withdrawn clause.
    Judgement,
    /// A statement of the clauses that hold. The statement replaces all earlier answers and withdrawals.
    Restatement,
    /// A minor's own assent.
    Assent,
    /// The clauses are withdrawn at once.
    Taken,
    /// All clauses are withdrawn on the planned day, not before.
    Planned,
    /// A withdrawal that could not be read. All clauses stay closed until a correction states the meaning of the withdrawal.
    Unclear,
    /// The participant died.
    Death,
    /// The event has no effect by itself. It is a correction that only strikes another event, a correction that names no valid event, or a bound of
    /// an answer's period. The bound is read together with its answer.
    Nothing,
}

impl<'a> Heard<'a> {
    pub(super) fn new(person: &'a Person, known: Timestamp) -> Self {
        let mut heard = Self {
            records: person.records(),
            known,
            struck: Vec::new(),
        };
        if person.has_corrections() {
            heard.strike();
        }
        heard
    }

    /// Marks the struck events. The events are processed from last to first, so that a correction that was struck strikes no event.
    fn strike(&mut self) {
        self.struck = vec![false; self.records.len()];
        for index in (0..self.records.len()).rev() {
            if self.is_heard(index)
                && self.records[index].kind == ConsentKind::Corrected
                && let Some(target) = self.target(index)
            {
                self.struck[target] = true;
            }
        }
    }

    /// The index of the event that a correction names. Absent if the named event is not an earlier event of the same
    /// participant, or was not known at the instant.
    fn target(&self, index: usize) -> Option<usize> {
        let wanted = self.records[index].corrects?;
        let place = self.records[..index].binary_search_by_key(&wanted, |r| r.sequence).ok()?;
        (self.records[place].recorded <= self.known).then_some(place)
    }

    fn is_heard(&self, index: usize) -> bool {
        self.records[index].recorded <= self.known && !self.struck.get(index).copied().unwrap_or(false)
    }

    /// The events that count, in the order of the ledger. Each event comes with its index.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &'a Record)> {
        self.records.iter().enumerate().filter(|(index, _)| self.is_heard(*index))
    }

    /// The meaning of the event at an index, whether or not a correction struck the event. A correction that names no event is a
    /// restatement. A correction that names an event and no clauses means nothing. With clauses, it has the kind of the corrected event and
    /// its own clauses. If the corrected event only withdraws, the correction withdraws all clauses that it does not list.
    pub(super) fn meant(&self, index: usize) -> Meant {
        let record = &self.records[index];
        let meant = |kind, clauses| Meant {
            kind,
            form: record.form,
            clauses,
        };
        if record.kind != ConsentKind::Corrected {
            // A partial withdrawal that lists no clause withdraws everything, because it could mean any clause.
            let everything = match record.kind {
                ConsentKind::WithdrawnPartial => record.clauses.is_empty(),
                _ => record.kind.only_narrows(),
            };
            let clauses = if everything { ClauseSet::ALL } else { record.clauses };
            return meant(kind_of(record.kind), clauses);
        }
        if record.corrects.is_none() {
            return meant(MeantKind::Restatement, record.clauses);
        }
        let Some(first) = self.first_of(index) else {
            return meant(MeantKind::Nothing, ClauseSet::EMPTY);
        };
        if record.clauses.is_empty() {
            return meant(MeantKind::Nothing, ClauseSet::EMPTY);
        }
        if first.kind.only_narrows() {
            return meant(MeantKind::Taken, ClauseSet::ALL.minus(record.clauses));
        }
        Meant {
            kind: kind_of(first.kind),
            form: record.form.or(first.form),
            clauses: record.clauses,
        }
    }

    /// The event that a chain of corrections finally corrects, where each correction names the event that it corrects. Absent if a correction of the
    /// chain names no valid event.
    fn first_of(&self, index: usize) -> Option<&Record> {
        self.records.get(self.first_place_of(index)?)
    }

    fn first_place_of(&self, index: usize) -> Option<usize> {
        let mut at = self.target(index)?;
        while self.records[at].kind == ConsentKind::Corrected && self.records[at].corrects.is_some() {
            at = self.target(at)?;
        }
        Some(at)
    }

    /// Returns the clauses of an answer whose period does not contain the instant `at`, and the next time at which this set changes. The bounds of a
    /// period are the events directly after the answer. If a correction replaces the answer, the bounds still apply.
    pub(super) fn outside_period(&self, index: usize, at: Timestamp) -> (ClauseSet, Option<Timestamp>) {
        let answer = self.first_place_of(index).unwrap_or(index);
        let (mut outside, mut next) = (ClauseSet::EMPTY, None);
        for (place, record) in self.records.iter().enumerate().skip(answer + 1) {
            let waits = record.effective > at;
            let is_outside = match record.kind {
                ConsentKind::PeriodBegins => waits,
                ConsentKind::PeriodEnds => !waits,
                _ => break,
            };
            if !self.is_heard(place) {
                continue;
            }
            if is_outside {
                outside = outside.union(record.clauses);
            }
            if waits {
                next = Some(next.map_or(record.effective, |so_far: Timestamp| so_far.min(record.effective)));
            }
        }
        (outside, next)
    }

    /// Whether an answer that does not name its signer counts as a proxy's answer. The last signature that is not dated later than the answer
    /// decides. If all signatures are dated later, the answer counts as a proxy's if any of the signatures is a proxy's.
    pub(super) fn is_by_proxy(&self, index: usize) -> bool {
        let date = self.records[index].effective;
        let (mut last, mut any) = (None, false);
        for (earlier, record) in self.iter().take_while(|(earlier, _)| *earlier < index) {
            let proxy = match self.meant(earlier).kind {
                MeantKind::FormAnswer => false,
                MeantKind::ProxyAnswer => true,
                _ => continue,
            };
            any |= proxy;
            if record.effective <= date {
                last = match last {
                    Some((so_far, _)) if so_far > record.effective => last,
                    Some((so_far, also)) if so_far == record.effective => Some((so_far, also || proxy)),
                    _ => Some((record.effective, proxy)),
                };
            }
        }
        last.map_or(any, |(_, proxy)| proxy)
    }
}

fn kind_of(kind: ConsentKind) -> MeantKind {
    match kind {
        ConsentKind::Given => MeantKind::FormAnswer,
        ConsentKind::ProxyGiven => MeantKind::ProxyAnswer,
        ConsentKind::ClauseChanged => MeantKind::LaterAnswer,
        ConsentKind::LegacyEquivalent => MeantKind::Judgement,
        ConsentKind::Corrected => MeantKind::Restatement,
        ConsentKind::Assent => MeantKind::Assent,
        ConsentKind::WithdrawnPartial | ConsentKind::Withdrawn => MeantKind::Taken,
        ConsentKind::Expired | ConsentKind::ReconsentDue => MeantKind::Planned,
        ConsentKind::WithdrawalUnclear => MeantKind::Unclear,
        ConsentKind::Died => MeantKind::Death,
        ConsentKind::PeriodBegins | ConsentKind::PeriodEnds => MeantKind::Nothing,
    }
}
