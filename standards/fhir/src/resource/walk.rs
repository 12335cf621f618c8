//! Visits every object of a resource, with its place in the form of a FHIRPath.

use serde_json::{Map, Value};

/// One object of a resource and its place.
pub(super) struct Place<'a> {
    /// The path of the object, such as `Observation.component[0].valueRange`.
    pub(super) path: &'a str,
    /// The name of the member that contains the object; empty for the resource itself.
    pub(super) name: &'a str,
    /// The members of the object.
    pub(super) members: &'a Map<String, Value>,
}

/// Calls `visit` for every object of the resource. An outer object is visited before its inner objects.
pub(super) fn objects(resource: &Value, visit: &mut impl FnMut(&Place<'_>)) {
    let root = resource.get("resourceType").and_then(Value::as_str).unwrap_or("Resource");
    walk(resource, root, "", visit);
}

fn walk(value: &Value, path: &str, name: &str, visit: &mut impl FnMut(&Place<'_>)) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &format!("{path}[{index}]"), name, visit);
            }
        }
        Value::Object(members) => {
            visit(&Place { path, name, members });
            for (name, member) in members {
                walk(member, &child(path, name), name, visit);
            }
        }
    }
}

/// The path of the member `name` of the object at `path`. A name that cannot be a FHIR name is not repeated in the path.
pub(super) fn child(path: &str, name: &str) -> String {
    let plain = name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if plain {
        format!("{path}.{name}")
    } else {
        format!("{path}.(unknown)")
    }
}
