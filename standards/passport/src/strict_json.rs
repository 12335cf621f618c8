//! JSON without duplicate member names.
//!
//! serde_json keeps the last of two equal member names. Two parsers that keep different members would read different statements from one
//! signed text. A duplicate at any level is therefore rejected, also if one of the names is written with escapes (`"\u0069ss"`).

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value};

use crate::limits::JSON_MAX_DEPTH;

/// Why a text is not acceptable JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonFault {
    /// Not JSON, not UTF-8, a number out of range, or further text after the end.
    #[error("not a JSON text")]
    NotJson,
    /// JSON, but not an object.
    #[error("not a JSON object")]
    NotObject,
    /// A member name occurs twice in one object.
    #[error("a member name occurs twice")]
    DuplicateMember,
    /// Nested deeper than [`JSON_MAX_DEPTH`].
    #[error("nested too deeply")]
    TooDeep,
}

/// Parses one JSON object. Rejects duplicate member names at every level and nesting beyond [`JSON_MAX_DEPTH`].
///
/// # Errors
/// See [`JsonFault`].
pub fn parse_json_object(bytes: &[u8]) -> Result<Map<String, Value>, JsonFault> {
    let fault = Cell::new(JsonFault::NotJson);
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: 0, fault: &fault }
        .deserialize(&mut deserializer)
        .map_err(|_| fault.get())?;
    deserializer.end().map_err(|_| JsonFault::NotJson)?;
    match value {
        Value::Object(object) => Ok(object),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Err(JsonFault::NotObject),
    }
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    depth: usize,
    fault: &'a Cell<JsonFault>,
}

impl Strict<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= JSON_MAX_DEPTH {
            self.fault.set(JsonFault::TooDeep);
            return Err(E::custom("too deep"));
        }
        Ok(Self {
            depth: self.depth + 1,
            fault: self.fault,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
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

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let Entry::Vacant(place) = object.entry(name) else {
                self.fault.set(JsonFault::DuplicateMember);
                return Err(A::Error::custom("duplicate member"));
            };
            place.insert(members.next_value_seed(inner)?);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_object_parses_as_in_serde_json() {
        let text = r#"{"a":1,"b":[true,null,{"c":"\u00e9"}],"d":-2,"e":1.5,"f":18446744073709551615}"#;
        let expected: Value = serde_json::from_str(text).unwrap();
        assert_eq!(Value::Object(parse_json_object(text.as_bytes()).unwrap()), expected);
    }

    #[test]
    fn duplicates_are_rejected_at_every_level_and_behind_escapes() {
        for text in [
            r#"{"iss":"a","iss":"b"}"#,
            r#"{"iss":"a","\u0069ss":"b"}"#,
            r#"{"a":{"b":1,"b":1}}"#,
            r#"{"a":[0,{"b":1,"c":2,"b":1}]}"#,
        ] {
            assert_eq!(parse_json_object(text.as_bytes()), Err(JsonFault::DuplicateMember), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_not_exactly_one_json_object_is_rejected() {
        for text in [
            "",
            "null",
            "[]",
            "\"x\"",
            "{} {}",
            "{}x",
            "{\"a\":1e400}",
            "{'a':1}",
            "{\"a\":1,}",
            "\u{feff}{}",
            "{\"a\":\"\\ud800\"}",
        ] {
            assert!(parse_json_object(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(parse_json_object(b"{\"a\":\"\xff\"}"), Err(JsonFault::NotJson));
    }

    #[test]
    fn nesting_is_bounded_without_using_the_stack() {
        let nested = |n: usize| format!("{{\"a\":{}0{}}}", "[".repeat(n), "]".repeat(n));
        assert!(parse_json_object(nested(JSON_MAX_DEPTH - 1).as_bytes()).is_ok());
        assert_eq!(parse_json_object(nested(JSON_MAX_DEPTH).as_bytes()), Err(JsonFault::TooDeep));
        assert_eq!(parse_json_object(nested(100_000).as_bytes()), Err(JsonFault::TooDeep));
    }
}
