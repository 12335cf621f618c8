//! A JSON parser that loses no part of the document.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Value};

use crate::error::BeaconError;

/// A JSON value in which no object contains a member twice. `serde_json` alone silently keeps the last of two equal members. A restriction in
/// the request could then be ignored.
struct Unambiguous(Value);

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UnambiguousVisitor).map(Self)
    }
}

struct UnambiguousVisitor;

impl<'de> Visitor<'de> for UnambiguousVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
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

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Unambiguous(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((name, Unambiguous(value))) = members.next_entry::<String, Unambiguous>()? {
            if map.insert(name, value).is_some() {
                return Err(A::Error::custom("a member twice"));
            }
        }
        Ok(Value::Object(map))
    }
}

/// Parses one JSON document. Nesting beyond `serde_json`'s limit of 128 is an error.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, BeaconError> {
    serde_json::from_slice::<Unambiguous>(bytes)
        .map(|document| document.0)
        .map_err(|error| match error.classify() {
            // The visitor accepts every kind of value, so a duplicate member is the only possible data error.
            Category::Data => BeaconError::DuplicateMember {
                line: error.line(),
                column: error.column(),
            },
            Category::Io | Category::Syntax | Category::Eof => BeaconError::NotJson {
                line: error.line(),
                column: error.column(),
            },
        })
}

/// An object's members, without `null` members: an absent and a `null` member are equal in a Beacon request.
pub(crate) fn members(name: &'static str, value: Value) -> Result<Map<String, Value>, BeaconError> {
    match value {
        Value::Object(map) => Ok(map.into_iter().filter(|(_, v)| !v.is_null()).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(BeaconError::invalid(name, "a JSON object is expected"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duplicate_member_is_an_error_at_any_depth() {
        for text in [r#"{"a":1,"a":1}"#, r#"{"b":[{"a":1,"\u0061":2}]}"#] {
            assert!(matches!(parse(text.as_bytes()), Err(BeaconError::DuplicateMember { .. })), "{text}");
        }
    }

    #[test]
    fn every_other_document_parses_as_in_serde_json() {
        for text in [
            r#"{"a":[1,-2,3.5,true,null,"x"],"b":{}}"#,
            "[]",
            "18446744073709551615",
            r#""\ud83d\ude00""#,
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        }
    }

    #[test]
    fn malformed_and_too_deeply_nested_documents_are_rejected() {
        for text in ["", "{", "nope", "[1,]", "{} {}", "\u{feff}{}"] {
            assert!(matches!(parse(text.as_bytes()), Err(BeaconError::NotJson { .. })), "{text}");
        }
        assert!(matches!(parse("[".repeat(100_000).as_bytes()), Err(BeaconError::NotJson { .. })));
        assert!(matches!(parse(&[b'"', 0xff, b'"']), Err(BeaconError::NotJson { .. })));
    }
}
