//! Measurements in Beacon records of participants.

use serde::Serialize;

use super::ontology_term::OntologyTerm;
use super::procedure::Procedure;
use super::time::{Date, TimeElement};

/// A measurement of a participant (`common/measurement.json`).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Measurement {
    assay_code: OntologyTerm,
    measurement_value: MeasurementValue,
    /// The date of the measurement; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// The time of the observation; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observation_moment: Option<TimeElement>,
    /// The procedure of the measurement; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub procedure: Option<Procedure>,
}

/// The result of a measurement (`common/value.json`).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum MeasurementValue {
    /// A number with its unit.
    Quantity(Quantity),
    /// A term as the result, such as "positive".
    Term(OntologyTerm),
}

/// `common/quantity.json`: a finite number with its unit.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Quantity {
    unit: OntologyTerm,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_range: Option<ReferenceRange>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct ReferenceRange {
    unit: OntologyTerm,
    low: f64,
    high: f64,
}

impl Measurement {
    /// A measurement with the required members: the assay and the result.
    #[must_use]
    pub fn new(assay_code: OntologyTerm, measurement_value: MeasurementValue) -> Self {
        Self {
            assay_code,
            measurement_value,
            date: None,
            observation_moment: None,
            procedure: None,
        }
    }
}

impl Quantity {
    /// A number with its unit; `None` if the number is not finite, because JSON cannot represent it.
    #[must_use]
    pub fn try_new(value: f64, unit: OntologyTerm) -> Option<Self> {
        value.is_finite().then_some(Self {
            unit,
            value,
            reference_range: None,
        })
    }

    /// Adds the reference range, in the unit of the number. `None` if `low` and `high` are not a range of finite numbers.
    #[must_use]
    pub fn with_reference_range(mut self, low: f64, high: f64) -> Option<Self> {
        if !(low.is_finite() && high.is_finite() && low <= high) {
            return None;
        }
        let unit = self.unit.clone();
        self.reference_range = Some(ReferenceRange { unit, low, high });
        Some(self)
    }
}
