//! One participant's consent at one moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use gemj_model::{ClauseSet, ConsentEvent, ConsentForm, FormId, PartialDate, SiteId, Timestamp};

use super::fold::{Held, Moment, fold};
use super::form_table::FormTable;
use super::person::{BirthMonth, Person};
use super::record::Record;
use super::rules::ConsentRules;

/// The consent state of one participant at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The clauses that hold for the participant.
    pub clauses: ClauseSet,
    /// The clauses in `clauses` that rest on consent, and on no other legal ground.
    pub by_consent: ClauseSet,
    /// The form whose list of countries applies to provision overseas. Absent if that clause does not hold, or if no list of countries counts.
    pub overseas_form: Option<FormId>,
    /// Whether the participant withdrew fully and has not opened a clause again since the withdrawal.
    pub withdrawn: bool,
    /// Whether the participant's death is recorded.
    pub deceased: bool,
    /// Whether a withdrawal that could not be read still waits for its correction. Until the correction, no clause holds.
    pub unclear: bool,
    /// The next instant at which the consent state may change by itself; absent if no change is scheduled.
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

/// Facts about a participant that the fold needs in addition to the consent events.
#[derive(Clone, Copy, Debug, Default)]
pub struct Circumstances<'a> {
    /// The programme's rules.
    pub rules: ConsentRules,
    /// The participant's birth date; absent if unknown. Without a birth date, birthdays have no effect.
    pub born: Option<&'a PartialDate>,
    /// The institution that enrolled the participant; absent if no institution did. Without an institution, no equivalence of forms applies.
    pub site: Option<&'a SiteId>,
}

/// Folds a participant's consent events now, without any other knowledge of the participant.
///
/// * An event that gives consent counts from its effective time.
/// * An event that only takes consent away counts as soon as it is recorded, even if it is dated later. A planned end (the end of a
///   term, a birthday) counts from its day.
/// * A withdrawn clause opens again only by an event that is recorded after the withdrawal and dated later than the withdrawal, or by a correction.
/// * Of two forms, the form that was signed later decides, for the clauses that it asks about. Of two answers with the same
///   date, the answer that allows less decides.
/// * An answer on an unknown form cannot be read. It counts as no for every clause.
/// * A correction with an event's number strikes that event, and can state other clauses in its place. If the event is not an earlier event of the
///   same participant, the correction does nothing.
/// * A correction without a number replaces all earlier answers and withdrawals.
/// * A withdrawal that could not be read closes all clauses until a correction strikes it.
/// * A proxy's consent ends on the first day of the month of majority. From the age of assent on, a proxy's consent needs the participant's own
///   assent, given at that age or later. Birthdays are computed in Japan's time zone.
/// * Participants who died are not contacted again. Their findings are returned only if they agreed to the return of findings to the family.
#[must_use]
pub fn standing_at(events: &[ConsentEvent], now: Timestamp, form: impl Fn(&FormId) -> Option<Arc<ConsentForm>>) -> Standing {
    standing(events, Circumstances::default(), Moment::Now(now), form)
}

/// Folds the events of a participant that had been recorded by `known`, and returns the consent state at `effective`. The result is the state
/// that the ledger of the time `known` shows for the instant `effective`. An event that only takes consent away counts from its effective
/// time or its recording, whichever is earlier.
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
