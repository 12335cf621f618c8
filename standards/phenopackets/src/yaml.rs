//! Reads the YAML form of a packet into the document of its JSON form.
//!
//! YAML gives a type to a text without quotation marks: `007` can be a number, `NO` a boolean. The reader therefore follows the list of members in
//! [`crate::schema`]. A member that the specification defines as a text keeps its characters as written, and no other type is tried.
//!
//! The reader refuses what would change the content silently or need memory without limit: merge keys (`<<`), tags of applications, a key that
//! occurs twice, and more values than [`MAX_VALUES`] after aliases are replaced.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value};

use crate::document::{Document, MAX_DEPTH, MAX_VALUES, camel_case};
use crate::error::PhenopacketError;
use crate::schema::{ANY_DOCUMENT, Kind, message};

/// The largest accepted YAML document, in bytes. It is smaller than that of the other forms, because the parser needs about 100 bytes of memory for
/// each byte of the worst document.
pub const MAX_YAML_BYTES: usize = 4 << 20;
/// The largest amount of text after aliases are replaced, in bytes.
const MAX_TEXT_BYTES: usize = 4 * MAX_YAML_BYTES;
/// The deepest nesting of brackets before the parser sees the text. The parser needs time in proportion to the depth for each token.
const MAX_BRACKETS: usize = 1000;

/// Reads one YAML document. The result can contain a packet, a `Family`, a `Cohort`, or a list of these; `None` if the document is empty.
///
/// # Errors
/// [`PhenopacketError::TooLarge`], [`PhenopacketError::NotYaml`], [`PhenopacketError::TooDeep`], [`PhenopacketError::TooManyValues`],
/// [`PhenopacketError::DuplicateMember`], [`PhenopacketError::MergeKey`].
pub fn from_yaml(bytes: &[u8]) -> Result<Option<Document>, PhenopacketError> {
    if bytes.len() > MAX_YAML_BYTES {
        return Err(PhenopacketError::TooLarge {
            limit_bytes: MAX_YAML_BYTES,
        });
    }
    if has_deep_brackets(bytes) {
        return Err(PhenopacketError::TooDeep { limit: MAX_DEPTH });
    }
    let limits = Limits {
        values_left: Cell::new(MAX_VALUES),
        text_left: Cell::new(MAX_TEXT_BYTES),
        fault: Cell::new(Fault::Syntax),
    };
    let root = Typed {
        shape: Shape::Message(ANY_DOCUMENT),
        depth_left: MAX_DEPTH,
        limits: &limits,
    };
    let mut documents = serde_norway::Deserializer::from_slice(bytes);
    let first = documents.next().map_or(Ok(Value::Null), |document| root.deserialize(document));
    let value = first.map_err(|error| limits.error(&error))?;
    if documents.next().is_some() {
        return Err(PhenopacketError::NotYaml { line: 0, column: 0 });
    }
    Ok((!value.is_null()).then(|| Document::of_parsed(value)))
}

fn has_deep_brackets(bytes: &[u8]) -> bool {
    let mut depth = 0_usize;
    bytes.iter().any(|byte| {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > MAX_BRACKETS
    })
}

/// Why the visitor stopped. The parser's own error text can contain values of the document, so only this reason and the place are kept.
#[derive(Clone, Copy)]
enum Fault {
    Syntax,
    Duplicate,
    TooDeep,
    TooMany,
    MergeKey,
}

/// The limits of one document.
struct Limits {
    values_left: Cell<u32>,
    text_left: Cell<usize>,
    fault: Cell<Fault>,
}

impl Limits {
    fn stop<E: Error>(&self, fault: Fault) -> E {
        self.fault.set(fault);
        E::custom("stopped")
    }

    fn value<E: Error>(&self) -> Result<(), E> {
        let left = self.values_left.get().checked_sub(1).ok_or_else(|| self.stop(Fault::TooMany))?;
        self.values_left.set(left);
        Ok(())
    }

    fn text<E: Error>(&self, text: &str) -> Result<(), E> {
        let left = self
            .text_left
            .get()
            .checked_sub(text.len())
            .ok_or_else(|| self.stop(Fault::TooMany))?;
        self.text_left.set(left);
        Ok(())
    }

    fn error(&self, error: &serde_norway::Error) -> PhenopacketError {
        let (line, column) = error.location().map_or((0, 0), |place| (place.line(), place.column()));
        match self.fault.get() {
            // The parser itself refuses a document in which aliases are replaced far more often than it has tokens.
            Fault::Syntax if error.to_string().starts_with("repetition limit") => PhenopacketError::TooManyValues { limit: MAX_VALUES },
            Fault::Syntax => PhenopacketError::NotYaml { line, column },
            Fault::Duplicate => PhenopacketError::DuplicateMember { line, column },
            Fault::TooDeep => PhenopacketError::TooDeep { limit: MAX_DEPTH },
            Fault::TooMany => PhenopacketError::TooManyValues { limit: MAX_VALUES },
            Fault::MergeKey => PhenopacketError::MergeKey { line, column },
        }
    }
}

/// The expected shape of a value.
#[derive(Clone, Copy)]
enum Shape {
    /// A text, as written.
    Text,
    /// A map from texts to texts, whose keys stay as written.
    TextMap,
    /// A message, or a list of messages.
    Message(&'static str),
    /// A list of texts.
    Texts,
    /// A number, a boolean, a value of an enumeration, or a value that the specification does not have.
    Any,
}

impl Shape {
    fn of_member(of: &'static str, name: &str) -> Self {
        let Some(field) = message(of).by_name(name) else { return Self::Any };
        match (field.kind, field.is_repeated) {
            (Kind::Text | Kind::Timestamp, false) => Self::Text,
            (Kind::Text | Kind::Timestamp, true) => Self::Texts,
            (Kind::TextMap, _) => Self::TextMap,
            (Kind::Message(of), _) => Self::Message(of),
            (Kind::Bool | Kind::Signed | Kind::Unsigned { .. } | Kind::Double | Kind::Enumeration(_), _) => Self::Any,
        }
    }

    fn of_item(self) -> Self {
        match self {
            Self::Message(of) => Self::Message(of),
            Self::Texts => Self::Text,
            Self::Text | Self::TextMap | Self::Any => Self::Any,
        }
    }
}

#[derive(Clone, Copy)]
struct Typed<'l> {
    shape: Shape,
    depth_left: usize,
    limits: &'l Limits,
}

impl<'l> Typed<'l> {
    fn inside<E: Error>(self, shape: Shape) -> Result<Self, E> {
        match self.depth_left.checked_sub(1) {
            Some(depth_left) => Ok(Self { shape, depth_left, ..self }),
            None => Err(self.limits.stop(Fault::TooDeep)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Typed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.limits.value()?;
        match self.shape {
            // A text without quotation marks can still be `null` or `~`. The parser decides this before it reads the text.
            Shape::Text => deserializer.deserialize_option(self),
            Shape::TextMap | Shape::Message(_) | Shape::Texts | Shape::Any => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Typed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_str(Verbatim(self.limits)).map(Value::String)
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

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.limits.text(value)?;
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.inside(self.shape.of_item())?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = members.next_key_seed(Verbatim(self.limits))? {
            if key == "<<" {
                return Err(self.limits.stop(Fault::MergeKey));
            }
            let (name, shape) = match self.shape {
                Shape::Message(of) => {
                    let name = camel_case(&key);
                    let shape = Shape::of_member(of, &name);
                    (name, shape)
                }
                Shape::TextMap => (key, Shape::Text),
                Shape::Text | Shape::Texts | Shape::Any => (camel_case(&key), Shape::Any),
            };
            let Entry::Vacant(place) = object.entry(name) else {
                return Err(self.limits.stop(Fault::Duplicate));
            };
            place.insert(members.next_value_seed(self.inside(shape)?)?);
        }
        Ok(Value::Object(object))
    }
}

/// A text as written.
struct Verbatim<'l>(&'l Limits);

impl<'de> DeserializeSeed<'de> for Verbatim<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Verbatim<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<String, E> {
        self.0.text(value)?;
        Ok(value.to_owned())
    }
}

#[cfg(test)]
mod tests;
