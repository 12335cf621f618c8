//! In what steps values may be compared below the controlled tier. Every answer there is of at least k families; without steps a bound moved
//! day by day would tell when the k-th oldest was last seen, and a measurement's bound the k-th highest result.

use ga4gh_beacon::Operator;
use gemj_access::Tier;

use super::duration::Age;
use super::pattern::Pattern;
use crate::service_error::ServiceError;

/// Steps of the age at the last encounter, in years.
pub(super) const AGE_YEARS: u64 = 5;
/// Steps of an onset, in years.
pub(super) const ONSET_YEARS: u64 = 1;

const AGE: &str = "at this tier ages are compared with <, >, <= or >= and whole multiples of P5Y";
const ONSET: &str = "at this tier onsets are compared with <, >, <= or >= and whole multiples of P1Y";
const TERM: &str = "at this tier terms are compared with = and without wildcards";
const MEASUREMENT: &str = "at this tier the values of measurements are not compared; ask for the measurement without operator and value";

/// Whether an age may be compared so.
pub(super) fn check_age(tier: Tier, operator: Operator, age: Age, is_onset: bool) -> Result<(), ServiceError> {
    let (step, expected) = if is_onset { (ONSET_YEARS, ONSET) } else { (AGE_YEARS, AGE) };
    let ordered = match operator {
        Operator::Less | Operator::Greater | Operator::LessOrEqual | Operator::GreaterOrEqual => true,
        Operator::Equal | Operator::Not => false,
    };
    match tier {
        Tier::Controlled => Ok(()),
        Tier::Registered | Tier::Public if ordered && age.is_whole_years(step) => Ok(()),
        Tier::Registered | Tier::Public => Err(ServiceError::Filter { expected }),
    }
}

/// Whether a measurement's value may be compared.
pub(super) fn check_measurement(tier: Tier) -> Result<(), ServiceError> {
    match tier {
        Tier::Controlled => Ok(()),
        Tier::Registered | Tier::Public => Err(ServiceError::Filter { expected: MEASUREMENT }),
    }
}

/// Whether terms and labels may be compared so. Everybody but those of a term, beside everybody, are those of the term however few they are; and a
/// wildcard spells a rare label letter by letter.
pub(super) fn check_term(tier: Tier, operator: Operator, pattern: Option<&Pattern>) -> Result<(), ServiceError> {
    let is_plain = operator == Operator::Equal && pattern.is_none_or(|pattern| !pattern.has_wildcards());
    match tier {
        Tier::Controlled => Ok(()),
        Tier::Registered | Tier::Public if is_plain => Ok(()),
        Tier::Registered | Tier::Public => Err(ServiceError::Filter { expected: TERM }),
    }
}
