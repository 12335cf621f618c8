//! A JSON text as it was written, with every member of an object, also members that occur twice.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A JSON value with all members of each object in their order.
pub(super) enum Tree {
    Text(String),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
    /// `null`, a truth value or a number. No member of a statement has one of these.
    Other,
}

impl Tree {
    /// Every text of the value: names of members and values.
    pub(super) fn texts<'t>(&'t self, met: &mut dyn FnMut(&'t str)) {
        match self {
            Self::Text(text) => met(text),
            Self::List(entries) => entries.iter().for_each(|entry| entry.texts(met)),
            Self::Object(members) => {
                for (name, value) in members {
                    met(name);
                    value.texts(met);
                }
            }
            Self::Other => {}
        }
    }

    /// Whether an object of the value has a member twice.
    pub(super) fn has_twice(&self) -> bool {
        match self {
            Self::Text(_) | Self::Other => false,
            Self::List(entries) => entries.iter().any(Self::has_twice),
            Self::Object(members) => {
                let twice = |(index, (name, _)): (usize, &(String, Self))| members[..index].iter().any(|(earlier, _)| earlier == name);
                members.iter().enumerate().any(twice) || members.iter().any(|(_, value)| value.has_twice())
            }
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element()? {
            list.push(entry);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Tree, A::Error> {
        let mut object = Vec::new();
        while let Some(member) = members.next_entry()? {
            object.push(member);
        }
        Ok(Tree::Object(object))
    }
}
