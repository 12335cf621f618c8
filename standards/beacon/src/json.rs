//! A JSON parser that loses no part of the document.

use ga4gh_service_info::strict_json::{self, JsonFault, JsonFaultKind};
use serde_json::{Map, Value};

use crate::error::BeaconError;

/// The deepest accepted nesting of arrays and objects.
const MAX_DEPTH: usize = 127;

/// Parses one JSON document without duplicate members. If a duplicate were accepted, a restriction in the request could be lost.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, BeaconError> {
    strict_json::parse(bytes, MAX_DEPTH).map_err(|JsonFault { kind, line, column }| match kind {
        JsonFaultKind::DuplicateMember => BeaconError::DuplicateMember { line, column },
        JsonFaultKind::NotJson | JsonFaultKind::TooDeep => BeaconError::NotJson { line, column },
    })
}

/// The members of an object, without `null` members. In a Beacon request, a `null` member means the same as an absent member.
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
