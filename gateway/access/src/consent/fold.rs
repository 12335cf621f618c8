//! The fold: computes from one participant's consent events the clauses that hold at one moment.

use gemj_model::{Clause, ClauseSet, ConsentKind, Ground, Timestamp};

use super::answers::{Answers, FormAnswer};
use super::corrections::{Heard, Meant, MeantKind};
use super::form_table::{Equivalent, FormFacts, FormNumber, FormTable};
use super::person::{NEVER, Person};
use super::record::Record;
use super::rules::{AtMajority, ConsentRules};

/// The instant that a fold is about, and the events that the fold takes into account.
#[derive(Clone, Copy, Debug)]
pub(super) enum Moment {
    /// The present, with all events of the ledger. A withdrawal takes effect when it is recorded, even if its effective date is later.
    Now(Timestamp),
    /// The instant `effective`, with only the events that had been recorded by `known`.
    AsOf { effective: Timestamp, known: Timestamp },
}

impl Moment {
    fn at(self) -> Timestamp {
        match self {
            Self::Now(at) => at,
            Self::AsOf { effective, .. } => effective,
        }
    }

    fn known(self) -> Timestamp {
        match self {
            Self::Now(_) => Timestamp(i64::MAX),
            Self::AsOf { known, .. } => known,
        }
    }

    /// The instant from which an event counts if the event does not wait for its effective date.
    fn begins(self, record: &Record) -> Timestamp {
        match self {
            Self::Now(_) => Timestamp(i64::MIN),
            Self::AsOf { .. } => record.effective.min(record.recorded),
        }
    }
}

/// The clauses that hold for one participant, and related facts, in compact form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) clauses: ClauseSet,
    pub(super) by_consent: ClauseSet,
    pub(super) overseas: Option<FormNumber>,
    pub(super) withdrawn: bool,
    pub(super) deceased: bool,
    pub(super) unclear: bool,
    /// The next instant at which this state changes by itself; [`NEVER`] if no change is scheduled.
    pub(super) next_change: Timestamp,
}

impl Default for Held {
    fn default() -> Self {
        Self {
            clauses: ClauseSet::EMPTY,
            by_consent: ClauseSet::EMPTY,
            overseas: None,
            withdrawn: false,
            deceased: false,
            unclear: false,
            next_change: NEVER,
        }
    }
}

impl Held {
    fn changes_at(&mut self, instant: Timestamp) {
        self.next_change = self.next_change.min(instant);
    }

    /// The next instant at which the state may change by itself; absent if no change is scheduled.
    pub(super) fn next_change(&self) -> Option<Timestamp> {
        Some(self.next_change).filter(|t| *t != NEVER)
    }
}

/// Folds a participant's events: computes the clauses that hold at a moment.
pub(super) fn fold(person: &Person, forms: &FormTable, rules: &ConsentRules, moment: Moment) -> Held {
    let heard = Heard::new(person, moment.known());
    let mut folding = Folding {
        person,
        forms,
        at: moment.at(),
        answers: Answers::none(),
        held: Held::default(),
    };
    for (index, record) in heard.iter() {
        let mut meant = heard.meant(index);
        let begins = match meant.kind {
            MeantKind::Nothing => continue,
            MeantKind::Taken | MeantKind::Unclear | MeantKind::Death => moment.begins(record),
            MeantKind::FormAnswer
            | MeantKind::ProxyAnswer
            | MeantKind::LaterAnswer
            | MeantKind::Judgement
            | MeantKind::Restatement
            | MeantKind::Assent
            | MeantKind::Planned => record.effective,
        };
        if begins > folding.at {
            folding.held.changes_at(begins);
        } else {
            match meant.kind {
                MeantKind::FormAnswer | MeantKind::ProxyAnswer | MeantKind::LaterAnswer | MeantKind::Judgement | MeantKind::Restatement => {
                    let (outside, next) = heard.outside_period(index, folding.at);
                    meant.clauses = meant.clauses.minus(outside);
                    if let Some(next) = next {
                        folding.held.changes_at(next);
                    }
                }
                MeantKind::Nothing | MeantKind::Taken | MeantKind::Unclear | MeantKind::Death | MeantKind::Assent | MeantKind::Planned => {}
            }
            folding.take(record, meant, || heard.is_by_proxy(index));
        }
    }
    folding.close(rules)
}

/// The state of a fold while a participant's events are processed.
struct Folding<'a> {
    person: &'a Person,
    forms: &'a FormTable,
    at: Timestamp,
    answers: Answers,
    held: Held,
}

/// A signed form, and whether a signature on that form at the event's date counts.
struct Signed<'a> {
    facts: &'a FormFacts,
    form: FormNumber,
    in_time: bool,
}

impl<'a> Folding<'a> {
    fn take(&mut self, record: &Record, meant: Meant, is_by_proxy: impl Fn() -> bool) {
        let open_before = self.answers.open;
        match meant.kind {
            MeantKind::Nothing => {}
            MeantKind::FormAnswer => self.hear(record, meant, false),
            MeantKind::ProxyAnswer => self.hear(record, meant, true),
            MeantKind::LaterAnswer | MeantKind::Judgement => self.hear(record, meant, is_by_proxy()),
            MeantKind::Restatement => self.restate(record, meant, is_by_proxy()),
            MeantKind::Assent => {
                // An assent that the participant gave before the age of assent does not count after that age.
                if record.effective >= self.person.assent_from() {
                    let signed = self.signed(record, meant).filter(|s| s.in_time);
                    let asked = signed.map_or(ClauseSet::EMPTY, |s| s.facts.asked);
                    self.answers.hear_assent(record.effective, meant.clauses.intersection(asked));
                }
            }
            MeantKind::Taken | MeantKind::Planned => {
                self.held.withdrawn |= record.kind == ConsentKind::Withdrawn;
                self.answers.take(meant.clauses, record.effective);
            }
            MeantKind::Unclear => self.held.unclear = true,
            MeantKind::Death => {
                self.held.deceased = true;
                self.answers.take(ClauseSet::EMPTY.with(Clause::Recontact), record.effective);
            }
        }
        // A participant who fully withdrew and then opens a clause again no longer counts as withdrawn.
        self.held.withdrawn &= self.answers.open.minus(open_before).is_empty();
    }

    /// The form that an event names; absent if the event names no form or an unknown form.
    fn signed(&self, record: &Record, meant: Meant) -> Option<Signed<'a>> {
        let form = meant.form?;
        let facts = self.forms.facts(form)?;
        let in_time = match meant.kind {
            MeantKind::FormAnswer | MeantKind::ProxyAnswer | MeantKind::Assent => facts.until.is_none_or(|until| record.effective < until),
            _ => true,
        };
        Some(Signed { facts, form, in_time })
    }

    fn hear(&mut self, record: &Record, meant: Meant, by_proxy: bool) {
        // An answer that cannot be read counts as no for every clause.
        let unread = FormAnswer {
            date: record.effective,
            asked: ClauseSet::ALL,
            yes: ClauseSet::EMPTY,
            by_consent: ClauseSet::EMPTY,
            by_proxy,
            overseas: None,
            is_signature: meant.kind != MeantKind::Judgement,
        };
        let Some(signed) = self.signed(record, meant) else {
            return self.answers.hear(unread, false);
        };
        let yes = if signed.in_time {
            meant.clauses.intersection(signed.facts.asked)
        } else {
            ClauseSet::EMPTY
        };
        let consent = record.ground == Ground::Consent && signed.facts.ground == Ground::Consent;
        let answer = FormAnswer {
            asked: signed.facts.asked,
            yes,
            by_consent: if consent { yes } else { ClauseSet::EMPTY },
            overseas: Some(signed.form),
            ..unread
        };
        self.answers.hear(answer, false);
        if !signed.facts.equivalents.is_empty() {
            self.judge(signed.facts, answer, consent);
        }
    }

    /// Opens the clauses that the committee's judgement opens for an answer on an older form. The judgement gets the date of the answer, so that a
    /// later answer on a newer form takes precedence.
    fn judge(&mut self, facts: &FormFacts, answer: FormAnswer, consent: bool) {
        let mut judged = FormAnswer {
            asked: ClauseSet::EMPTY,
            yes: ClauseSet::EMPTY,
            by_consent: ClauseSet::EMPTY,
            overseas: None,
            ..answer
        };
        let own = |row: &&Equivalent| self.person.site.is_some_and(|site| row.sites.contains(&site));
        for row in facts.equivalents.iter().filter(own) {
            if row.decided > self.at {
                self.held.changes_at(row.decided);
                continue;
            }
            judged.asked = judged.asked.with(row.opens);
            if answer.yes.contains(row.agreed) {
                judged.yes = judged.yes.with(row.opens);
                if consent && row.ground == Ground::Consent {
                    judged.by_consent = judged.by_consent.with(row.opens);
                }
                if row.opens == Clause::ThirdPartyOverseas {
                    judged.overseas = judged.overseas.or(Some(row.form));
                }
            }
        }
        self.answers.hear(judged, false);
    }

    /// Applies a correction that names no event by number: exactly the clauses that the correction lists hold, whatever was recorded before. If the
    /// correction names an unknown form, no clause holds.
    fn restate(&mut self, record: &Record, meant: Meant, by_proxy: bool) {
        let (yes, ground) = match meant.form.map(|form| self.forms.facts(form)) {
            None => (meant.clauses, Ground::Consent),
            Some(None) => (ClauseSet::EMPTY, record.ground),
            Some(Some(facts)) => (meant.clauses, facts.ground),
        };
        let consent = record.ground == Ground::Consent && ground == Ground::Consent;
        let answer = FormAnswer {
            date: record.effective,
            asked: ClauseSet::ALL,
            yes,
            by_consent: if consent { yes } else { ClauseSet::EMPTY },
            by_proxy,
            overseas: meant.form.or(self.answers.overseas),
            is_signature: true,
        };
        self.answers.hear(answer, true);
    }

    /// Closes clauses that no answer can keep open: after a birthday, after death, or under a withdrawal that could not be read.
    fn close(self, rules: &ConsentRules) -> Held {
        let Self { answers, mut held, .. } = self;
        let mut open = answers.open;
        let by_proxy = open.intersection(answers.by_proxy);
        if !by_proxy.is_empty() {
            let (assent, majority) = (self.person.assent_from(), self.person.majority_from());
            if rules.at_majority == AtMajority::Stop {
                if majority <= self.at {
                    open = open.minus(by_proxy);
                } else {
                    held.changes_at(majority);
                }
            }
            if assent <= self.at {
                open = open.minus(by_proxy.minus(answers.assent_open));
            } else {
                held.changes_at(assent);
            }
        }
        if held.deceased {
            open = open.minus(ClauseSet::EMPTY.with(Clause::Recontact));
            if !open.contains(Clause::FamilyReturn) {
                // After death, findings cannot be returned to the patient. The family receives them only if the form's clause about this holds.
                open = open.minus(ClauseSet::EMPTY.with(Clause::ReturnFindings).with(Clause::IncidentalFindings));
            }
        }
        if held.unclear {
            open = ClauseSet::EMPTY;
        }
        held.clauses = open;
        held.by_consent = open.intersection(answers.by_consent);
        held.overseas = answers.overseas.filter(|_| open.contains(Clause::ThirdPartyOverseas));
        held
    }
}
