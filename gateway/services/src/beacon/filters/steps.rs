//! Refuses comparisons in filters that are finer than the caller's disclosure limits allow ([`gemj_access::disclosure`]), and states which
//! comparisons are allowed.

use ga4gh_beacon::Operator;
use gemj_access::Terms;

use super::duration::Age;
use super::pattern::Pattern;
use crate::service_error::ServiceError;

const AGE: &str = "at this tier ages are compared with <, >, <= or >= and whole multiples of P5Y";
const ONSET: &str = "at this tier onsets are compared with <, >, <= or >= and whole multiples of P1Y";
const TERM: &str = "at this tier terms are compared with = and without wildcards";
const MEASUREMENT: &str = "at this tier the values of measurements are not compared; ask for the measurement without operator and value";

/// Checks whether the comparison of an age is allowed.
///
/// # Errors
/// [`ServiceError::Filter`] for a comparison that is finer than the disclosure limits allow.
pub(super) fn check_age(terms: Terms, operator: Operator, age: Age, is_onset: bool) -> Result<(), ServiceError> {
    let (step, expected) = match is_onset {
        true => (terms.onset_step_years(), ONSET),
        false => (terms.age_step_years(), AGE),
    };
    let is_ordered = match operator {
        Operator::Less | Operator::Greater | Operator::LessOrEqual | Operator::GreaterOrEqual => true,
        Operator::Equal | Operator::Not => false,
    };
    allowed(step.is_none_or(|step| is_ordered && age.is_whole_years(step)), expected)
}

/// Checks the comparison of a measured value.
///
/// # Errors
/// [`ServiceError::Filter`] if the disclosure limits allow no comparison of measured values.
pub(super) fn check_measurement(terms: Terms) -> Result<(), ServiceError> {
    allowed(terms.compares_measured_values(), MEASUREMENT)
}

/// Checks whether the comparison of a term or label is allowed.
///
/// # Errors
/// [`ServiceError::Filter`] for a negation or a wildcard that the disclosure limits do not allow.
pub(super) fn check_term(terms: Terms, operator: Operator, pattern: Option<&Pattern>) -> Result<(), ServiceError> {
    let is_plain = operator == Operator::Equal && pattern.is_none_or(|pattern| !pattern.has_wildcards());
    allowed(is_plain || terms.negates_and_searches_terms(), TERM)
}

fn allowed(is_allowed: bool, expected: &'static str) -> Result<(), ServiceError> {
    if is_allowed {
        Ok(())
    } else {
        Err(ServiceError::Filter { expected })
    }
}
