//! One participant's consent at one moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use gemj_model::{ClauseSet, ConsentEvent, ConsentForm, FormId, PartialDate, SiteId, Timestamp};

use super::fold::{Held, Moment, fold};
use super::form_table::FormTable;
use super::person::{BirthMonth, Person};
use super::record::Record;
use super::rules::ConsentRules;

/// What holds for one participant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The clauses that hold.
    pub clauses: ClauseSet,
    /// Those of them that rest on consent, and on no other ground.
    pub by_consent: ClauseSet,
    /// The form whose countries provision overseas is agreed for; absent where it does not hold, or for no country.
    pub overseas_form: Option<FormId>,
    /// Whether the last word was a full withdrawal.
    pub withdrawn: bool,
    /// Whether a death is recorded.
    pub deceased: bool,
    /// Whether a withdrawal that could not be read waits for its correction. Nothing holds until then.
    pub unclear: bool,
    /// The next instant at which this may change by itself; absent where none is recorded.
    pub next_change: Option<Timestamp>,
}

impl Standing {
    pub(super) fn of(held: &Held, forms: &FormTable) -> Self {
        Self {
            clauses: held.clauses,
            by_consent: held.by_consent,
            overseas_form: held.overseas.and_then(|number| forms.id(number)).cloned(),
            withdrawn: held.withdrawn,
            deceased: held.deceased,
            unclear: held.unclear,
            next_change: held.next_change(),
        }
    }
}

/// What the fold needs to know of a participant besides their events.
#[derive(Clone, Copy, Debug, Default)]
pub struct Circumstances<'a> {
    /// The programme's rules.
    pub rules: ConsentRules,
    /// When they were born; absent where nobody said, and then no birthday comes.
    pub born: Option<&'a PartialDate>,
    /// The institution that enrolled them; absent where none did, and then no equivalence of forms is theirs.
    pub site: Option<&'a SiteId>,
}

/// Folds a participant's events now, of whom nothing else is known.
///
/// * An event that gives holds from its effective time.
/// * An event that only takes away blocks as soon as it is in the ledger, even when it is dated later. Ends that are planned (a term, a
///   birthday) wait for their day.
/// * What was taken away comes back only by an event recorded after it and dated later than it, or by a correction.
/// * Of two forms the one signed later decides, for the clauses it asks about; of two answers of one instant, the one that says less.
/// * A form that is not known is an answer that nobody can read: no to everything.
/// * A correction with a number strikes that event of the same participant, if there is one before it, and does nothing otherwise.
/// * A withdrawal that could not be read closes everything until it is struck.
/// * What a proxy agreed to ends on the first day of the month of majority, and from the age of assent on needs the person's own words of that
///   age. Birthdays are in Japan.
/// * The dead are not asked again; findings are returned only where return to the family was agreed to.
#[must_use]
pub fn standing_at(events: &[ConsentEvent], now: Timestamp, form: impl Fn(&FormId) -> Option<Arc<ConsentForm>>) -> Standing {
    standing(events, Circumstances::default(), Moment::Now(now), form)
}

/// Folds what had been recorded of a participant's events by `known`, as it stands at `effective`: what the ledger, as it was then, says of
/// that instant. An event that only takes away counts from the earlier of its two times.
#[must_use]
pub fn standing_as_of(
    events: &[ConsentEvent],
    circumstances: Circumstances<'_>,
    effective: Timestamp,
    known: Timestamp,
    form: impl Fn(&FormId) -> Option<Arc<ConsentForm>>,
) -> Standing {
    standing(events, circumstances, Moment::AsOf { effective, known }, form)
}

fn standing(
    events: &[ConsentEvent],
    circumstances: Circumstances<'_>,
    moment: Moment,
    form: impl Fn(&FormId) -> Option<Arc<ConsentForm>>,
) -> Standing {
    let mut known: BTreeMap<FormId, ConsentForm> = BTreeMap::new();
    let mut wanted: Vec<FormId> = events.iter().filter_map(|e| e.form.clone()).collect();
    while let Some(id) = wanted.pop() {
        if !known.contains_key(&id)
            && let Some(found) = form(&id)
        {
            wanted.extend(found.particulars.equivalences.iter().map(|e| e.form.clone()));
            known.insert(id, found.as_ref().clone());
        }
    }
    let mut forms = FormTable::new(known.into_values());
    let mut person = Person::default();
    person.be_born(circumstances.born.map(BirthMonth::of), &circumstances.rules);
    person.site = circumstances.site.and_then(|site| forms.site(site));
    for event in events {
        let number = event.form.as_ref().map(|id| forms.number(id));
        person.take(Record::of(event, number));
    }
    Standing::of(&fold(&person, &forms, &circumstances.rules, moment), &forms)
}

#[cfg(test)]
mod tests;
