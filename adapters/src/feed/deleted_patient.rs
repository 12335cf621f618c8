//! A patient whose record the hospital deleted (ADT^A23, A29, or the flag `_0` of ADT-00).
//!
//! The record can have been made by mistake, for example for another person. So nothing that came with it is answered until the hospital sends the basic
//! data again or a person decides: the other units of the storage are hidden, and units that arrive later are refused.

use super::map::Refusal;
use crate::hl7v2;
use crate::unit::Unit;

/// The data type of a patient's basic data.
const BASIC_DATA: &str = "ADT-00";

/// The key of the basic data of the patient of a unit. The key of every unit of messages begins with the patient's number.
pub(super) fn basic_data(unit: &Unit) -> String {
    hl7v2::key(&[unit.key.split('\u{1f}').next().unwrap_or_default(), BASIC_DATA])
}

/// Whether a unit is the basic data of a patient.
pub(super) fn is_basic_data(unit: &Unit) -> bool {
    unit.key.rsplit('\u{1f}').next() == Some(BASIC_DATA)
}

/// The notice about a deletion. `hidden` is the number of units whose statements were removed by it.
pub(super) fn notice(hidden: u64) -> Refusal {
    let detail = format!(
        "the hospital deleted the patient's record; {hidden} other units of the patient are hidden until the hospital sends the basic data and the units \
         again, or a person decides"
    );
    Refusal::new("patient-deleted", detail)
}

/// Why another unit of the patient is refused.
pub(super) fn of_another_unit() -> Refusal {
    let detail = "the hospital deleted the patient's record, and has not sent the basic data again";
    Refusal::new("patient-deleted", detail)
}
