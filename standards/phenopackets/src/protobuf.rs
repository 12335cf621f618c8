//! Reads the protobuf form of a packet into the document of its JSON form.
//!
//! The reader follows the wire format (protobuf.dev, "Encoding") with the list of members in [`crate::schema`]. It is stricter than a protobuf
//! library in two places, because a library would silently change what the packet states about a person:
//!
//! * A member that is not a list and occurs twice is refused. A library merges the two values, so two packets written one after the other would
//!   become one person.
//! * A member with another wire type than the specification's is refused. A library treats it as unknown and drops it.
//!
//! A field that the specification does not have is kept under the name `(field NUMBER)`, so that it is counted and not lost silently.

mod timestamp;
mod wire;

use serde_json::{Map, Value};

use crate::document::{Document, MAX_DEPTH, MAX_PACKET_BYTES, MAX_VALUES};
use crate::error::PhenopacketError;
use crate::schema::{Field, Kind, message};
use wire::{Payload, Wire};

/// A message that can be the content of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopLevel {
    /// One packet.
    Phenopacket,
    /// A proband with relatives.
    Family,
    /// A group of packets.
    Cohort,
}

impl TopLevel {
    /// Every kind of message.
    pub const ALL: [Self; 3] = [Self::Phenopacket, Self::Family, Self::Cohort];

    fn name(self) -> &'static str {
        match self {
            Self::Phenopacket => "Phenopacket",
            Self::Family => "Family",
            Self::Cohort => "Cohort",
        }
    }
}

/// Reads one message in the protobuf form. The bytes do not state the kind of the message; see [`recognise_protobuf`].
///
/// # Errors
/// [`PhenopacketError::NotProtobuf`], [`PhenopacketError::RepeatedField`], [`PhenopacketError::TooLarge`], [`PhenopacketError::TooDeep`],
/// [`PhenopacketError::TooManyValues`].
pub fn from_protobuf(bytes: &[u8], kind: TopLevel) -> Result<Document, PhenopacketError> {
    if bytes.len() > MAX_PACKET_BYTES {
        return Err(PhenopacketError::TooLarge {
            limit_bytes: MAX_PACKET_BYTES,
        });
    }
    let mut reader = Reader {
        values_left: MAX_VALUES,
        path: Vec::new(),
    };
    let members = reader.message(&mut Wire::new(bytes), kind.name())?;
    Ok(Document::of_canonical(Value::Object(members)))
}

/// Reads a message in the protobuf form and finds its kind; `None` if the bytes are none of the kinds, or could be more than one.
///
/// The bytes of a message do not name its kind, so a `Family` can sometimes be read as a `Phenopacket` whose subject has odd identifiers. A kind
/// is possible only if the bytes have its required members and no control characters in texts. If several kinds are possible, only those without
/// unknown fields remain.
#[must_use]
pub fn recognise_protobuf(bytes: &[u8]) -> Option<(TopLevel, Document)> {
    let mut possible: Vec<(TopLevel, Document)> = TopLevel::ALL
        .into_iter()
        .filter_map(|kind| Some((kind, from_protobuf(bytes, kind).ok()?)))
        .filter(|(kind, document)| has_required(document.as_value(), *kind) && has_only_text(document.as_value()))
        .collect();
    if possible.len() > 1 {
        possible.retain(|(_, document)| !has_unknown_field(document.as_value()));
    }
    possible.pop().filter(|_| possible.is_empty())
}

/// Whether the document has the members without which it cannot be a message of this kind. A single packet without `metaData` is possible, and is
/// refused later with the reason.
fn has_required(value: &Value, kind: TopLevel) -> bool {
    let is_packet = |packet: &Value| packet.pointer("/subject/id").is_some_and(Value::is_string);
    match kind {
        TopLevel::Phenopacket => is_packet(value),
        // Without its proband, which is required, a family could not be told from a cohort.
        TopLevel::Family => value.get("proband").is_some_and(is_packet),
        TopLevel::Cohort => value.pointer("/members/0").is_some_and(is_packet),
    }
}

/// Whether no text has a control character other than a tabulator or the end of a line. A field that the specification does not have can contain a
/// message, so its bytes are not judged.
fn has_only_text(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')),
        Value::Array(items) => items.iter().all(has_only_text),
        Value::Object(members) => members
            .iter()
            .all(|(name, value)| unknown_field(name).is_some() || has_only_text(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

fn has_unknown_field(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_unknown_field),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| unknown_field(name).is_some() || has_unknown_field(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// The number in the name of a field that the specification does not have (`(field 99)`); `None` for any other name.
#[must_use]
pub fn unknown_field(name: &str) -> Option<u32> {
    let digits = name.strip_prefix("(field ")?.strip_suffix(')')?;
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

struct Reader {
    values_left: u32,
    /// The names of the members that the reader has entered.
    path: Vec<&'static str>,
}

impl Reader {
    fn message(&mut self, wire: &mut Wire<'_>, of: &'static str) -> Result<Map<String, Value>, PhenopacketError> {
        if self.path.len() >= MAX_DEPTH {
            return Err(PhenopacketError::TooDeep { limit: MAX_DEPTH });
        }
        let known = message(of);
        let mut members = Map::new();
        // A default value is not stored, but its second occurrence is still a second occurrence.
        let mut seen: Vec<u32> = Vec::new();
        while let Some((number, payload)) = wire.next()? {
            self.values_left = self
                .values_left
                .checked_sub(1)
                .ok_or(PhenopacketError::TooManyValues { limit: MAX_VALUES })?;
            let Some(field) = known.by_number(number) else {
                keep_unknown(&mut members, number, payload);
                continue;
            };
            self.path.push(field.name);
            if !field.is_repeated && field.kind != Kind::TextMap {
                if seen.contains(&number) {
                    return Err(PhenopacketError::RepeatedField { pointer: self.pointer() });
                }
                seen.push(number);
            }
            self.member(&mut members, field, payload, wire)?;
            self.path.pop();
        }
        Ok(members)
    }

    fn member(
        &mut self,
        members: &mut Map<String, Value>,
        field: &Field,
        payload: Payload<'_>,
        wire: &Wire<'_>,
    ) -> Result<(), PhenopacketError> {
        if field.kind == Kind::TextMap {
            let (key, value) = self.entry(payload, wire)?;
            let map = members.entry(field.name).or_insert_with(|| Value::Object(Map::new()));
            if map.as_object_mut().is_none_or(|map| map.insert(key, value).is_some()) {
                return Err(PhenopacketError::RepeatedField { pointer: self.pointer() });
            }
            return Ok(());
        }
        let Some(value) = self.value(field, payload, wire)? else {
            return Ok(());
        };
        if field.is_repeated {
            let list = members.entry(field.name).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(items) = list {
                items.push(value);
            }
        } else {
            members.insert(field.name.to_owned(), value);
        }
        Ok(())
    }

    /// The value of a member; `None` for a default value that means the same as its absence.
    fn value(&mut self, field: &Field, payload: Payload<'_>, wire: &Wire<'_>) -> Result<Option<Value>, PhenopacketError> {
        let keeps_default = field.is_repeated || field.is_alternative;
        let value = match (field.kind, payload) {
            (Kind::Text, Payload::Bytes(bytes)) => {
                let text = std::str::from_utf8(bytes).map_err(|_| wire.fault())?;
                (keeps_default || !text.is_empty()).then(|| Value::from(text))
            }
            (Kind::Bool, Payload::Varint(number)) => (keeps_default || number != 0).then(|| Value::from(number != 0)),
            (Kind::Signed, Payload::Varint(number)) => {
                // A negative `int32` is written as the 64-bit number with the same bits.
                let number = i32::try_from(number.cast_signed()).map_err(|_| wire.fault())?;
                (keeps_default || number != 0).then(|| Value::from(number))
            }
            (Kind::Unsigned { bits }, Payload::Varint(number)) => {
                if bits < 64 && number >> bits != 0 {
                    return Err(wire.fault());
                }
                (keeps_default || number != 0).then(|| Value::from(number))
            }
            (Kind::Enumeration(values), Payload::Varint(number)) => match values.name(number) {
                Some(name) => (keeps_default || number != 0).then(|| Value::from(name)),
                // A value of a later version. It stays a number, so that a member that is read refuses it.
                None => Some(Value::from(number)),
            },
            (Kind::Double, Payload::Fixed64(bits)) => {
                let number = f64::from_bits(bits);
                let value = serde_json::Number::from_f64(number).map_or_else(|| Value::from(not_finite(number)), Value::Number);
                (keeps_default || number != 0.0).then_some(value)
            }
            (Kind::Timestamp, Payload::Bytes(bytes)) => Some(self.timestamp(&mut wire.inside(bytes))?),
            (Kind::Message(of), Payload::Bytes(bytes)) => Some(Value::Object(self.message(&mut wire.inside(bytes), of)?)),
            _ => return Err(wire.fault()),
        };
        Ok(value)
    }

    fn entry(&mut self, payload: Payload<'_>, wire: &Wire<'_>) -> Result<(String, Value), PhenopacketError> {
        let Payload::Bytes(bytes) = payload else { return Err(wire.fault()) };
        let mut inside = wire.inside(bytes);
        let mut texts = [None, None];
        while let Some((number, payload)) = inside.next()? {
            let place = match number {
                1 => texts.first_mut(),
                2 => texts.last_mut(),
                _ => None,
            };
            let (Some(place @ None), Payload::Bytes(bytes)) = (place, payload) else {
                return Err(wire.fault());
            };
            *place = Some(std::str::from_utf8(bytes).map_err(|_| wire.fault())?.to_owned());
        }
        let [key, value] = texts;
        Ok((key.unwrap_or_default(), Value::from(value.unwrap_or_default())))
    }

    /// A `google.protobuf.Timestamp` as text in RFC 3339, as the proto3 JSON mapping writes it.
    fn timestamp(&mut self, wire: &mut Wire<'_>) -> Result<Value, PhenopacketError> {
        let (mut seconds, mut nanos) = (None, None);
        while let Some((number, payload)) = wire.next()? {
            match (number, payload) {
                (1, Payload::Varint(number)) if seconds.is_none() => seconds = Some(number.cast_signed()),
                (2, Payload::Varint(number)) if nanos.is_none() => nanos = Some(number.cast_signed()),
                _ => return Err(wire.fault()),
            }
        }
        let text = timestamp::text(seconds.unwrap_or(0), nanos.unwrap_or(0));
        text.map(Value::from).ok_or_else(|| PhenopacketError::InvalidValue {
            pointer: self.pointer(),
            expected: "a time between the years 1 and 9999",
        })
    }

    fn pointer(&self) -> String {
        self.path.iter().flat_map(|name| ["/", name]).collect()
    }
}

/// Keeps a field that the specification does not have, under its number. Its content has no meaning here; it is kept so that a packet with other
/// content has another digest.
fn keep_unknown(members: &mut Map<String, Value>, number: u32, payload: Payload<'_>) {
    let content = match payload {
        Payload::Varint(number) | Payload::Fixed64(number) => Value::from(number),
        Payload::Fixed32(number) => Value::from(number),
        Payload::Bytes(bytes) | Payload::Group(bytes) => Value::from(bytes.iter().map(|b| char::from(*b)).collect::<String>()),
    };
    let list = members
        .entry(format!("(field {number})"))
        .or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(items) = list {
        items.push(content);
    }
}

/// The proto3 JSON text of a number that JSON does not have.
fn not_finite(number: f64) -> &'static str {
    if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

#[cfg(test)]
mod tests;
