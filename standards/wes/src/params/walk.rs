use serde_json::{Map, Value};

/// The place of a visited string in a JSON document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// The string is the `location` or the `path` of a CWL File or Directory.
    Cwl {
        /// The name of the member: `location` or `path`.
        member: &'a str,
        /// Whether the CWL object is a Directory (and not a File).
        directory: bool,
    },
    /// The string is in any other place.
    Plain,
}

/// An item that the walk visits.
pub(super) enum Met<'a> {
    /// A string value.
    Text(&'a str, Place<'a>),
    /// The name of a member. The pointer passed with it is the pointer of the member's value.
    Key(&'a str),
}

/// Whether `members` is a CWL File (`Some(false)`), a CWL Directory (`Some(true)`) or another object (`None`) (CWL 1.2 § File, § Directory).
pub(super) fn cwl_class(members: &Map<String, Value>) -> Option<bool> {
    match members.get("class").and_then(Value::as_str) {
        Some("File") => Some(false),
        Some("Directory") => Some(true),
        Some(_) | None => None,
    }
}

/// Calls `meet` for every string and every member name of `value`, with its JSON Pointer (RFC 6901). The members of an object are visited in
/// the order of their names. The function is recursive. The parser of the value limits its depth, and thereby the recursion.
pub(super) fn walk<'a>(value: &'a Value, meet: &mut impl FnMut(&str, Met<'a>)) {
    step(value, &mut String::new(), Place::Plain, meet);
}

fn step<'a>(value: &'a Value, pointer: &mut String, place: Place<'a>, meet: &mut impl FnMut(&str, Met<'a>)) {
    let length = pointer.len();
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) => meet(pointer, Met::Text(text, place)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointer.push('/');
                pointer.push_str(&index.to_string());
                step(item, pointer, Place::Plain, meet);
                pointer.truncate(length);
            }
        }
        Value::Object(members) => {
            let class = cwl_class(members);
            for (key, item) in members {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                meet(pointer, Met::Key(key));
                let place = match class {
                    Some(directory) if key == "location" || key == "path" => Place::Cwl { member: key, directory },
                    Some(_) | None => Place::Plain,
                };
                step(item, pointer, place, meet);
                pointer.truncate(length);
            }
        }
    }
}
