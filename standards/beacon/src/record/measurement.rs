//! Measurements.

use serde::Serialize;

use super::ontology_term::OntologyTerm;
use super::procedure::Procedure;
use super::time::{Date, TimeElement};

/// `common/measurement.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Measurement {
    assay_code: OntologyTerm,
    measurement_value: MeasurementValue,
    /// On which day; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// When in life; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observation_moment: Option<TimeElement>,
    /// How it was taken; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub procedure: Option<Procedure>,
}

/// What was measured (`common/value.json`).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum MeasurementValue {
    /// A number with its unit.
    Quantity(Quantity),
    /// A term, such as "positive".
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
    /// What was measured, and what came out.
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
    /// A number in a unit; absent where it is not finite, which JSON cannot write.
    #[must_use]
    pub fn try_new(value: f64, unit: OntologyTerm) -> Option<Self> {
        value.is_finite().then_some(Self {
            unit,
            value,
            reference_range: None,
        })
    }

    /// Adds what is usual, in the same unit; absent where that is no range of finite numbers.
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
