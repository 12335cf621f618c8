//! Checks for empty values and misplaced nulls (FHIR R4 § 2.6.2.2 to 2.6.2.4).

use serde_json::{Map, Value};

use super::walk::{self, child};
use crate::operation_outcome::{Issue, IssueCode};

pub(super) fn check(resource: &Value, issues: &mut Vec<Issue>) {
    walk::objects(resource, &mut |place| {
        if place.members.is_empty() {
            issues.push(Issue::error(IssueCode::Structure, "an object must not be empty").at(place.path));
        }
        for (name, member) in place.members {
            let path = child(place.path, name);
            match member {
                Value::Null => issues.push(Issue::error(IssueCode::Structure, "null is only allowed in arrays").at(path)),
                Value::String(text) if text.is_empty() => {
                    issues.push(Issue::error(IssueCode::Value, "a string must not be empty").at(path));
                }
                Value::Array(items) => array(items, partner(place.members, name), &path, issues),
                Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {}
            }
        }
    });
}

/// The array that belongs to the array `name` as its sibling: `_given` for `given`, and `given` for `_given`. `None` if absent.
fn partner<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Vec<Value>> {
    let other = name.strip_prefix('_').map_or_else(|| format!("_{name}"), str::to_owned);
    members.get(&other)?.as_array()
}

fn array(items: &[Value], partner: Option<&Vec<Value>>, path: &str, issues: &mut Vec<Issue>) {
    let mut refuse = |text: &str| issues.push(Issue::error(IssueCode::Structure, text).at(path));
    if items.is_empty() {
        refuse("an array must not be empty");
    }
    if items.iter().any(Value::is_array) {
        refuse("an array must not contain an array");
    }
    if items.iter().any(|item| item.as_str().is_some_and(str::is_empty)) {
        refuse("a string must not be empty");
    }
    if partner.is_some_and(|partner| partner.len() != items.len()) {
        refuse("the array and its _sibling differ in length");
    }
    let filled = |index: usize| partner.and_then(|partner| partner.get(index)).is_some_and(|item| !item.is_null());
    if items.iter().enumerate().any(|(index, item)| item.is_null() && !filled(index)) {
        refuse("null is only allowed where the _sibling array has an item");
    }
    if items.iter().any(Value::is_null) && items.iter().all(Value::is_null) {
        refuse("an array must not contain only nulls");
    }
}
