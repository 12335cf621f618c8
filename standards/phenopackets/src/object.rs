//! Reads typed members from a JSON object. The reader keeps its place in the document and counts the members that were not read.

use std::cell::Cell;
use std::fmt;

use serde_json::{Map, Value};

use crate::error::PhenopacketError;
use crate::schema::{Kind, message};

/// A place in the document, as a JSON pointer. It consists of names in this crate's source and of list positions, so it cannot contain data of
/// the document.
#[derive(Clone, Copy)]
pub(crate) enum Place<'p> {
    /// The whole document.
    Root,
    /// A member of an object.
    Member(&'p Place<'p>, &'static str),
    /// An item of a list, counted from 0.
    Item(&'p Place<'p>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(parent, name) => write!(f, "{parent}/{name}"),
            Self::Item(parent, at) => write!(f, "{parent}/{at}"),
        }
    }
}

/// The numbers of members that were not read so far: members of the specification, and unknown members.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) unread: Cell<u64>,
    pub(crate) unknown: Cell<u64>,
}

/// One JSON object while its members are read.
pub(crate) struct Object<'v> {
    members: &'v Map<String, Value>,
    place: Place<'v>,
    tally: &'v Tally,
    taken: Vec<&'static str>,
    unread: &'static [&'static str],
}

impl<'v> Object<'v> {
    /// Parses `value`, which must be an object, with the closure `read`. Afterwards it counts the members that `read` did not request.
    pub(crate) fn read<T>(
        value: &'v Value,
        place: Place<'v>,
        tally: &'v Tally,
        read: impl FnOnce(&mut Object<'v>) -> Result<T, PhenopacketError>,
    ) -> Result<T, PhenopacketError> {
        let Value::Object(members) = value else {
            return Err(PhenopacketError::WrongType {
                pointer: place.to_string(),
                expected: "an object",
            });
        };
        let mut object = Object {
            members,
            place,
            tally,
            taken: Vec::new(),
            unread: &[],
        };
        let result = read(&mut object)?;
        for name in members.keys() {
            if object.unread.contains(&name.as_str()) {
                tally.unread.set(tally.unread.get() + 1);
            } else if !object.taken.contains(&name.as_str()) {
                tally.unknown.set(tally.unknown.get() + 1);
            }
        }
        Ok(result)
    }

    /// Sets the names of the members that the specification defines for this object but this crate does not read.
    pub(crate) fn unread(&mut self, names: &'static [&'static str]) {
        self.unread = names;
    }

    /// The terms with the name `term` in the objects of the list `list`, as id and label, without counting them as read.
    pub(crate) fn terms_inside(&self, list: &str, term: &str) -> Vec<(&'v str, &'v str)> {
        let items = self.members.get(list).and_then(Value::as_array);
        let terms = items.into_iter().flatten().filter_map(|item| item.get(term));
        let text = |term: &'v Value, name: &str| term.get(name).and_then(Value::as_str).unwrap_or_default();
        terms.map(|term| (text(term, "id"), text(term, "label"))).collect()
    }

    /// Whether the object has a member that the specification does not define. To be called after all other members were requested.
    pub(crate) fn has_unknown(&self) -> bool {
        let is_known = |name: &str| self.unread.contains(&name) || self.taken.contains(&name);
        self.members.keys().any(|name| !is_known(name))
    }

    /// Whether the object, read as the message `of`, has a member at any depth that the specification does not define.
    pub(crate) fn has_unknown_inside(&self, of: &'static str) -> bool {
        has_unknown_inside(self.members, of)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    fn take(&mut self, name: &'static str) -> Option<&'v Value> {
        self.taken.push(name);
        self.members.get(name)
    }

    fn pointer(&self, name: &'static str) -> String {
        Place::Member(&self.place, name).to_string()
    }

    /// The error for a member of the wrong type.
    fn wrong_type(&self, name: &'static str, expected: &'static str) -> PhenopacketError {
        PhenopacketError::WrongType {
            pointer: self.pointer(name),
            expected,
        }
    }

    /// The error for a member with a value that is not allowed.
    pub(crate) fn invalid(&self, name: &'static str, expected: &'static str) -> PhenopacketError {
        PhenopacketError::InvalidValue {
            pointer: self.pointer(name),
            expected,
        }
    }

    /// The error for an absent member.
    pub(crate) fn missing(&self, name: &'static str) -> PhenopacketError {
        PhenopacketError::Missing {
            pointer: self.pointer(name),
        }
    }

    /// The error for several alternatives of a `oneof` in this object.
    pub(crate) fn several(&self) -> PhenopacketError {
        PhenopacketError::SeveralAlternatives {
            pointer: self.place.to_string(),
        }
    }

    /// The member `name` as a text; `None` if absent or empty, because proto3 treats both alike.
    pub(crate) fn text(&mut self, name: &'static str) -> Result<Option<String>, PhenopacketError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok((!text.is_empty()).then(|| text.clone())),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                Err(self.wrong_type(name, "a text"))
            }
        }
    }

    /// The member `name` as a text that must be present and not empty.
    pub(crate) fn required_text(&mut self, name: &'static str) -> Result<String, PhenopacketError> {
        match self.text(name)? {
            Some(text) if !text.trim().is_empty() => Ok(text),
            Some(_) | None => Err(self.missing(name)),
        }
    }

    /// The member `name` as text: a JSON text unchanged, any other value as JSON. Empty if absent.
    pub(crate) fn any_text(&mut self, name: &'static str) -> String {
        match self.take(name) {
            None => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }

    /// The member `name` as a list of texts; empty if absent.
    pub(crate) fn texts(&mut self, name: &'static str) -> Result<Vec<String>, PhenopacketError> {
        let items = match self.take(name) {
            None => return Ok(Vec::new()),
            Some(Value::Array(items)) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => None,
        };
        items.ok_or_else(|| self.wrong_type(name, "a list of texts"))
    }

    /// The member `name` as a boolean; false if absent, as in proto3.
    pub(crate) fn boolean(&mut self, name: &'static str) -> Result<bool, PhenopacketError> {
        match self.take(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_)) => {
                Err(self.wrong_type(name, "true or false"))
            }
        }
    }

    /// The member `name` as a whole number that is not negative. It is a JSON number, or decimal digits in a text (as proto3 writes 64-bit
    /// numbers). `None` if absent.
    pub(crate) fn whole(&mut self, name: &'static str) -> Result<Option<u64>, PhenopacketError> {
        let number = match self.take(name) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::String(text)) if is_decimal(text) => text.parse().ok(),
            Some(Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_)) => None,
        };
        number.map(Some).ok_or_else(|| self.wrong_type(name, "a whole number"))
    }

    /// The member `name` as a number, as JSON writes it; `0` if absent, as in proto3. proto3 also allows a number in a text.
    pub(crate) fn number(&mut self, name: &'static str) -> Result<String, PhenopacketError> {
        let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)) && text.parse::<f64>().is_ok();
        match self.take(name) {
            None => Ok("0".to_owned()),
            // The document has every number of this type as a floating-point number, so `400` is `400.0` here.
            Some(Value::Number(number)) => Ok(number.to_string().trim_end_matches(".0").to_owned()),
            Some(Value::String(text)) if is_number(text) => Ok(text.clone()),
            Some(Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_)) => {
                Err(self.wrong_type(name, "a number"))
            }
        }
    }

    /// The member `name` as a value of an enumeration, written as the value's name or number. The positions in `values` are the proto numbers.
    /// If the member is absent, the result is the first of `values`.
    pub(crate) fn enumeration<T: Copy>(&mut self, name: &'static str, values: &'static [(&'static str, T)]) -> Result<T, PhenopacketError> {
        let found = match self.take(name) {
            None => values.first(),
            Some(Value::String(text)) => values.iter().find(|(n, _)| n == text),
            Some(Value::Number(number)) => number.as_u64().and_then(|n| usize::try_from(n).ok()).and_then(|n| values.get(n)),
            Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
                return Err(self.wrong_type(name, "a text"));
            }
        };
        found
            .map(|(_, value)| *value)
            .ok_or_else(|| self.invalid(name, "a value of the specification's enumeration"))
    }

    /// The member `name` as an object that `read` parses; `None` if absent.
    pub(crate) fn object<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Object<'_>) -> Result<T, PhenopacketError>,
    ) -> Result<Option<T>, PhenopacketError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let place = Place::Member(&self.place, name);
        Object::read(value, place, self.tally, |object| read(object)).map(Some)
    }

    /// The member `name` as a list of objects that `read` parses one by one; empty if absent.
    pub(crate) fn list<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&mut Object<'_>) -> Result<T, PhenopacketError>,
    ) -> Result<Vec<T>, PhenopacketError> {
        let items = match self.take(name) {
            None => return Ok(Vec::new()),
            Some(Value::Array(items)) => items,
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
                return Err(self.wrong_type(name, "a list"));
            }
        };
        let list = Place::Member(&self.place, name);
        items
            .iter()
            .enumerate()
            .map(|(at, item)| Object::read(item, Place::Item(&list, at), self.tally, |object| read(object)))
            .collect()
    }
}

/// Whether the members of a message, or of a message inside it, are not all in the specification.
fn has_unknown_inside(members: &Map<String, Value>, of: &'static str) -> bool {
    let known = message(of);
    members.iter().any(|(name, value)| match known.by_name(name) {
        None => true,
        Some(field) => match field.kind {
            Kind::Message(of) => {
                let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
                items.iter().filter_map(Value::as_object).any(|inner| has_unknown_inside(inner, of))
            }
            _ => false,
        },
    })
}

/// Whether a text is a number in decimal digits. A zero before other digits is not accepted, because YAML 1.1 reads `017` as 15.
fn is_decimal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'))
}
