//! Limits of the nesting of JSON and of resources. The generated parser is recursive, and the stack is limited.

use serde_json::Value;

use crate::TypedIssue;

/// The maximum nesting of arrays and objects. The deepest observation of a genomic report is at a depth of about ten.
pub const MAX_DEPTH: usize = 32;

/// The maximum nesting of resources: a `Bundle`, its entry, and a contained resource (FHIR R4 § 2.3.3, "Contained resources SHALL NOT contain
/// additional contained resources").
pub const MAX_RESOURCES_DEEP: usize = 3;

/// Rejects a resource that is nested more deeply than the two limits allow.
pub(crate) fn check(value: &Value) -> Result<(), TypedIssue> {
    walk(value, 0, 0)
}

fn walk(value: &Value, depth: usize, resources: usize) -> Result<(), TypedIssue> {
    let deeper = depth + 1;
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
        Value::Array(_) | Value::Object(_) if deeper > MAX_DEPTH => Err(TypedIssue::TooDeep { limit: MAX_DEPTH }),
        Value::Array(items) => items.iter().try_for_each(|item| walk(item, deeper, resources)),
        Value::Object(members) => {
            let resources = resources + usize::from(members.contains_key("resourceType"));
            if resources > MAX_RESOURCES_DEEP {
                return Err(TypedIssue::TooManyResourcesDeep { limit: MAX_RESOURCES_DEEP });
            }
            members.values().try_for_each(|member| walk(member, deeper, resources))
        }
    }
}
