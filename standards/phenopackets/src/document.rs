//! Converts bytes to a JSON document in one spelling.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Value};

use crate::error::PhenopacketError;

/// The largest accepted packet, in bytes. Published packets have a few kilobytes.
pub const MAX_PACKET_BYTES: usize = 16 << 20;
/// The deepest accepted nesting. A variant's members are at a depth of about 10, and its VRS form is slightly deeper.
pub const MAX_DEPTH: usize = 64;

/// Members whose own members have names that the author chose. These names are not changed to camelCase.
const FREE_MAPS: [&str; 2] = ["individualToFileIdentifiers", "fileAttributes"];

/// A packet's JSON with its members in camelCase, without `null` members, and with no member twice.
///
/// `Debug` does not show the document, because it is a case.
#[derive(Clone, PartialEq)]
pub struct Document(Value);

impl Document {
    /// The document as a JSON value, for a schema validator.
    #[must_use]
    pub fn as_value(&self) -> &Value {
        &self.0
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Document(..)")
    }
}

/// Parses JSON into one spelling. A byte order mark at the start is skipped.
///
/// # Errors
/// [`PhenopacketError::TooLarge`], [`PhenopacketError::NotJson`], [`PhenopacketError::TooDeep`], [`PhenopacketError::DuplicateMember`].
pub fn normalise(bytes: &[u8]) -> Result<Document, PhenopacketError> {
    if bytes.len() > MAX_PACKET_BYTES {
        return Err(PhenopacketError::TooLarge {
            limit_bytes: MAX_PACKET_BYTES,
        });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let too_deep = Cell::new(false);
    let reader = Reader {
        depth: 0,
        verbatim: false,
        too_deep: &too_deep,
    };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    reader
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| Document(value)))
        .map_err(|error| match error.classify() {
            Category::Data if too_deep.get() => PhenopacketError::TooDeep { limit: MAX_DEPTH },
            // The reader accepts every kind of value, so the two errors that it raises itself are the only possible data errors.
            Category::Data => PhenopacketError::DuplicateMember {
                line: error.line(),
                column: error.column(),
            },
            Category::Io | Category::Syntax | Category::Eof => PhenopacketError::NotJson {
                line: error.line(),
                column: error.column(),
            },
        })
}

/// The camelCase spelling of a member: `phenotypic_features` becomes `phenotypicFeatures`.
fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        match letters.peek() {
            Some(next) if letter == '_' && !camel.is_empty() && next.is_ascii_alphanumeric() => {
                camel.push(next.to_ascii_uppercase());
                letters.next();
            }
            _ => camel.push(letter),
        }
    }
    camel
}

/// Parses one value at a depth.
#[derive(Clone, Copy)]
struct Reader<'c> {
    depth: usize,
    verbatim: bool,
    too_deep: &'c Cell<bool>,
}

impl Reader<'_> {
    fn below<E: serde::de::Error>(self, verbatim: bool) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            self.too_deep.set(true);
            return Err(E::custom("too deep"));
        }
        Ok(Self {
            depth: self.depth + 1,
            verbatim,
            ..self
        })
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
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
        let below = self.below(self.verbatim)?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(below)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let name = if self.verbatim { name } else { camel_case(&name) };
            let below = self.below(self.verbatim || FREE_MAPS.contains(&name.as_str()))?;
            let value = members.next_value_seed(below)?;
            if map.insert(name, value).is_some() {
                return Err(A::Error::custom("a member twice"));
            }
        }
        map.retain(|_, value| !value.is_null());
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Result<Value, PhenopacketError> {
        normalise(text.as_bytes()).map(|d| d.0)
    }

    #[test]
    fn members_have_one_spelling_and_null_is_absent() {
        let text = r#"{"phenotypic_features":[{"type":{"id":"a_b"},"onset":null}],"metaData":{"created_by":"x","_id":1,"a__b":2}}"#;
        assert_eq!(
            read(text).unwrap(),
            json!({"phenotypicFeatures":[{"type":{"id":"a_b"}}],"metaData":{"createdBy":"x","_id":1,"a_B":2}})
        );
    }

    #[test]
    fn names_that_authors_choose_stay_unchanged() {
        let text = r#"{"files":[{"individual_to_file_identifiers":{"patient_1":"a","patient1":"b"}}]}"#;
        assert_eq!(
            read(text).unwrap(),
            json!({"files":[{"individualToFileIdentifiers":{"patient_1":"a","patient1":"b"}}]})
        );
    }

    #[test]
    fn a_member_in_both_spellings_is_a_duplicate_member() {
        for text in [r#"{"metaData":{},"meta_data":{}}"#, r#"{"a":null,"a":1}"#] {
            assert!(matches!(read(text), Err(PhenopacketError::DuplicateMember { .. })), "{text}");
        }
    }

    #[test]
    fn depth_and_size_are_limited() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(read(&nested(MAX_DEPTH + 1)), Err(PhenopacketError::TooDeep { limit: MAX_DEPTH }));
        assert_eq!(read(&"[".repeat(1_000_000)), Err(PhenopacketError::TooDeep { limit: MAX_DEPTH }));
        let large = vec![b' '; MAX_PACKET_BYTES + 1];
        assert!(matches!(normalise(&large), Err(PhenopacketError::TooLarge { .. })));
    }

    #[test]
    fn a_byte_order_mark_is_skipped_and_trailing_text_is_rejected() {
        assert_eq!(read("\u{feff}{}").unwrap(), json!({}));
        for text in ["", "{} {}", "{", "\u{feff}", "nope"] {
            assert!(matches!(read(text), Err(PhenopacketError::NotJson { .. })), "{text}");
        }
    }
}
