//! Samples, donors and events as received, before samples and events are joined to their donors.

use std::collections::BTreeMap;
use std::path::Path;

use super::{MAX_BUILT_BYTES, MAX_PATH_BYTES, Refused};
use crate::received_json::Node;
use crate::unit::{Field, Repair};

/// The fields of an element, by path.
pub(super) type Fields = BTreeMap<String, Field>;

/// One sample, donor or event of a file.
pub(super) struct Element {
    /// The place of the element: the file and the index in the file (`samples.json#samples[3]`).
    pub(super) locator: String,
    pub(super) offset: Option<u64>,
    /// The bytes of the element as received. For a row of a table, its cells together with the names of their columns.
    pub(super) bytes: Vec<u8>,
    /// The content of the element, or the reason why it cannot be read.
    pub(super) content: Result<Content, &'static str>,
}

/// The content of an element.
#[derive(Default)]
pub(super) struct Content {
    pub(super) fields: Fields,
    /// The fields of each element in the list `contentDiagnosis`.
    pub(super) diagnoses: Vec<Fields>,
    /// The fields of the donor inside a sample, from the member `donor` or from the columns `donor.…`.
    pub(super) donor: Fields,
    /// Whether the member `donor` is a list of several donors.
    pub(super) has_donors: bool,
}

/// All elements of one file or folder.
pub(super) struct Elements {
    pub(super) samples: Vec<Element>,
    /// The elements of the separate list of donors; `None` if the feed has no such list.
    pub(super) donors: Option<Vec<Element>>,
    pub(super) events: Vec<Element>,
    pub(super) encoding: &'static str,
    /// The names of the members of the file beside the three lists.
    pub(super) others: Vec<String>,
    /// The repairs of the whole files.
    pub(super) repairs: Vec<Repair>,
}

/// The text of the field `name`; `None` if the field is absent or null.
pub(super) fn text<'f>(fields: &'f Fields, name: &str) -> Option<&'f str> {
    match fields.get(name)? {
        Field::Value(text) => Some(text),
        Field::Null => None,
    }
}

impl Content {
    /// Makes the content of an element from the members of a JSON object.
    ///
    /// # Errors
    /// A text that states the fault: a donor or a diagnosis is not an object, or a path is too long.
    pub(super) fn of(members: BTreeMap<String, Node>) -> Result<Self, &'static str> {
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
                ("donor", Node::List(mut list)) => {
                    content.has_donors = list.len() > 1;
                    if let (Some(only), true) = (list.pop(), list.is_empty()) {
                        content.donor = object(only)?;
                    }
                }
                (_, node) => flatten(&name, node, &mut content.fields)?,
            }
        }
        Ok(content)
    }

    /// Makes the content of an element from the cells of a table row. The names of the columns are the same paths as in JSON.
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

fn object(node: Node) -> Result<Fields, &'static str> {
    match node {
        Node::Object(members) => {
            let mut fields = Fields::new();
            for (name, node) in members {
                flatten(&name, node, &mut fields)?;
            }
            Ok(fields)
        }
        Node::Null | Node::Bool(_) | Node::Number(_) | Node::Text(_) | Node::List(_) => {
            Err("has a donor or diagnosis that is not an object")
        }
    }
}

/// Adds the value `node` under the path `name`, and each of its inner members under its own path. The length of a path is limited, because a
/// long name around many members would be repeated for each member.
fn flatten(name: &str, node: Node, fields: &mut Fields) -> Result<(), &'static str> {
    if name.len() > MAX_PATH_BYTES {
        return Err("has a member whose path is longer than 256 bytes");
    }
    match node {
        Node::Null => {
            fields.insert(name.to_owned(), Field::Null);
        }
        Node::Bool(value) => {
            fields.insert(name.to_owned(), Field::Value(value.to_string()));
        }
        Node::Number(text) | Node::Text(text) => {
            // The spaces around an id are kept, because with them it is another id.
            if !text.trim().is_empty() {
                fields.insert(name.to_owned(), Field::Value(text));
            }
        }
        Node::List(list) => {
            for (at, node) in list.into_iter().enumerate() {
                let name = if at == 0 { name.to_owned() } else { format!("{name}({})", at + 1) };
                flatten(&name, node, fields)?;
            }
        }
        Node::Object(members) => {
            for (member, node) in members {
                flatten(&format!("{name}.{member}"), node, fields)?;
            }
        }
    }
    Ok(())
}

/// The estimated memory in bytes of a field without its name and value (`FIELD_BYTES`), and of an element without its parts
/// (`ELEMENT_BYTES`). Both numbers include the structures that are built when donors are joined, and are rather too high than too low.
const FIELD_BYTES: usize = 128;
const ELEMENT_BYTES: usize = 640;

/// Counts the memory that the elements of one file use.
#[derive(Default)]
pub(super) struct Budget {
    bytes: usize,
}

impl Budget {
    /// Adds the memory of one element.
    ///
    /// # Errors
    /// [`Refused`] if all elements together use more than [`MAX_BUILT_BYTES`].
    pub(super) fn take(&mut self, file: &Path, element: &Element) -> Result<(), Refused> {
        self.bytes += ELEMENT_BYTES + element.locator.len() + element.bytes.len();
        if let Ok(content) = &element.content {
            for fields in content.diagnoses.iter().chain([&content.fields, &content.donor]) {
                let of = |(name, field): (&String, &Field)| match field {
                    Field::Value(text) => FIELD_BYTES + name.len() + text.len(),
                    Field::Null => FIELD_BYTES + name.len(),
                };
                self.bytes += fields.iter().map(of).sum::<usize>();
            }
        }
        if self.bytes > MAX_BUILT_BYTES {
            let detail = "the elements would take more memory than the limit; split the file into parts, with each donor in one part";
            return Err(Refused::new(file, "too-large", detail));
        }
        Ok(())
    }
}
