//! Determines the meaning of a FHIR Consent for the consent ledger. The gateway never guesses a permission and never ignores a possible
//! withdrawal.

use super::consent_periods::{PeriodFault, bounds};
use gemj_catalogue::ConsentStatement;
use gemj_model::{Clause, ClauseSet, ConsentForm, ConsentKind, FormId, Ground, Timestamp};
use hl7_fhir::consent::{Coding, ConsentKind as Said, ConsentStatement as Read, UnclearReason, Withdrawn};

/// The code system of clauses in `Consent.provision.code`.
pub const CLAUSE_SYSTEM: &str = "https://gemj.example/fhir/CodeSystem/consent-clause";
/// The prefix of `Consent.policy.uri`. The id of the consent form follows the prefix, for example `unified-1`.
pub const FORM_PREFIX: &str = "https://gemj.example/fhir/consent-form/";

/// The effect of a Consent that a hospital sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsentOutcome {
    /// The Consent is stored, and these events are appended to the ledger.
    Recorded(Vec<ConsentStatement>),
    /// The Consent has no effect yet, for example a draft. It is refused, and the ledger does not change.
    NotInForce,
    /// The meaning of the Consent is unclear. The Consent is refused, and no data of the participant is returned until a readable Consent
    /// arrives.
    Blocked {
        /// The ledger event that blocks the participant's data.
        event: ConsentStatement,
        /// The reason as text for the hospital. It names the element, and no value of the Consent.
        reason: String,
    },
}

/// The event that blocks all data of a participant until a readable Consent dated today or later arrives. The event is dated before today,
/// so that a Consent that states only today's date comes after the event. The block takes effect at once.
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

/// The last instant before the current day in Japan.
fn before_today(now: Timestamp) -> Timestamp {
    let day: String = now.plus_seconds(9 * 3600).rfc3339().chars().take(10).collect();
    Timestamp::parse(&day).map_or(now, |midnight| Timestamp(midnight.0 - 1))
}

/// Determines the effect of a Consent of a known patient. Dates are handled as follows:
/// * A date without a time is the first instant of that day in Japan. A consent signed on the day of a withdrawal at an unknown hour
///   therefore counts as signed before the withdrawal.
/// * A consent without a date counts as signed before all dated statements.
/// * A withdrawal without a date takes effect now. A withdrawal with a future date also takes effect now.
#[must_use]
pub fn consent_outcome(read: &Read, forms: &[ConsentForm], now: Timestamp) -> ConsentOutcome {
    let blocked = |reason: &str| ConsentOutcome::Blocked {
        event: blocking_event(now),
        reason: reason.to_owned(),
    };
    let effective = match read.at.as_deref().map(Timestamp::parse) {
        None => now,
        Some(Ok(at)) => at,
        Some(Err(_)) => return blocked("dateTime must be a day or an instant"),
    };
    match &read.kind {
        Said::Unclear(UnclearReason::NotInForce) => ConsentOutcome::NotInForce,
        Said::Unclear(reason) => blocked(&format!("the meaning of the consent is unclear: {reason}")),
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
            None => blocked("a code of the withdrawal is unknown"),
        },
        Said::Grant { permits, .. } => {
            let form = read.form.as_deref().and_then(|uri| uri.strip_prefix(FORM_PREFIX));
            let Some(form) = form.and_then(|id| forms.iter().find(|form| form.id.as_str() == id)) else {
                return blocked("policy.uri does not name a known consent form");
            };
            if effective > now {
                return blocked("a consent dated in the future is not accepted");
            }
            // A code of another code system permits no clause of this programme.
            let (known, bounds) = match bounds(permits, |permit| clause(&permit.coding)) {
                Ok(found) => found,
                Err(PeriodFault::Unreadable) => return blocked("a period has a bound that is not a date"),
                Err(PeriodFault::Several) => return blocked("one clause is permitted for several separate periods"),
            };
            let asked = form.clause_set();
            let permitted = known.intersection(asked);
            let of_permitted = bounds.into_iter().filter(|bound| permitted.contains_all(bound.clauses));
            if read.at.is_some() {
                let answer = given(permitted, form, effective);
                return ConsentOutcome::Recorded(std::iter::once(answer).chain(of_permitted).collect());
            }
            // The order relative to earlier statements is unknown. The consent therefore permits clauses only if the ledger has no other
            // statement. The clauses of the form that the consent does not permit are withdrawn now.
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

/// The effective time of a consent without a date.
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

/// All clauses of these codes, or `None` if a code is unknown. A withdrawal that is only partly understood must not become a smaller
/// withdrawal.
fn clauses(codes: &[Coding]) -> Option<ClauseSet> {
    codes.iter().map(clause).collect()
}
