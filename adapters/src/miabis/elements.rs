//! Samples, donors and events as received, before they are put together.

use std::collections::BTreeMap;

use super::node::Node;
use crate::unit::Field;

/// Fields by path.
pub(super) type Fields = BTreeMap<String, Field>;

/// One sample, donor or event.
pub(super) struct Element {
    /// `samples.json#samples[3]`.
    pub(super) locator: String,
    pub(super) offset: Option<u64>,
    /// The bytes, or for a row of a table its cells with their columns.
    pub(super) bytes: Vec<u8>,
    /// Why it cannot be read, or what it has.
    pub(super) content: Result<Content, &'static str>,
}

/// What an element has.
#[derive(Default)]
pub(super) struct Content {
    pub(super) fields: Fields,
    /// The members of `contentDiagnosis`, one for each element of it.
    pub(super) diagnoses: Vec<Fields>,
    /// The members of a sample's `donor`, or its columns `donor.…`.
    pub(super) donor: Fields,
}

/// Everything of a feed.
pub(super) struct Elements {
    pub(super) samples: Vec<Element>,
    /// Absent where the feed has no list of donors of its own.
    pub(super) donors: Option<Vec<Element>>,
    pub(super) events: Vec<Element>,
    pub(super) encoding: &'static str,
}

/// A field's text.
pub(super) fn text<'f>(fields: &'f Fields, name: &str) -> Option<&'f str> {
    match fields.get(name)? {
        Field::Value(text) => Some(text),
        Field::Null => None,
    }
}

impl Content {
    /// From an object's members. Absent where a donor or diagnosis is no object.
    pub(super) fn of(members: BTreeMap<String, Node>) -> Option<Self> {
        let mut content = Self::default();
        for (name, node) in members {
            match (name.as_str(), node) {
                ("contentDiagnosis", Node::List(list)) => {
                    for node in list {
                        content.diagnoses.push(object(node)?);
                    }
                }
                ("contentDiagnosis", Node::Object(members)) => content.diagnoses.push(object(Node::Object(members))?),
                ("donor", Node::Object(members)) => content.donor = object(Node::Object(members))?,
                (_, node) => flatten(&name, node, &mut content.fields),
            }
        }
        Some(content)
    }

    /// From a table's row: columns by the same paths.
    pub(super) fn of_row<'r>(cells: impl Iterator<Item = (&'r str, &'r str)>) -> Self {
        let mut content = Self::default();
        let mut diagnosis = Fields::new();
        for (column, cell) in cells.filter(|(_, cell)| !cell.is_empty()) {
            let value = Field::Value(cell.to_owned());
            if let Some(member) = column.strip_prefix("contentDiagnosis.") {
                diagnosis.insert(member.to_owned(), value);
            } else if let Some(member) = column.strip_prefix("donor.") {
                content.donor.insert(member.to_owned(), value);
            } else {
                content.fields.insert(column.to_owned(), value);
            }
        }
        content.diagnoses.extend(Some(diagnosis).filter(|d| !d.is_empty()));
        content
    }
}

fn object(node: Node) -> Option<Fields> {
    match node {
        Node::Object(members) => {
            let mut fields = Fields::new();
            for (name, node) in members {
                flatten(&name, node, &mut fields);
            }
            Some(fields)
        }
        Node::Null | Node::Text(_) | Node::List(_) => None,
    }
}

fn flatten(name: &str, node: Node, fields: &mut Fields) {
    match node {
        Node::Null => {
            fields.insert(name.to_owned(), Field::Null);
        }
        Node::Text(text) => {
            let text = text.trim();
            if !text.is_empty() {
                fields.insert(name.to_owned(), Field::Value(text.to_owned()));
            }
        }
        Node::List(list) => {
            for (at, node) in list.into_iter().enumerate() {
                let name = if at == 0 { name.to_owned() } else { format!("{name}({})", at + 1) };
                flatten(&name, node, fields);
            }
        }
        Node::Object(members) => {
            for (member, node) in members {
                flatten(&format!("{name}.{member}"), node, fields);
            }
        }
    }
}
