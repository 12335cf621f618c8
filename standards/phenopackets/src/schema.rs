//! The messages of Phenopackets 2.0.2 with the field numbers and types of their members.
//!
//! The JSON form of a packet does not need this list. The protobuf form has only numbers, and YAML does not distinguish a text from a number, so
//! these forms cannot be read without the list. `messages.txt` was written from the descriptors of the specification's own Python package; a
//! test compares the two.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The list, one message or enumeration after the other: `message NAME`, then `NUMBER NAME TYPE [repeated|oneof]` for each member; `enum NAME`,
/// then `NUMBER NAME` for each value. The names are those of the JSON form.
pub(crate) const MESSAGES: &str = include_str!("messages.txt");

/// The type of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text.
    Text,
    /// A boolean.
    Bool,
    /// A signed number of 32 bits (`int32`).
    Signed,
    /// An unsigned number of at most `bits` bits (`uint32`, `uint64`).
    Unsigned {
        /// The number of bits.
        bits: u32,
    },
    /// A floating-point number of 64 bits.
    Double,
    /// A point in time (`google.protobuf.Timestamp`), in JSON a text in RFC 3339.
    Timestamp,
    /// A map from texts to texts. The authors of packets choose its keys.
    TextMap,
    /// A value of an enumeration.
    Enumeration(&'static Enumeration),
    /// A message.
    Message(&'static str),
}

/// A member of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    /// The field number in the protobuf form.
    pub(crate) number: u32,
    /// The name in the JSON form.
    pub(crate) name: &'static str,
    /// The type.
    pub(crate) kind: Kind,
    /// Whether the member is a list.
    pub(crate) is_repeated: bool,
    /// Whether the member is an alternative of a `oneof`. Its default value is then not the same as its absence.
    pub(crate) is_alternative: bool,
}

/// The values of an enumeration by number.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Enumeration {
    names: Vec<(u64, &'static str)>,
}

impl Enumeration {
    /// The name of the value with this number.
    pub(crate) fn name(&self, number: u64) -> Option<&'static str> {
        self.names.iter().find(|(n, _)| *n == number).map(|(_, name)| *name)
    }

    /// Whether this is the name of the value 0, which means "not stated".
    pub(crate) fn is_default(&self, name: &str) -> bool {
        self.name(0) == Some(name)
    }
}

/// A message.
#[derive(Debug, Default)]
pub(crate) struct Message {
    fields: Vec<Field>,
}

impl Message {
    /// The member with this field number.
    pub(crate) fn by_number(&self, number: u32) -> Option<&Field> {
        self.fields.iter().find(|field| field.number == number)
    }

    /// The member with this name in the JSON form. Libraries of protobuf write the member `_id` of VRS as `Id`.
    pub(crate) fn by_name(&self, name: &str) -> Option<&Field> {
        let name = if name == "Id" { "_id" } else { name };
        self.fields.iter().find(|field| field.name == name)
    }
}

/// A message without members, for names that are not in the list.
static NO_MEMBERS: Message = Message { fields: Vec::new() };

/// The name under which a document is read before its kind is known. Its members are those of `Phenopacket`, `Family` and `Cohort`.
/// Members of the same name have the same type in the three messages. It has no field numbers.
pub(crate) const ANY_DOCUMENT: &str = "(any document)";

static ENUMERATIONS: LazyLock<HashMap<&'static str, Enumeration>> = LazyLock::new(|| {
    let read = |line: &'static str| line.split_once(' ').and_then(|(number, name)| Some((number.parse().ok()?, name)));
    blocks("enum ")
        .map(|(name, lines)| {
            (
                name,
                Enumeration {
                    names: lines.filter_map(read).collect(),
                },
            )
        })
        .collect()
});

static SCHEMA: LazyLock<HashMap<&'static str, Message>> = LazyLock::new(|| {
    let mut messages: HashMap<&'static str, Message> = blocks("message ")
        .map(|(name, lines)| {
            (
                name,
                Message {
                    fields: lines.filter_map(field).collect(),
                },
            )
        })
        .collect();
    let mut any = Message::default();
    for field in ["Phenopacket", "Family", "Cohort"]
        .iter()
        .filter_map(|name| messages.get(name))
        .flat_map(|m| &m.fields)
    {
        if any.by_name(field.name).is_none() {
            any.fields.push(Field { number: 0, ..*field });
        }
    }
    messages.insert(ANY_DOCUMENT, any);
    messages
});

/// The message with this name. A name that is not in the list gives a message without members.
pub(crate) fn message(name: &str) -> &'static Message {
    SCHEMA.get(name).unwrap_or(&NO_MEMBERS)
}

/// The blocks of the list that begin with a word, each with its name and its lines.
fn blocks(word: &'static str) -> impl Iterator<Item = (&'static str, impl Iterator<Item = &'static str>)> {
    let is_head = |line: &str| line.starts_with("message ") || line.starts_with("enum ");
    let lines = MESSAGES.lines().enumerate();
    lines.filter_map(move |(at, line)| {
        let name = line.strip_prefix(word)?;
        Some((name, MESSAGES.lines().skip(at + 1).take_while(move |line| !is_head(line))))
    })
}

fn field(line: &'static str) -> Option<Field> {
    let mut words = line.split(' ');
    let (number, name, kind) = (words.next()?.parse().ok()?, words.next()?, words.next()?);
    let flag = words.next();
    let kind = match kind {
        "string" => Kind::Text,
        "bool" => Kind::Bool,
        "int32" => Kind::Signed,
        "uint32" => Kind::Unsigned { bits: 32 },
        "uint64" => Kind::Unsigned { bits: 64 },
        "double" => Kind::Double,
        "Timestamp" => Kind::Timestamp,
        "map" => Kind::TextMap,
        other => ENUMERATIONS.get(other).map_or(Kind::Message(other), Kind::Enumeration),
    };
    Some(Field {
        number,
        name,
        kind,
        is_repeated: flag == Some("repeated"),
        is_alternative: flag == Some("oneof"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_read_and_every_type_is_in_the_list() {
        let fields: Vec<&Field> = SCHEMA
            .iter()
            .filter(|(name, _)| **name != ANY_DOCUMENT)
            .flat_map(|(_, m)| &m.fields)
            .collect();
        let values: usize = blocks("enum ").map(|(_, lines)| lines.count()).sum();
        let heads = blocks("enum ").count() + blocks("message ").count();
        assert_eq!(fields.len() + values + heads, MESSAGES.lines().count());
        for field in fields {
            if let Kind::Message(name) = field.kind {
                assert!(SCHEMA.contains_key(name), "{name}");
            }
        }
        let Kind::Enumeration(sex) = message("Individual").by_name("sex").unwrap().kind else {
            panic!("the sex is an enumeration");
        };
        assert_eq!(
            (sex.name(2), sex.name(9), sex.is_default("UNKNOWN_SEX")),
            (Some("MALE"), None, true)
        );
    }

    #[test]
    fn members_of_one_name_have_one_type_in_the_three_kinds_of_documents() {
        for of in ["Phenopacket", "Family", "Cohort"] {
            for field in &message(of).fields {
                let any = message(ANY_DOCUMENT).by_name(field.name).unwrap();
                assert_eq!((any.kind, any.is_repeated), (field.kind, field.is_repeated), "{of} {}", field.name);
            }
        }
    }
}
