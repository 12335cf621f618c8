//! Converts a packet to a JSON document in which all member names are in camelCase and every value has one spelling.

use std::fmt;

use ga4gh_service_info::strict_json::{JsonFault, JsonFaultKind, MemberNames, parse_with_names};
use serde_json::Value;

use crate::canonical::canonical;
use crate::error::PhenopacketError;
use crate::schema::{ANY_DOCUMENT, Kind, message};

/// The largest accepted packet, in bytes. Published packets have a few kilobytes.
pub const MAX_PACKET_BYTES: usize = 16 << 20;
/// The deepest accepted nesting of arrays and objects. A variant's members are at a depth of about 10, and its VRS form is slightly deeper.
pub const MAX_DEPTH: usize = 64;
/// The largest number of values in a document of a form in which a few bytes can be many values (protobuf, YAML).
pub const MAX_VALUES: u32 = 1_000_000;

/// Members whose value is a map with keys that the packet's author chose. These keys are not changed to camelCase.
const FREE_MAPS: [&str; 2] = ["individualToFileIdentifiers", "fileAttributes"];

/// A packet's JSON with all members in camelCase, without `null` members, without duplicate members, and with one spelling for values that the
/// proto3 JSON mapping treats alike. Default values are absent.
///
/// `Debug` does not show the document, because the document describes a patient.
#[derive(Clone, PartialEq)]
pub struct Document(Value);

impl Document {
    /// The document as a JSON value, for a schema validator.
    #[must_use]
    pub fn as_value(&self) -> &Value {
        &self.0
    }

    /// The document of a value whose members are in camelCase.
    pub(crate) fn of_parsed(value: Value) -> Self {
        let value = without_nulls(value);
        Self(match value {
            // Only the YAML form can have a list at its root.
            Value::Array(items) => Value::Array(items.into_iter().map(|item| canonical(item, ANY_DOCUMENT)).collect()),
            value => canonical(value, ANY_DOCUMENT),
        })
    }

    /// The document of a value that has the one spelling already.
    pub(crate) fn of_canonical(value: Value) -> Self {
        Self(value)
    }

    /// The content of one packet with only the members that the specification defines, at every depth. Members with other names are absent, because
    /// they can contain anything. So are members with a value of another type than the specification's.
    #[must_use]
    pub fn defined_members(&self) -> Value {
        defined(&self.0, "Phenopacket")
    }

    pub(crate) fn into_value(self) -> Value {
        self.0
    }

    /// The document as bytes that depend only on its content: JSON without white space, with members in the order of their names.
    #[must_use]
    pub fn to_canonical_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&self.0, &mut bytes);
        bytes
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Document(..)")
    }
}

/// Parses JSON, changes the member names to camelCase, removes `null` members and default values, and gives each value its one spelling. A byte
/// order mark at the start is skipped.
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
    let names = CamelCase { verbatim: false };
    let value = parse_with_names(bytes, MAX_DEPTH, names).map_err(|JsonFault { kind, line, column }| match kind {
        JsonFaultKind::NotJson => PhenopacketError::NotJson { line, column },
        JsonFaultKind::DuplicateMember => PhenopacketError::DuplicateMember { line, column },
        JsonFaultKind::TooDeep => PhenopacketError::TooDeep { limit: MAX_DEPTH },
    })?;
    Ok(Document::of_parsed(value))
}

fn write(value: &Value, to: &mut Vec<u8>) {
    match value {
        Value::Object(members) => {
            // The order of a map depends on a feature of serde_json that another crate of a build can set.
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            to.push(b'{');
            for (at, (name, value)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    to.push(b',');
                }
                to.extend(Value::from(name.as_str()).to_string().bytes());
                to.push(b':');
                write(value, to);
            }
            to.push(b'}');
        }
        Value::Array(items) => {
            to.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    to.push(b',');
                }
                write(item, to);
            }
            to.push(b']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => to.extend(value.to_string().bytes()),
    }
}

/// The members of a message that the specification defines.
fn defined(value: &Value, of: &'static str) -> Value {
    let known = message(of);
    let members = value.as_object().into_iter().flatten();
    let kept = members.filter_map(|(name, value)| {
        let field = known.by_name(name)?;
        let kept = match (field.is_repeated, value) {
            (true, Value::Array(items)) => Value::Array(items.iter().filter_map(|item| defined_single(item, field.kind)).collect()),
            (true, _) => return None,
            (false, value) => defined_single(value, field.kind)?,
        };
        Some((field.name.to_owned(), kept))
    });
    Value::Object(kept.collect())
}

fn defined_single(value: &Value, kind: Kind) -> Option<Value> {
    match (kind, value) {
        (Kind::Message(of), Value::Object(_)) => Some(defined(value, of)),
        (Kind::Text | Kind::Timestamp | Kind::Enumeration(_), Value::String(_))
        | (Kind::Bool, Value::Bool(_))
        | (Kind::Signed | Kind::Unsigned { .. } | Kind::Double | Kind::Enumeration(_), Value::Number(_))
        // proto3 writes a number that JSON does not have, and a 64-bit number, as a text.
        | (Kind::Signed | Kind::Unsigned { .. } | Kind::Double, Value::String(_)) => Some(value.clone()),
        (Kind::TextMap, Value::Object(members)) if members.values().all(Value::is_string) => Some(value.clone()),
        (
            Kind::Message(_)
            | Kind::Text
            | Kind::Timestamp
            | Kind::Enumeration(_)
            | Kind::Bool
            | Kind::Signed
            | Kind::Unsigned { .. }
            | Kind::Double
            | Kind::TextMap,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_),
        ) => None,
    }
}

/// The JSON value without its `null` members, at any level.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        Value::Object(members) => {
            let present = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(present.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// The camelCase spelling of a member name: `phenotypic_features` becomes `phenotypicFeatures`.
pub(crate) fn camel_case(name: &str) -> String {
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

/// Changes the names of members to camelCase. If `verbatim` is true, the author of the packet chose the names, and they stay as written.
#[derive(Clone, Copy)]
struct CamelCase {
    verbatim: bool,
}

impl MemberNames for CamelCase {
    fn kept(self, name: String) -> (String, Self) {
        let name = if self.verbatim { name } else { camel_case(&name) };
        let verbatim = self.verbatim || FREE_MAPS.contains(&name.as_str());
        (name, Self { verbatim })
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
    fn the_defined_members_of_a_packet_are_those_of_the_specification_at_every_depth() {
        let document = normalise(
            br#"{"id":"p","name":"x","subject":{"id":"s","address":{"a":1}},"phenotypicFeatures":[{"type":{"id":"HP:1","x":1}},"t"],
                "diseases":{},"measurements":[{"value":{"quantity":{"value":1.50}}}]}"#,
        );
        assert_eq!(
            document.unwrap().defined_members(),
            json!({"id":"p","subject":{"id":"s"},"phenotypicFeatures":[{"type":{"id":"HP:1"}}],"measurements":[{"value":{"quantity":{"value":1.5}}}]})
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
    fn a_document_above_the_depth_or_size_limit_is_rejected() {
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
