//! Converts the segments of a message to records.

use std::collections::BTreeMap;

use super::admitted::{has_no_components, is_admitted, is_admitted_type};
use super::field::Values;
use super::grammar::{Around, Place};
use super::{Hl7Fault, Message, MessageKind};
use crate::unit::{Field, Record};

/// The admitted segments and fields of a message, as records. A parent comes before its children.
pub(super) fn records(message: &Message, kind: MessageKind) -> Result<Vec<Record>, Hl7Fault> {
    let mut records = Vec::new();
    let mut around = Around::default();
    let mut count = 0;
    for segment in &message.segments {
        let parent = match around.place(kind, segment.name(), records.len(), segment.offset)? {
            Place::Outermost => None,
            Place::Inside(parent) => Some(parent),
            Place::Nowhere => continue,
        };
        let mut values = Values {
            delimiters: message.delimiters,
            encoding: message.encoding,
            offset: segment.offset,
            count: &mut count,
            fields: BTreeMap::new(),
        };
        // If the type of the value has no components, `^` and `&` are part of the value (`2^3`, `1&2`).
        let is_result = segment.name() == "OBX";
        let value_type = is_result.then(|| segment.fields(message.delimiters.field).find(|(number, _)| *number == 2));
        let is_whole = value_type.flatten().is_some_and(|(_, text)| has_no_components(text.trim()));
        for (number, text) in segment.fields(message.delimiters.field) {
            if is_admitted(segment.name(), number) {
                let name = format!("{}-{number}", segment.name());
                match is_result && number == 5 && is_whole {
                    true => values.whole_field(&name, text)?,
                    false => values.field(&name, text)?,
                }
            }
        }
        let mut fields = values.fields;
        if segment.name() == "OBX" && !matches!(fields.get("OBX-2"), Some(Field::Value(value_type)) if is_admitted_type(value_type)) {
            fields.retain(|name, _| !is_value(name));
        }
        records.push(Record {
            kind: segment.name().to_owned(),
            parent,
            offset: Some(segment.offset),
            fields,
        });
    }
    Ok(records)
}

/// Whether the name of a field belongs to OBX-5 (the result value).
fn is_value(name: &str) -> bool {
    name.strip_prefix("OBX-5")
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
}
