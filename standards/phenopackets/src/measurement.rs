//! Measurements, and the quantities in them.

use crate::error::PhenopacketError;
use crate::medical_action::Procedure;
use crate::object::Object;
use crate::ontology_class::OntologyClass;
use crate::time_element::{TimeElement, time};

/// The message `Measurement`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measurement {
    /// What was measured; `None` if not stated, although the specification requires it.
    pub assay: Option<OntologyClass>,
    /// The result; `None` if not stated.
    pub value: Option<MeasurementValue>,
    /// The time of the observation; `None` if not stated.
    pub time_observed: Option<TimeElement>,
    /// The procedure by which it was measured; `None` if not stated.
    pub procedure: Option<Procedure>,
    /// Whether the message has a member that the specification does not define.
    pub has_unknown: bool,
}

/// The result of a measurement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MeasurementValue {
    /// A number with its unit.
    Quantity(Quantity),
    /// A term.
    OntologyClass(OntologyClass),
    /// Several numbers of one assay, such as a systolic and a diastolic pressure.
    Complex(Vec<TypedQuantity>),
}

/// The message `Quantity`. `Debug` does not show the number.
#[derive(Clone, PartialEq, Eq)]
pub struct Quantity {
    /// The unit; `None` if not stated.
    pub unit: Option<OntologyClass>,
    /// The number, as JSON writes it. It is `0` if not stated, because proto3 does not distinguish the two.
    pub value: String,
    /// The reference range; `None` if not stated.
    pub reference_range: Option<ReferenceRange>,
}

/// The message `ReferenceRange`. `Debug` does not show the numbers.
#[derive(Clone, PartialEq, Eq)]
pub struct ReferenceRange {
    /// The unit; `None` if not stated.
    pub unit: Option<OntologyClass>,
    /// The lowest normal number.
    pub low: String,
    /// The highest normal number.
    pub high: String,
}

/// The message `TypedQuantity`: one number of a complex value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedQuantity {
    /// What the number is; `None` if not stated.
    pub kind: Option<OntologyClass>,
    /// The number; `None` if not stated.
    pub quantity: Option<Quantity>,
}

impl std::fmt::Debug for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Quantity(..)")
    }
}

impl std::fmt::Debug for ReferenceRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReferenceRange(..)")
    }
}

impl Measurement {
    pub(crate) fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        object.unread(&["description"]);
        let single = object.object("value", MeasurementValue::read)?.flatten();
        let complex = object.object("complexValue", |o| o.list("typedQuantities", TypedQuantity::read))?;
        let value = match (single, complex) {
            (Some(_), Some(_)) => return Err(object.several()),
            (Some(value), None) => Some(value),
            (None, Some(list)) => Some(MeasurementValue::Complex(list)),
            (None, None) => None,
        };
        Ok(Self {
            assay: object.object("assay", OntologyClass::read)?,
            value,
            time_observed: time(object, "timeObserved")?,
            procedure: object.object("procedure", Procedure::read)?,
            has_unknown: object.has_unknown(),
        })
    }
}

impl MeasurementValue {
    fn read(object: &mut Object<'_>) -> Result<Option<Self>, PhenopacketError> {
        let quantity = object.object("quantity", Quantity::read)?;
        let term = object.object("ontologyClass", OntologyClass::read)?;
        match (quantity, term) {
            (Some(_), Some(_)) => Err(object.several()),
            (Some(quantity), None) => Ok(Some(Self::Quantity(quantity))),
            (None, Some(term)) => Ok(Some(Self::OntologyClass(term))),
            (None, None) => Ok(None),
        }
    }
}

impl Quantity {
    pub(crate) fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        Ok(Self {
            unit: object.object("unit", OntologyClass::read)?,
            value: object.number("value")?,
            reference_range: object.object("referenceRange", ReferenceRange::read)?,
        })
    }
}

impl ReferenceRange {
    fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        Ok(Self {
            unit: object.object("unit", OntologyClass::read)?,
            low: object.number("low")?,
            high: object.number("high")?,
        })
    }
}

impl TypedQuantity {
    fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        Ok(Self {
            kind: object.object("type", OntologyClass::read)?,
            quantity: object.object("quantity", Quantity::read)?,
        })
    }
}
