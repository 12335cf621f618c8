//! The rules of consent, written a second time: for one clause at one instant, without state. Each query reads all events again. The code is slow,
//! and is meant to be read beside the documentation of `standing_at`.

use gemj_model::consent::{Equivalence, EquivalenceVerdict};
use gemj_model::{Clause, ConsentEvent, ConsentKind as Kind, FormId, Ground, PartialDate, SiteId, Timestamp};

use super::kit;
use crate::consent::{AtMajority, ConsentRules};

/// One participant, an instant, and the time until which recorded events count. If `known` is absent, all
/// recorded events count, as in a decision now.
pub(super) struct Case<'a> {
    pub(super) events: &'a [ConsentEvent],
    pub(super) rules: ConsentRules,
    pub(super) born: Option<&'a PartialDate>,
    pub(super) site: Option<&'a SiteId>,
    pub(super) at: Timestamp,
    pub(super) known: Option<Timestamp>,
}

/// The statement that one event makes about one clause.
#[derive(Clone, Debug, PartialEq)]
enum Word {
    FormAnswer {
        yes: bool,
        consent: bool,
        proxy: bool,
        countries: Option<FormId>,
        /// Whether this answer is a final word: a correction without a number. Statements before a final word do not affect it.
        final_word: bool,
        /// Whether this answer is a committee's judgement, which has no signature.
        judged: bool,
    },
    Assent {
        yes: bool,
    },
    Taken,
}

/// The result for a clause that holds: whether it rests on consent, and the form whose list of countries counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) by_consent: bool,
    pub(super) countries: Option<FormId>,
}

/// Whether an event of this kind answers clauses with yes or no, so that it can have a period.
fn is_answer(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Given | Kind::ProxyGiven | Kind::ClauseChanged | Kind::LegacyEquivalent | Kind::Corrected
    )
}

fn year_and_month(born: &PartialDate) -> (i64, i64) {
    let mut parts = born.as_str().split('-').map(|p| p.parse::<i64>().unwrap_or(1));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(1))
}

/// Midnight in Japan on the first day of a month, computed by counting days (Gregorian, from 1970).
fn first_of_month(year: i64, month: i64) -> Timestamp {
    let leap = |y: i64| i64::from(y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));
    let mut days: i64 = (1970..year).map(|y| 365 + leap(y)).sum();
    days += (1..month)
        .map(|m| match m {
            2 => 28 + leap(year),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        })
        .sum::<i64>();
    Timestamp((days * 24 - 9) * 3_600_000_000)
}

impl Case<'_> {
    /// The events that had been recorded by `known`.
    fn known_events(&self) -> Vec<&ConsentEvent> {
        self.events
            .iter()
            .filter(|e| self.known.is_none_or(|known| e.recorded <= known))
            .collect()
    }

    /// The earlier event that a correction names by number; absent if no earlier event has that number.
    fn named(&self, correction: &ConsentEvent) -> Option<&ConsentEvent> {
        let number = correction.corrects?;
        self.known_events()
            .into_iter()
            .find(|e| e.sequence == number && e.sequence < correction.sequence)
    }

    fn is_struck(&self, event: &ConsentEvent) -> bool {
        self.known_events()
            .into_iter()
            .any(|c| c.kind == Kind::Corrected && c.sequence > event.sequence && c.corrects == Some(event.sequence) && !self.is_struck(c))
    }

    fn standing_events(&self) -> Vec<&ConsentEvent> {
        self.known_events().into_iter().filter(|e| !self.is_struck(e)).collect()
    }

    /// The first event of a chain of corrections; the event itself if it is not a correction.
    fn root<'e>(&'e self, event: &'e ConsentEvent) -> Option<&'e ConsentEvent> {
        if event.kind == Kind::Corrected && event.corrects.is_some() {
            self.root(self.named(event)?)
        } else {
            Some(event)
        }
    }

    /// The event that a correction states in place of the event that it names. Absent if the correction lists no clause, leaves no clause withdrawn,
    /// or names no valid event. Any event that is not a correction with a number is returned unchanged.
    fn rewritten(&self, event: &ConsentEvent) -> Option<ConsentEvent> {
        if event.kind != Kind::Corrected || event.corrects.is_none() {
            return Some(event.clone());
        }
        let root = self.root(event)?;
        if event.clauses.is_empty() {
            return None;
        }
        let mut said = event.clone();
        said.corrects = None;
        if root.kind.only_narrows() {
            said.kind = Kind::WithdrawnPartial;
            said.clauses = Clause::ALL.into_iter().filter(|c| !event.clauses.contains(*c)).collect();
            if said.clauses.is_empty() {
                return None;
            }
        } else {
            said.kind = root.kind;
            said.form = event.form.clone().or_else(|| root.form.clone());
        }
        Some(said)
    }

    fn counts(&self, event: &ConsentEvent) -> bool {
        let waits = !event.kind.only_narrows() || matches!(event.kind, Kind::Expired | Kind::ReconsentDue);
        if waits {
            event.effective <= self.at
        } else {
            self.known.is_none() || event.effective <= self.at || event.recorded <= self.at
        }
    }

    /// Every event that counts at the instant, in ledger order. For a clause outside its period, an answer counts as no.
    fn said(&self) -> Vec<ConsentEvent> {
        let mut said = Vec::new();
        for event in self.standing_events() {
            let Some(mut meant) = self.rewritten(event).filter(|e| self.counts(e)) else {
                continue;
            };
            if is_answer(meant.kind) {
                meant.clauses = Clause::ALL
                    .into_iter()
                    .filter(|c| event.clauses.contains(*c) && self.is_in_period(event, *c))
                    .collect();
            }
            said.push(meant);
        }
        said
    }

    /// Whether the instant is within every bound of an answer's period that lists the clause. The bounds of an answer are the period events directly
    /// after the answer in the ledger. If the answer is a correction, they are directly after the first answer of the chain of corrections. A bound
    /// that a correction struck limits nothing.
    fn is_in_period(&self, answer: &ConsentEvent, clause: Clause) -> bool {
        let first = self.root(answer).unwrap_or(answer);
        let behind = self.events.iter().skip_while(|e| e.sequence <= first.sequence);
        let bounds = behind.take_while(|e| matches!(e.kind, Kind::PeriodBegins | Kind::PeriodEnds));
        let standing = self.standing_events();
        bounds
            .filter(|bound| bound.clauses.contains(clause) && standing.iter().any(|e| e.sequence == bound.sequence))
            .all(|bound| match bound.kind {
                Kind::PeriodBegins => self.at >= bound.effective,
                _ => self.at < bound.effective,
            })
    }

    /// Whether an answer that does not name its signer is a proxy's answer. If all signatures are dated later than the answer, all of them count.
    fn proxy_spoke(&self, answer: &ConsentEvent) -> bool {
        let signatures: Vec<ConsentEvent> = self
            .standing_events()
            .into_iter()
            .filter(|e| e.sequence < answer.sequence)
            .filter_map(|e| self.rewritten(e))
            .filter(|e| matches!(e.kind, Kind::Given | Kind::ProxyGiven))
            .collect();
        let last = signatures.iter().map(|e| e.effective).filter(|t| *t <= answer.effective).max();
        signatures
            .iter()
            .filter(|e| last.is_none_or(|t| e.effective == t))
            .any(|e| e.kind == Kind::ProxyGiven)
    }

    fn word(&self, event: &ConsentEvent, clause: Clause) -> Option<Word> {
        let proxy = match event.kind {
            Kind::Given => false,
            Kind::ProxyGiven => true,
            _ => self.proxy_spoke(event),
        };
        match event.kind {
            Kind::Corrected => {
                let form = event.form.as_ref().map(kit::form);
                let readable = !matches!(form, Some(None));
                let consent = event.ground == Ground::Consent && form.flatten().is_none_or(|f| f.particulars.ground == Ground::Consent);
                Some(Word::FormAnswer {
                    yes: readable && event.clauses.contains(clause),
                    consent,
                    proxy,
                    countries: event.form.clone(),
                    final_word: true,
                    judged: false,
                })
            }
            Kind::Given | Kind::ProxyGiven | Kind::ClauseChanged | Kind::LegacyEquivalent => {
                let no = Word::FormAnswer {
                    yes: false,
                    consent: false,
                    proxy,
                    countries: None,
                    final_word: false,
                    judged: event.kind == Kind::LegacyEquivalent,
                };
                let Some(form) = event.form.as_ref().and_then(kit::form) else {
                    return Some(no);
                };
                let signature = matches!(event.kind, Kind::Given | Kind::ProxyGiven);
                let end = form.particulars.effective_until.as_deref().map(kit::instant);
                let too_late = signature && end.is_some_and(|end| event.effective >= end);
                let consent = event.ground == Ground::Consent && form.particulars.ground == Ground::Consent;
                let asks = |c: Clause| form.clauses.iter().any(|f| f.clause == c);
                let agreed = |c: Clause| asks(c) && event.clauses.contains(c) && !too_late;
                if asks(clause) {
                    return Some(Word::FormAnswer {
                        yes: agreed(clause),
                        consent,
                        proxy,
                        countries: Some(form.id.clone()),
                        final_word: false,
                        judged: event.kind == Kind::LegacyEquivalent,
                    });
                }
                let decided = |e: &&Equivalence| e.decided <= self.at && self.site.is_some_and(|s| e.sites.contains(s));
                let rows: Vec<(&Equivalence, Clause)> = form
                    .particulars
                    .equivalences
                    .iter()
                    .filter(decided)
                    .flat_map(|e| e.clauses.iter().map(move |row| (e, row)))
                    .filter(|(e, row)| {
                        row.opens == clause
                            && row.verdict != EquivalenceVerdict::NeedsReconsent
                            && (clause != Clause::Commercial || e.ground == Ground::Consent)
                    })
                    .map(|(e, row)| (e, row.agreed))
                    .collect();
                if rows.is_empty() {
                    return None;
                }
                let open: Vec<_> = rows.into_iter().filter(|(_, needs)| agreed(*needs)).collect();
                Some(Word::FormAnswer {
                    yes: !open.is_empty(),
                    consent: consent && open.iter().any(|(e, _)| e.ground == Ground::Consent),
                    proxy,
                    countries: open.first().map(|(e, _)| e.form.clone()),
                    final_word: false,
                    judged: event.kind == Kind::LegacyEquivalent,
                })
            }
            Kind::Assent => {
                let old_enough = match (self.born, self.rules.assent_age) {
                    (Some(born), Some(age)) => {
                        let (year, month) = year_and_month(born);
                        event.effective >= first_of_month(year + i64::from(age), month)
                    }
                    _ => false,
                };
                let form = event.form.as_ref().and_then(kit::form);
                let asked = form.is_some_and(|f| {
                    let end = f.particulars.effective_until.as_deref().map(kit::instant);
                    f.clauses.iter().any(|c| c.clause == clause) && end.is_none_or(|end| event.effective < end)
                });
                old_enough.then(|| Word::Assent {
                    yes: asked && event.clauses.contains(clause),
                })
            }
            Kind::WithdrawnPartial => (event.clauses.contains(clause) || event.clauses.is_empty()).then_some(Word::Taken),
            Kind::Withdrawn | Kind::Expired | Kind::ReconsentDue => Some(Word::Taken),
            Kind::Died => (clause == Clause::Recontact).then_some(Word::Taken),
            // The bounds of a period are read together with the answer before them: see `is_in_period`.
            Kind::WithdrawalUnclear | Kind::PeriodBegins | Kind::PeriodEnds => None,
        }
    }

    /// Returns the indexes of the statements of one kind that decide together, and whether the clause was withdrawn after them. The admitted
    /// statements that share the date of the last admitted one decide. A statement is admitted if it is dated later than every earlier withdrawal, and
    /// not earlier than any statement admitted before it. Both comparisons use only the statements since the last final word (a correction without a
    /// number). A final word is always admitted.
    fn deciding(words: &[(Timestamp, Word)], of_kind: impl Fn(&Word) -> bool) -> (Vec<usize>, bool) {
        let is_final = |w: &Word| matches!(w, Word::FormAnswer { final_word: true, .. });
        let mut admitted: Vec<usize> = Vec::new();
        for (place, (date, word)) in words.iter().enumerate().filter(|(_, (_, w))| of_kind(w)) {
            let from = words[..place].iter().rposition(|(_, w)| is_final(w)).unwrap_or(0);
            let after_taking = words[from..place].iter().all(|(t, w)| *w != Word::Taken || t < date);
            let since_final = admitted.iter().rposition(|p| is_final(&words[*p].1)).unwrap_or(0);
            let not_older = admitted[since_final..].iter().all(|p| words[*p].0 <= *date);
            if is_final(word) || (after_taking && not_older) {
                admitted.push(place);
            }
        }
        let Some(last) = admitted.last().copied() else {
            return (Vec::new(), false);
        };
        let since_final = admitted.iter().rposition(|p| is_final(&words[*p].1)).unwrap_or(0);
        let together = admitted[since_final..]
            .iter()
            .copied()
            .filter(|p| words[*p].0 == words[last].0)
            .collect();
        let taken_since = words[last..].iter().any(|(_, w)| *w == Word::Taken);
        (together, taken_since)
    }

    /// Whether a clause holds according to the statements about this clause alone. `Some` means that the clause holds.
    fn by_words(&self, clause: Clause) -> Option<Found> {
        let words: Vec<(Timestamp, Word)> = self
            .said()
            .iter()
            .filter_map(|e| self.word(e, clause).map(|word| (e.effective, word)))
            .collect();
        let words = Self::without_judged_returns(words);
        let (together, taken) = Self::deciding(&words, |w| matches!(w, Word::FormAnswer { .. }));
        if together.is_empty() || taken {
            return None;
        }
        let (mut by_consent, mut by_proxy, mut lists) = (true, false, Vec::new());
        for place in together {
            let Word::FormAnswer {
                yes,
                consent,
                proxy,
                countries,
                final_word,
                ..
            } = &words[place].1
            else {
                return None;
            };
            if !yes {
                return None;
            }
            by_consent &= consent;
            by_proxy |= proxy;
            // A correction without a number (a final word) that names no form keeps the list of countries of the statements before it.
            lists.push(if *final_word && countries.is_none() {
                Self::list_before(&words, place)
            } else {
                countries.clone()
            });
        }
        let birthday = |age: u8| {
            self.born.is_some_and(|born| {
                let (year, month) = year_and_month(born);
                self.at >= first_of_month(year + i64::from(age), month)
            })
        };
        if by_proxy && birthday(self.rules.majority_age) && self.rules.at_majority == AtMajority::Stop {
            return None;
        }
        if by_proxy && self.rules.assent_age.is_some_and(birthday) {
            let (together, taken) = Self::deciding(&words, |w| matches!(w, Word::Assent { .. }));
            let agreed = !together.is_empty() && together.iter().all(|p| words[*p].1 == Word::Assent { yes: true });
            if !agreed || taken {
                return None;
            }
        }
        let first = lists.first().cloned().flatten();
        let one_list = lists.iter().all(|l| *l == first);
        Some(Found {
            by_consent,
            countries: first.filter(|_| one_list),
        })
    }

    /// Changes the yes of a committee's judgement to no if the clause is closed when the judgement is recorded, and was withdrawn since the last
    /// correction without a number.
    fn without_judged_returns(mut words: Vec<(Timestamp, Word)>) -> Vec<(Timestamp, Word)> {
        for place in 0..words.len() {
            let (before, from_here) = words.split_at_mut(place);
            let Word::FormAnswer { yes, judged: true, .. } = &mut from_here[0].1 else {
                continue;
            };
            let is_final = |w: &Word| matches!(w, Word::FormAnswer { final_word: true, .. });
            let from = before.iter().rposition(|(_, w)| is_final(w)).unwrap_or(0);
            let was_taken = before[from..].iter().any(|(_, w)| *w == Word::Taken);
            let (together, taken_since) = Self::deciding(before, |w| matches!(w, Word::FormAnswer { .. }));
            let says_yes = |p: &usize| matches!(before[*p].1, Word::FormAnswer { yes: true, .. });
            let open = !together.is_empty() && !taken_since && together.iter().all(says_yes);
            *yes &= open || !was_taken;
        }
        words
    }

    /// The form whose list of countries counts before the statement at `place`. Withdrawals do not change this form.
    fn list_before(words: &[(Timestamp, Word)], place: usize) -> Option<FormId> {
        let (together, _) = Self::deciding(&words[..place], |w| matches!(w, Word::FormAnswer { .. }));
        let mut lists = Vec::new();
        for at in together {
            match &words[at].1 {
                Word::FormAnswer { yes: false, .. } => return None,
                Word::FormAnswer {
                    countries: None,
                    final_word: true,
                    ..
                } => lists.push(Self::list_before(words, at)),
                Word::FormAnswer { countries, .. } => lists.push(countries.clone()),
                Word::Assent { .. } | Word::Taken => {}
            }
        }
        let first = lists.first().cloned().flatten();
        first.filter(|f| lists.iter().all(|l| l.as_ref() == Some(f)))
    }

    /// Whether a clause holds: absent if it does not hold, otherwise its ground and its list of countries.
    pub(super) fn holds(&self, clause: Clause) -> Option<Found> {
        let said = self.said();
        if said.iter().any(|e| e.kind == Kind::WithdrawalUnclear) {
            return None;
        }
        let found = self.by_words(clause)?;
        if said.iter().any(|e| e.kind == Kind::Died) {
            let to_the_patient = matches!(clause, Clause::ReturnFindings | Clause::IncidentalFindings);
            if clause == Clause::Recontact || (to_the_patient && self.by_words(Clause::FamilyReturn).is_none()) {
                return None;
            }
        }
        Some(found)
    }
}
