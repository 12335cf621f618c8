//! Reads which patient, order and time a message has.

use std::collections::BTreeMap;

use super::field::Values;
use super::{Hl7Fault, Message, MessageKind};
use crate::unit::Field;

/// The values that identify a message and its version.
pub(crate) struct Identity {
    /// PID-3.1, the patient's number in the hospital.
    pub(crate) patient: String,
    /// The number of the order; empty for a snapshot. For other messages, it is the first of these values that is present: ORC-2.1, ORC-3.1,
    /// OBR-2.1, OBR-3.1, SPM-2.1, SPM-2.1.1, MSH-10.
    pub(crate) order: String,
    /// MSH-7 as 17 digits (`YYYYMMDDHHMMSSFFF`), padded with zeros. The offset from universal time is not read. Empty if MSH-7 is absent.
    pub(crate) time: String,
}

/// Joins the parts of a unit's key with a separator that cannot occur in a part.
pub(crate) fn key(parts: &[&str]) -> String {
    parts.join("\u{1f}")
}

/// Reads the patient, the order and the time of a message.
pub(super) fn identity(message: &Message, kind: MessageKind) -> Result<Identity, Hl7Fault> {
    let mut patients = message.segments.iter().filter(|segment| segment.name() == "PID");
    patients.next().ok_or(Hl7Fault::NoPatient)?;
    if let Some(second) = patients.next() {
        return Err(Hl7Fault::SeveralPatients { offset: second.offset });
    }
    let patient = first(message, "PID", 3, &["PID-3.1"])?.ok_or(Hl7Fault::NoPatientNumber)?;
    let order = if kind.is_snapshot() {
        String::new()
    } else {
        order(message)?.unwrap_or_default()
    };
    let time = first(message, "MSH", 7, &["MSH-7.1"])?.map_or_else(String::new, |time| seventeen_digits(&time));
    Ok(Identity { patient, order, time })
}

fn order(message: &Message) -> Result<Option<String>, Hl7Fault> {
    for (segment, field, names) in [
        ("ORC", 2, &["ORC-2.1"][..]),
        ("ORC", 3, &["ORC-3.1"]),
        ("OBR", 2, &["OBR-2.1"]),
        ("OBR", 3, &["OBR-3.1"]),
        ("SPM", 2, &["SPM-2.1", "SPM-2.1.1"]),
        ("MSH", 10, &["MSH-10.1"]),
    ] {
        if let Some(found) = first(message, segment, field, names)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Searches the segments with the name `segment` for a value of `field` under one of `names`, and returns the first value.
fn first(message: &Message, segment: &str, field: usize, names: &[&str]) -> Result<Option<String>, Hl7Fault> {
    for found in message.segments.iter().filter(|s| s.name() == segment) {
        let Some((_, text)) = found.fields(message.delimiters.field).find(|(number, _)| *number == field) else {
            continue;
        };
        let mut count = 0;
        let mut values = Values {
            delimiters: message.delimiters,
            encoding: message.encoding,
            offset: found.offset,
            count: &mut count,
            fields: BTreeMap::new(),
        };
        values.field(&format!("{segment}-{field}"), text)?;
        for name in names {
            if let Some(Field::Value(value)) = values.fields.remove(*name) {
                return Ok(Some(value));
            }
        }
    }
    Ok(None)
}

fn seventeen_digits(time: &str) -> String {
    let local = time.split(['+', '-']).next().unwrap_or_default();
    let digits: String = local.chars().filter(char::is_ascii_digit).take(17).collect();
    if digits.is_empty() { digits } else { format!("{digits:0<17}") }
}
