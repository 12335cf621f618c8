//! Determines the visas that count now. The checks are, in this order: times, deny list, trust tuple, form of the value, conditions.

use std::sync::Arc;

use ga4gh_passport::{AffiliationAndRole, ClaimName, NumericDate, Reason, Visa, VisaObject, VisaType, parse_linked_identities};
use gemj_access::{VisaPlace, VisaVerdict};
use gemj_model::Timestamp;

use super::people::People;
use crate::trust::{IssuerTrust, Trust};
use crate::verify::VisaOutcome;

/// A visa that is valid and trusted at this moment.
#[derive(Clone, Copy)]
pub(super) struct Accepted<'a> {
    pub(super) visa: &'a Visa,
    pub(super) issuer: &'a IssuerTrust,
    /// The end of the visa and of everything on which the visa depends.
    pub(super) until: Timestamp,
    /// The index of the visa's verdict in the list of verdicts.
    pub(super) verdict: usize,
}

impl Accepted<'_> {
    pub(super) fn at(self, verdict: usize) -> Self {
        Self { verdict, ..self }
    }

    /// The place of the visa in the credentials.
    pub(super) fn place(&self, verdicts: &[VisaVerdict]) -> Option<VisaPlace> {
        verdicts.get(self.verdict)?.place
    }

    /// Records in the visa's verdict that the visa does not count, and why.
    pub(super) fn overrule(&self, reason: Reason, verdicts: &mut [VisaVerdict]) {
        overrule(self.verdict, reason, verdicts);
    }
}

fn overrule(verdict: usize, reason: Reason, verdicts: &mut [VisaVerdict]) {
    if let Some(verdict) = verdicts.get_mut(verdict) {
        verdict.code = reason.code();
        verdict.failed = reason.claim().into_iter().collect();
    }
}

/// The reason why a visa does not count, and the members of the visa that were not accepted.
pub(super) struct Unfit {
    pub(super) reason: Reason,
    pub(super) failed: Vec<&'static str>,
}

impl From<Reason> for Unfit {
    fn from(reason: Reason) -> Self {
        let failed = if reason.is_of_key() { Some("key") } else { reason.claim() };
        Self {
            reason,
            failed: failed.into_iter().collect(),
        }
    }
}

/// Checks the times of one visa, the deny list, the visa's trust tuple, and the form of the visa's value.
pub(super) fn check<'a>(trust: &Trust, now: Timestamp, outcome: &'a VisaOutcome) -> Result<Accepted<'a>, Unfit> {
    let (visa, issuer): (&'a Arc<Visa>, &'a Arc<IssuerTrust>) = match outcome {
        VisaOutcome::Signed(visa, issuer) => (visa, issuer),
        VisaOutcome::Ignored(_, reason) => return Err((*reason).into()),
    };
    let seconds = NumericDate::from_seconds(now.seconds()).ok_or(Reason::Expired)?;
    visa.validate_times(seconds, issuer.time_policy)?;
    trust.check_deny_list(&visa.claims)?;
    let until = issuer.check_visa(visa).map_err(|(reason, failed)| Unfit {
        reason,
        failed: failed.to_vec(),
    })?;
    if until <= now {
        return Err(Reason::AssertedTooLongAgo.into());
    }
    let until = match visa.ends_without_polling().map(Timestamp::from_seconds) {
        Some(end) if end <= now => return Err(Reason::VisaAccessTokenTooOld.into()),
        Some(end) => until.min(end),
        None => until,
    };
    check_value(&visa.object)?;
    Ok(Accepted {
        visa,
        issuer,
        until: until.min(Timestamp::from_seconds(visa.claims.expires_at.seconds())),
        verdict: 0,
    })
}

fn check_value(visa: &VisaObject) -> Result<(), Reason> {
    match visa.visa_type {
        VisaType::AffiliationAndRole => AffiliationAndRole::parse(&visa.value)
            .map(drop)
            .ok_or(Reason::ClaimMalformed(ClaimName::VisaValue)),
        // Links that depend on conditions are not evaluated: their ends would depend on each other, and no issuer
        // issues LinkedIdentities visas with conditions.
        VisaType::LinkedIdentities if visa.conditions.is_some() => Err(Reason::ConditionsNotEvaluated),
        VisaType::LinkedIdentities => parse_linked_identities(&visa.value).map(drop),
        VisaType::AcceptedTermsAndPolicies | VisaType::ResearcherStatus | VisaType::ControlledAccessGrants | VisaType::Custom(_) => Ok(()),
    }
}

/// Evaluates the conditions of visas. Only a visa of the same person that has no conditions itself can meet a condition. The conditional
/// visa then ends no later than the visas that meet its conditions. A visa whose conditions are not met is dropped, and its verdict
/// records this.
pub(super) fn settle_conditions<'a>(accepted: Vec<Accepted<'a>>, people: &People, verdicts: &mut [VisaVerdict]) -> Vec<Accepted<'a>> {
    if accepted.iter().all(|visa| visa.visa.object.conditions.is_none()) {
        return accepted;
    }
    let unconditional: Vec<Accepted<'a>> = accepted
        .iter()
        .filter(|visa| visa.visa.object.conditions.is_none())
        .copied()
        .collect();
    let settle = |visa: Accepted<'a>| {
        let Some(conditions) = &visa.visa.object.conditions else {
            return Ok(visa);
        };
        let candidates: Vec<(&VisaObject, Timestamp)> = unconditional
            .iter()
            .filter_map(|other| {
                let linked_until = people.same_person_until(&visa.visa.claims.identity, &other.visa.claims.identity)?;
                Some((&other.visa.object, other.until.min(linked_until)))
            })
            .collect();
        match conditions.met_until(&candidates) {
            Some(until) => Ok(Accepted {
                until: visa.until.min(until),
                ..visa
            }),
            None => Err(visa.verdict),
        }
    };
    let mut used = Vec::with_capacity(accepted.len());
    for visa in accepted {
        match settle(visa) {
            Ok(visa) => used.push(visa),
            Err(verdict) => overrule(verdict, Reason::ConditionsNotMet, verdicts),
        }
    }
    used
}
