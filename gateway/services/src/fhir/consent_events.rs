//! What a FHIR Consent means for the ledger. Nothing is granted by guess, and nothing that may be a withdrawal is passed over.

use super::consent_periods::{PeriodFault, bounds};
use gemj_catalogue::ConsentStatement;
use gemj_model::{Clause, ClauseSet, ConsentForm, ConsentKind, FormId, Ground, Timestamp};
use hl7_fhir::consent::{Coding, ConsentKind as Said, ConsentStatement as Read, UnclearReason, Withdrawn};

/// The code system of clauses in `Consent.provision.code`.
pub const CLAUSE_SYSTEM: &str = "https://gemj.example/fhir/CodeSystem/consent-clause";
/// What `Consent.policy.uri` begins with; the form's id follows (`unified-1`).
pub const FORM_PREFIX: &str = "https://gemj.example/fhir/consent-form/";

/// What becomes of a Consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsentOutcome {
    /// It is kept, and these go into the ledger.
    Recorded(Vec<ConsentStatement>),
    /// It says nothing yet (a draft): it is refused, and the ledger is left alone.
    NotInForce,
    /// It cannot be told what it says: it is refused, and nothing of the participant is given out until a Consent that can be read arrives.
    Blocked {
        /// The event that blocks.
        event: ConsentStatement,
        /// Why, in words.
        reason: &'static str,
    },
}

/// The event by which nothing of a person is given out until a Consent of today or later arrives that can be read. It is dated before today, so
/// that one dated by its day alone comes after it; it blocks at once all the same.
#[must_use]
pub fn blocking_event(now: Timestamp) -> ConsentStatement {
    ConsentStatement {
        kind: ConsentKind::ReconsentDue,
        form: None,
        clauses: ClauseSet::EMPTY,
        effective: before_today(now),
        ground: Ground::Consent,
        corrects: None,
    }
}

/// The last instant before today in Japan.
fn before_today(now: Timestamp) -> Timestamp {
    let day: String = now.plus_seconds(9 * 3600).rfc3339().chars().take(10).collect();
    Timestamp::parse(&day).map_or(now, |midnight| Timestamp(midnight.0 - 1))
}

/// Reads a Consent of a known patient. A date without a time is its first instant in Japan: signed on the day of a withdrawal, at an hour that is not
/// told, it counts as signed before. A consent without a date counts as signed before everything else. A withdrawal without a date is of now, and holds from now at the latest, whatever it is dated.
#[must_use]
pub fn consent_outcome(read: &Read, forms: &[ConsentForm], now: Timestamp) -> ConsentOutcome {
    let blocked = |reason| ConsentOutcome::Blocked {
        event: blocking_event(now),
        reason,
    };
    let effective = match read.at.as_deref().map(Timestamp::parse) {
        None => now,
        Some(Ok(at)) => at,
        Some(Err(_)) => return blocked("dateTime must be a day or an instant"),
    };
    match &read.kind {
        Said::Unclear(UnclearReason::NotInForce) => ConsentOutcome::NotInForce,
        Said::Unclear(_) => blocked("it cannot be told what the consent says"),
        Said::Withdrawal(Withdrawn::All) => ConsentOutcome::Recorded(vec![ConsentStatement {
            kind: ConsentKind::Withdrawn,
            form: None,
            clauses: ClauseSet::EMPTY,
            effective: effective.min(now),
            ground: Ground::Consent,
            corrects: None,
        }]),
        Said::Withdrawal(Withdrawn::Codes(codes)) => match clauses(codes) {
            Some(clauses) => ConsentOutcome::Recorded(vec![taken(clauses, effective.min(now))]),
            None => blocked("a code of the withdrawal is not known"),
        },
        Said::Grant { permits, .. } => {
            let form = read.form.as_deref().and_then(|uri| uri.strip_prefix(FORM_PREFIX));
            let Some(form) = form.and_then(|id| forms.iter().find(|form| form.id.as_str() == id)) else {
                return blocked("policy.uri names no consent form that is known");
            };
            if effective > now {
                return blocked("a consent dated in the future is not taken");
            }
            // A code of another system permits nothing here.
            let (known, bounds) = match bounds(permits, |permit| clause(&permit.coding)) {
                Ok(found) => found,
                Err(PeriodFault::Unreadable) => return blocked("a period has a bound that is no date"),
                Err(PeriodFault::Several) => return blocked("one clause is permitted for several periods that do not meet"),
            };
            let asked = form.clause_set();
            let permitted = known.intersection(asked);
            let of_permitted = bounds.into_iter().filter(|bound| permitted.contains_all(bound.clauses));
            if read.at.is_some() {
                let answer = given(permitted, form, effective);
                return ConsentOutcome::Recorded(std::iter::once(answer).chain(of_permitted).collect());
            }
            // Nobody knows what it came after. So it opens only where nothing else was ever said, and what it does not permit is taken away now.
            let mut events = vec![given(permitted, form, BEFORE_EVERYTHING)];
            events.extend(of_permitted);
            let refused = asked.minus(permitted);
            if !refused.is_empty() {
                events.push(taken(refused, now));
            }
            ConsentOutcome::Recorded(events)
        }
    }
}

/// The date of a signature that has none.
const BEFORE_EVERYTHING: Timestamp = Timestamp(0);

fn given(clauses: ClauseSet, form: &ConsentForm, effective: Timestamp) -> ConsentStatement {
    let id: FormId = form.id.clone();
    ConsentStatement {
        kind: ConsentKind::Given,
        form: Some(id),
        clauses,
        effective,
        ground: form.particulars.ground,
        corrects: None,
    }
}

fn taken(clauses: ClauseSet, effective: Timestamp) -> ConsentStatement {
    ConsentStatement {
        kind: ConsentKind::WithdrawnPartial,
        form: None,
        clauses,
        effective,
        ground: Ground::Consent,
        corrects: None,
    }
}

fn clause(coding: &Coding) -> Option<Clause> {
    (*coding.system == *CLAUSE_SYSTEM).then(|| Clause::parse(&coding.code)).flatten()
}

/// All of the codes, or nothing: a withdrawal of which a part is not understood is not a smaller withdrawal.
fn clauses(codes: &[Coding]) -> Option<ClauseSet> {
    codes.iter().map(clause).collect()
}
