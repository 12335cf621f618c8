//! A JSON parser that loses no member of a document.
//!
//! serde_json keeps the last of two members with equal names. Two parsers that keep different members would read different statements from one
//! text. This parser therefore rejects a duplicate member at any level, also if one of the names is written with escapes (`"\u0069ss"`). The
//! parser also limits the nesting.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value};

/// Why a text is not accepted as JSON. The error repeats nothing from the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} (line {line}, column {column})")]
pub struct JsonFault {
    /// Why the text is not accepted.
    pub kind: JsonFaultKind,
    /// The line of the fault, counted from 1.
    pub line: usize,
    /// The column of the fault in the line, in bytes, counted from 1.
    pub column: usize,
}

/// The reason why a text is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonFaultKind {
    /// The text is not JSON, is not UTF-8, has a number out of range, or has further text after the end.
    #[error("not a JSON text")]
    NotJson,
    /// A member name occurs twice in one object.
    #[error("a member name occurs twice")]
    DuplicateMember,
    /// Arrays and objects are nested deeper than the maximum depth.
    #[error("nested too deeply")]
    TooDeep,
}

/// A rule that can rename the members of a parsed JSON document, for example from snake_case to camelCase. Two members of one object whose
/// names are equal after the renaming are duplicates.
pub trait MemberNames: Copy {
    /// Returns the name under which the member `name` is stored, and the rule for the names inside the member's value.
    fn kept(self, name: String) -> (String, Self);
}

/// The rule of [`parse`]: every member keeps its name as written.
#[derive(Clone, Copy, Debug)]
struct AsWritten;

impl MemberNames for AsWritten {
    fn kept(self, name: String) -> (String, Self) {
        (name, self)
    }
}

/// Parses one JSON value. At most `max_depth` arrays and objects may contain one another; more than 127 are always rejected (serde_json's limit).
///
/// # Errors
/// [`JsonFault`] if the text is not valid JSON, has a duplicate member or is nested too deeply.
pub fn parse(bytes: &[u8], max_depth: usize) -> Result<Value, JsonFault> {
    parse_with_names(bytes, max_depth, AsWritten)
}

/// Parses one JSON value as [`parse`] does, and renames its members by the rule `names`.
///
/// # Errors
/// [`JsonFault`] if the text is not valid JSON, has a duplicate member or is nested too deeply.
pub fn parse_with_names<N: MemberNames>(bytes: &[u8], max_depth: usize, names: N) -> Result<Value, JsonFault> {
    let kind = Cell::new(JsonFaultKind::NotJson);
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let strict = Strict {
        depth_left: max_depth,
        names,
        kind: &kind,
    };
    let value = strict
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| JsonFault {
        kind: kind.get(),
        line: error.line(),
        column: error.column(),
    })
}

/// The serde visitor that parses one JSON value.
#[derive(Clone, Copy)]
struct Strict<'a, N> {
    depth_left: usize,
    names: N,
    kind: &'a Cell<JsonFaultKind>,
}

impl<N: MemberNames> Strict<'_, N> {
    fn inside<E: Error>(self) -> Result<Self, E> {
        match self.depth_left.checked_sub(1) {
            Some(depth_left) => Ok(Self { depth_left, ..self }),
            None => {
                self.kind.set(JsonFaultKind::TooDeep);
                Err(E::custom("too deep"))
            }
        }
    }
}

impl<'de, N: MemberNames> DeserializeSeed<'de> for Strict<'_, N> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, N: MemberNames> Visitor<'de> for Strict<'_, N> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let (name, names) = self.names.kept(name);
            let Entry::Vacant(place) = object.entry(name) else {
                self.kind.set(JsonFaultKind::DuplicateMember);
                return Err(A::Error::custom("a member twice"));
            };
            place.insert(members.next_value_seed(Strict { names, ..inside })?);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn kind(text: &str, depth: usize) -> Option<JsonFaultKind> {
        parse(text.as_bytes(), depth).err().map(|fault| fault.kind)
    }

    #[test]
    fn a_duplicate_is_rejected_at_every_level_and_behind_escapes() {
        for text in [r#"{"a":1,"a":1}"#, r#"{"iss":"a","\u0069ss":"b"}"#, r#"{"b":[{"a":1,"a":2}]}"#] {
            assert_eq!(kind(text, 64), Some(JsonFaultKind::DuplicateMember), "{text}");
        }
        assert_eq!(kind(r#"{"a":{"b":1},"b":{"a":1}}"#, 64), None);
    }

    #[test]
    fn nesting_is_limited_and_deep_text_ends_in_an_error() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(kind(&nested(5), 5), None);
        assert_eq!(kind(&nested(6), 5), Some(JsonFaultKind::TooDeep));
        assert_eq!(kind(&"[".repeat(1_000_000), 100), Some(JsonFaultKind::TooDeep));
        assert_eq!(
            kind(&"[".repeat(1_000_000), 1_000_000),
            Some(JsonFaultKind::NotJson),
            "the limit of serde_json"
        );
    }

    #[test]
    fn other_faults_have_their_position() {
        let fault = parse(b"{\n \"a\": x}", 5).unwrap_err();
        assert_eq!((fault.kind, fault.line, fault.column), (JsonFaultKind::NotJson, 2, 7));
        for text in ["", "{} {}", "{", "nope", "1e999"] {
            assert_eq!(kind(text, 5), Some(JsonFaultKind::NotJson), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_document_without_duplicates_parses_as_in_serde_json(
            names in prop::collection::btree_set("[a-z\\\\\"é]{1,3}", 0..6),
            number in any::<f64>(),
            text in ".{0,8}",
        ) {
            let mut object = Map::new();
            for (at, name) in names.into_iter().enumerate() {
                let value = match at % 4 {
                    0 => Value::from(number),
                    1 => Value::from(text.clone()),
                    2 => Value::Array(vec![Value::Null, Value::Bool(true), Value::from(at)]),
                    _ => Value::Object(object.clone()),
                };
                object.insert(name, value);
            }
            let written = serde_json::to_vec(&object).unwrap();
            let expected: Value = serde_json::from_slice(&written).unwrap();
            prop_assert_eq!(parse(&written, 20).unwrap(), expected);
        }
    }
}
