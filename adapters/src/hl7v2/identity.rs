//! Reads which patient, order and time a message has.

use std::collections::BTreeMap;

use super::field::Values;
use super::time::message_time;
use super::{Hl7Fault, MAX_PARTS, Message};
use crate::unit::Field;

/// The values that identify a message and its version.
pub(crate) struct Identity {
    /// PID-3.1, the patient's number in the hospital.
    pub(crate) patient: String,
    /// MSH-10, the sender's number of the message; empty if absent.
    pub(crate) control: String,
    /// MSH-7 as 17 digits of Japanese time (`YYYYMMDDHHMMSSFFF`), padded with zeros. Empty if MSH-7 is absent.
    pub(crate) time: String,
    /// Whether MSH-7 has 15 to 17 digits without a decimal point, so that the last digits are fractions of a second.
    pub(crate) has_long_time: bool,
}

/// Joins the parts of a unit's key with a separator that cannot occur in a part.
pub(crate) fn key(parts: &[&str]) -> String {
    parts.join("\u{1f}")
}

/// Reads the patient and the time of a message.
pub(super) fn identity(message: &Message) -> Result<Identity, Hl7Fault> {
    let mut patients = message.segments.iter().filter(|segment| segment.name() == "PID");
    patients.next().ok_or(Hl7Fault::NoPatient)?;
    if let Some(second) = patients.next() {
        return Err(Hl7Fault::SeveralPatients { offset: second.offset });
    }
    let patient = patient_number(message)?;
    let stated = first(message, "MSH", 7, &["MSH-7.1"])?.unwrap_or_default();
    Ok(Identity {
        patient,
        control: first(message, "MSH", 10, &["MSH-10.1"])?.unwrap_or_default(),
        time: match stated.is_empty() {
            true => String::new(),
            false => message_time(&stated).ok_or(Hl7Fault::BadTime)?,
        },
        has_long_time: is_long_time(&stated),
    })
}

/// The patient's number in the hospital: PID-3.1 of the first repetition. If other repetitions have other numbers, the first repetition must be of
/// the type PI (PID-3.5), and each of the others must state another type (HL7 v2.5 chapter 3, PID-3; table 0203).
fn patient_number(message: &Message) -> Result<String, Hl7Fault> {
    let mut values = all(message, "PID", 3)?.into_iter().next().unwrap_or_default();
    let mut text = |name: String| match values.remove(&name) {
        Some(Field::Value(value)) => Some(value),
        Some(Field::Null) | None => None,
    };
    let number = text("PID-3.1".to_owned()).ok_or(Hl7Fault::NoPatientNumber)?;
    let kind = text("PID-3.5".to_owned());
    // Other types number accounts, visits or persons elsewhere (HL7 v2.5 table 0203).
    if !matches!(kind.as_deref(), None | Some("PI" | "MR" | "PT")) {
        return Err(Hl7Fault::NumberType);
    }
    let ended = text("PID-3.8".to_owned()).or_else(|| text("PID-3.8.1".to_owned()));
    let sent = first(message, "MSH", 7, &["MSH-7.1"])?;
    if let (Some(ended), Some(sent)) = (
        ended.as_deref().and_then(|day| day.get(..8)),
        sent.as_deref().and_then(|day| day.get(..8)),
    ) && ended < sent
    {
        return Err(Hl7Fault::NumberEnded);
    }
    for repetition in 2..=MAX_PARTS {
        let (other, of_kind) = (text(format!("PID-3({repetition}).1")), text(format!("PID-3({repetition}).5")));
        let is_other_number = other.is_some_and(|other| other != number);
        let is_told_apart = kind.as_deref() == Some("PI") && of_kind.is_some_and(|of| of != "PI");
        if is_other_number && !is_told_apart {
            return Err(Hl7Fault::SeveralNumbers);
        }
    }
    Ok(number)
}

/// Searches the segments with the name `segment` for a value of `field` under one of `names`, and returns the first value.
pub(super) fn first(message: &Message, segment: &str, field: usize, names: &[&str]) -> Result<Option<String>, Hl7Fault> {
    for mut values in all(message, segment, field)? {
        for name in names {
            if let Some(Field::Value(value)) = values.remove(*name) {
                return Ok(Some(value));
            }
        }
    }
    Ok(None)
}

/// The values of `field` in each segment with the name `segment`.
pub(super) fn all(message: &Message, segment: &str, field: usize) -> Result<Vec<BTreeMap<String, Field>>, Hl7Fault> {
    let mut all = Vec::new();
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
        all.push(values.fields);
    }
    Ok(all)
}

fn is_long_time(time: &str) -> bool {
    let digits = time.bytes().take_while(u8::is_ascii_digit).count();
    (15..=17).contains(&digits)
}
