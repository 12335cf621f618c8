//! One participant's answers to each clause, and which of these answers still count.

use gemj_model::{Clause, ClauseSet, Timestamp};

use super::form_table::FormNumber;

const BEFORE_ALL: Timestamp = Timestamp(i64::MIN);
const CLAUSES: usize = Clause::ALL.len();

/// One participant's answers to all clauses: sets of clauses, with the dates of the last answer, assent and withdrawal of each clause.
pub(super) struct Answers {
    /// The clauses to which the last answers said yes. A withdrawal does not change this set; a withdrawal removes clauses from `open`.
    yes: ClauseSet,
    /// The clauses that hold: the last answer said yes, and the clause was not withdrawn since.
    pub(super) open: ClauseSet,
    pub(super) by_consent: ClauseSet,
    pub(super) by_proxy: ClauseSet,
    pub(super) overseas: Option<FormNumber>,
    answered: [Timestamp; CLAUSES],
    assented: ClauseSet,
    pub(super) assent_open: ClauseSet,
    assent_dated: [Timestamp; CLAUSES],
    taken: [Timestamp; CLAUSES],
    /// The latest date of all answers, assents and withdrawals so far.
    latest: Timestamp,
}

/// One answer of a participant, or of a proxy, to a set of clauses.
#[derive(Clone, Copy)]
pub(super) struct FormAnswer {
    pub(super) date: Timestamp,
    pub(super) asked: ClauseSet,
    pub(super) yes: ClauseSet,
    pub(super) by_consent: ClauseSet,
    pub(super) by_proxy: bool,
    /// The form whose list of countries counts if the answer opens the clause for provision overseas.
    pub(super) overseas: Option<FormNumber>,
    /// Whether a person signed the answer. Without a signature, an answer does not open a clause that was withdrawn and not given again since.
    pub(super) is_signature: bool,
}

fn put(set: ClauseSet, clause: Clause, is_in: bool) -> ClauseSet {
    let one = ClauseSet::EMPTY.with(clause);
    if is_in { set.union(one) } else { set.minus(one) }
}

impl Answers {
    pub(super) fn none() -> Self {
        Self {
            yes: ClauseSet::EMPTY,
            open: ClauseSet::EMPTY,
            by_consent: ClauseSet::EMPTY,
            by_proxy: ClauseSet::EMPTY,
            overseas: None,
            answered: [BEFORE_ALL; CLAUSES],
            assented: ClauseSet::EMPTY,
            assent_open: ClauseSet::EMPTY,
            assent_dated: [BEFORE_ALL; CLAUSES],
            taken: [BEFORE_ALL; CLAUSES],
            latest: BEFORE_ALL,
        }
    }

    /// Applies an answer to each clause that the answer asks about. The answer does not count for a clause that was withdrawn on or after the
    /// answer's date, or that has a later answer. Of two answers with the same date, the answer that allows less decides. If `whatever_was_said` is
    /// true, the answer counts for every clause that it asks about and replaces all earlier answers and withdrawals.
    pub(super) fn hear(&mut self, mut answer: FormAnswer, whatever_was_said: bool) {
        if !answer.is_signature {
            let lost = self.ever_taken().minus(self.open);
            answer.yes = answer.yes.minus(lost);
            answer.by_consent = answer.by_consent.minus(lost);
        }
        if answer.date > self.latest && !whatever_was_said {
            return self.hear_latest(answer);
        }
        self.latest = self.latest.max(answer.date);
        for clause in answer.asked.iter() {
            let at = clause as usize;
            if !whatever_was_said && (answer.date <= self.taken[at] || answer.date < self.answered[at]) {
                continue;
            }
            let again = !whatever_was_said && answer.date == self.answered[at] && answer.date != BEFORE_ALL;
            let yes = answer.yes.contains(clause) && (!again || self.yes.contains(clause));
            if clause == Clause::ThirdPartyOverseas {
                // Two answers of the same date on different forms name two lists of countries. Neither list then counts.
                let counts = yes && (!again || answer.overseas == self.overseas);
                self.overseas = answer.overseas.filter(|_| counts);
            }
            self.yes = put(self.yes, clause, yes);
            self.open = put(self.open, clause, yes);
            let by_consent = answer.by_consent.contains(clause) && (!again || self.by_consent.contains(clause));
            self.by_consent = put(self.by_consent, clause, by_consent);
            let by_proxy = answer.by_proxy || (again && self.by_proxy.contains(clause));
            self.by_proxy = put(self.by_proxy, clause, by_proxy);
            self.answered[at] = answer.date;
            if whatever_was_said {
                self.taken[at] = BEFORE_ALL;
            }
        }
    }

    /// Applies an answer in the usual case: every earlier answer, assent and withdrawal has an earlier date than this answer. The answer then
    /// counts for every clause that it asks about.
    fn hear_latest(&mut self, answer: FormAnswer) {
        let FormAnswer { date, asked, .. } = answer;
        let instead = |before: ClauseSet, now: ClauseSet| before.minus(asked).union(now.intersection(asked));
        self.latest = date;
        self.yes = instead(self.yes, answer.yes);
        self.open = instead(self.open, answer.yes);
        self.by_consent = instead(self.by_consent, answer.by_consent);
        self.by_proxy = instead(self.by_proxy, if answer.by_proxy { asked } else { ClauseSet::EMPTY });
        if asked.contains(Clause::ThirdPartyOverseas) {
            self.overseas = answer.overseas.filter(|_| answer.yes.contains(Clause::ThirdPartyOverseas));
        }
        for (at, answered) in self.answered.iter_mut().enumerate() {
            *answered = if asked.bits() >> at & 1 == 1 { date } else { *answered };
        }
    }

    /// The clauses that were withdrawn at some time, including the clauses that were given again later.
    fn ever_taken(&self) -> ClauseSet {
        Clause::ALL.into_iter().filter(|c| self.taken[*c as usize] != BEFORE_ALL).collect()
    }

    pub(super) fn hear_assent(&mut self, date: Timestamp, agreed: ClauseSet) {
        self.latest = self.latest.max(date);
        for clause in Clause::ALL {
            let at = clause as usize;
            if date <= self.taken[at] || date < self.assent_dated[at] {
                continue;
            }
            let yes = agreed.contains(clause) && (date != self.assent_dated[at] || self.assented.contains(clause));
            self.assented = put(self.assented, clause, yes);
            self.assent_open = put(self.assent_open, clause, yes);
            self.assent_dated[at] = date;
        }
    }

    pub(super) fn take(&mut self, clauses: ClauseSet, date: Timestamp) {
        self.open = self.open.minus(clauses);
        self.assent_open = self.assent_open.minus(clauses);
        self.latest = self.latest.max(date);
        for (at, taken) in self.taken.iter_mut().enumerate() {
            let is_in = clauses.bits() >> at & 1 == 1;
            *taken = if is_in { date.max(*taken) } else { *taken };
        }
    }
}
