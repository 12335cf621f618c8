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
    /// The clauses among them that rest on consent, and on no other ground.
    pub by_consent: ClauseSet,
    /// The form whose countries apply to provision overseas; absent where that clause does not hold, or where no list of countries counts.
    pub overseas_form: Option<FormId>,
    /// Whether the participant withdrew fully and has not opened a clause again since.
    pub withdrawn: bool,
    /// Whether a death is recorded.
    pub deceased: bool,
    /// Whether a withdrawal that could not be read waits for its correction. Until then, nothing holds.
    pub unclear: bool,
    /// The next instant at which the standing may change by itself; absent where none is recorded.
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

/// What the fold needs to know of a participant in addition to the events.
#[derive(Clone, Copy, Debug, Default)]
pub struct Circumstances<'a> {
    /// The programme's rules.
    pub rules: ConsentRules,
    /// The birth; absent if unknown. Without a birth, no birthday counts.
    pub born: Option<&'a PartialDate>,
    /// The institution that enrolled the participant; absent where none did. Without an institution, no equivalence of forms applies.
    pub site: Option<&'a SiteId>,
}

/// Folds a participant's events now, without any other knowledge of the participant.
///
/// * An event that gives consent holds from its effective time.
/// * An event that only takes away blocks as soon as it is in the ledger, even if it is dated later. Planned ends (a term, a birthday) wait for their
///   day.
/// * A withdrawn clause opens again only by an event that is recorded after the withdrawal and dated later than it, or by a correction.
/// * Of two forms, the one signed later decides, for the clauses it asks about. Of two answers of one instant, the one that allows less decides.
/// * An unknown form is an answer that cannot be read: it means no for every clause.
/// * A correction with a number strikes that event if it is an earlier event of the same participant, and otherwise does nothing.
/// * A withdrawal that could not be read closes everything until it is struck.
/// * What a proxy agreed to ends on the first day of the month of majority. From the age of assent on, it needs the participant's own assent, given
///   at that age or later. Birthdays are in Japan.
/// * Participants who died are not asked again. Their findings are returned only if return to the family was agreed to.
#[must_use]
pub fn standing_at(events: &[ConsentEvent], now: Timestamp, form: impl Fn(&FormId) -> Option<Arc<ConsentForm>>) -> Standing {
    standing(events, Circumstances::default(), Moment::Now(now), form)
}

/// Folds the events of a participant that had been recorded by `known`, as they stand at `effective`. The result is what the ledger of that time
/// states about that instant. An event that only takes away counts from the earlier of its two times.
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
