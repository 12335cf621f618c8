//! Compares the unit that ODM states for a value with the unit that the profile states.

use super::map::Refusal;
use super::statements::Place;
use crate::profile::Expression;
use crate::unit::Field;

/// The end of the name of the field with the unit of an item (`MeasurementUnitRef`).
const UNIT_SUFFIX: &str = "@MeasurementUnitOID";

/// Refuses a number whose source states a unit that the rule does not read and that is not `unit`, the text of the unit in the profile. If the number were
/// stored with the unit of the profile, it would be another value.
pub(super) fn check(place: &Place<'_>, quantity: &Expression, unit: &str) -> Result<(), Refusal> {
    for selector in quantity.selectors() {
        let Some((at, name, Field::Value(_))) = selector.find(place.unit, place.record) else {
            continue;
        };
        let name = format!("{name}{UNIT_SUFFIX}");
        let fields = place.unit.records.get(at).map(|record| &record.fields);
        let Some(Field::Value(stated)) = fields.and_then(|fields| fields.get(&name)) else {
            continue;
        };
        let is_read = place.rule.selectors().iter().any(|selector| selector.name() == name);
        if !is_read && stated.trim() != unit.trim() {
            let detail = format!("the source states a unit that the rule does not read; state the unit by a map of {name}");
            return Err(place.refuse("other-unit", &detail));
        }
    }
    Ok(())
}
