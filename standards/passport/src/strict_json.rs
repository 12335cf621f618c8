//! Parses the JSON of tokens and documents of passports into objects without duplicate member names.

use ga4gh_service_info::strict_json::{self, JsonFaultKind};
use serde_json::{Map, Value};

use crate::limits::JSON_MAX_DEPTH;

/// Why a text is not acceptable JSON for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonFault {
    /// The text is not JSON, is not UTF-8, has a number out of range, or has further text after the end.
    #[error("not a JSON text")]
    NotJson,
    /// The text is JSON, but not an object.
    #[error("not a JSON object")]
    NotObject,
    /// A member name occurs twice in one object.
    #[error("a member name occurs twice")]
    DuplicateMember,
    /// Arrays and objects are nested deeper than [`JSON_MAX_DEPTH`].
    #[error("nested too deeply")]
    TooDeep,
}

/// Parses one JSON object. Rejects duplicate member names at every level and nesting beyond [`JSON_MAX_DEPTH`].
///
/// # Errors
/// [`JsonFault`] states why the text is not accepted.
pub fn parse_json_object(bytes: &[u8]) -> Result<Map<String, Value>, JsonFault> {
    let value = strict_json::parse(bytes, JSON_MAX_DEPTH).map_err(|fault| match fault.kind {
        JsonFaultKind::NotJson => JsonFault::NotJson,
        JsonFaultKind::DuplicateMember => JsonFault::DuplicateMember,
        JsonFaultKind::TooDeep => JsonFault::TooDeep,
    })?;
    match value {
        Value::Object(object) => Ok(object),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Err(JsonFault::NotObject),
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
    fn nesting_beyond_the_limit_is_rejected_at_any_depth() {
        let nested = |n: usize| format!("{{\"a\":{}0{}}}", "[".repeat(n), "]".repeat(n));
        assert!(parse_json_object(nested(JSON_MAX_DEPTH - 1).as_bytes()).is_ok());
        assert_eq!(parse_json_object(nested(JSON_MAX_DEPTH).as_bytes()), Err(JsonFault::TooDeep));
        assert_eq!(parse_json_object(nested(100_000).as_bytes()), Err(JsonFault::TooDeep));
    }
}
