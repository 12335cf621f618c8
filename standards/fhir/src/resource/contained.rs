//! Checks of ids, references and contained resources (FHIR R4 § 2.3, dom-2 to dom-5).

use serde_json::Value;

use super::walk::{self, child};
use crate::operation_outcome::{Issue, IssueCode};
use crate::reference::{Target, is_id};

pub(super) fn check(resource: &Value, issues: &mut Vec<Issue>) {
    let root = resource.get("resourceType").and_then(Value::as_str).unwrap_or("Resource");
    id(resource, root, issues);
    let contained = resource
        .get("contained")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let ids: Vec<&str> = contained.iter().filter_map(|inner| inner.get("id")?.as_str()).collect();
    let mut referred = Vec::new();
    walk::objects(resource, &mut |place| {
        let Some(Value::String(text)) = place.members.get("reference") else {
            return;
        };
        match Target::parse(text) {
            None => issues.push(Issue::error(IssueCode::Value, "not a reference").at(child(place.path, "reference"))),
            Some(Target::Contained(id)) if !id.is_empty() && !ids.contains(&id.as_str()) => {
                issues.push(Issue::error(IssueCode::Invariant, "the contained resource does not exist").at(child(place.path, "reference")));
            }
            Some(Target::Contained(id)) => referred.push(id),
            Some(Target::Relative { .. } | Target::Absolute(_) | Target::Urn(_)) => {}
        }
    });
    for (index, inner) in contained.iter().enumerate() {
        let path = format!("{root}.contained[{index}]");
        let mut refuse = |text: &str| issues.push(Issue::error(IssueCode::Invariant, text).at(&path));
        if inner.get("contained").is_some() {
            refuse("dom-2: a contained resource must not contain resources");
        }
        let inner_id = inner.get("id").and_then(Value::as_str);
        let points_out = inner.as_object().is_some_and(|_| points_to_container(inner));
        if !inner_id.is_some_and(|id| referred.iter().any(|r| *r == *id)) && !points_out {
            refuse("dom-3: a contained resource must be referenced");
        }
        if inner_id.is_some_and(|id| ids.iter().filter(|other| **other == id).count() > 1) {
            refuse("two contained resources have the same id");
        }
        let meta = |name: &str| inner.get("meta").is_some_and(|meta| meta.get(name).is_some());
        if meta("versionId") || meta("lastUpdated") {
            refuse("dom-4: a contained resource must not have a version");
        }
        if meta("security") {
            refuse("dom-5: a contained resource must not have a security label");
        }
        id(inner, &path, issues);
    }
}

fn points_to_container(inner: &Value) -> bool {
    let mut found = false;
    walk::objects(inner, &mut |place| {
        found |= place.members.get("reference").and_then(Value::as_str) == Some("#")
    });
    found
}

fn id(resource: &Value, path: &str, issues: &mut Vec<Issue>) {
    let ok = resource.get("id").is_none_or(|id| id.as_str().is_some_and(is_id));
    if !ok {
        issues.push(Issue::error(IssueCode::Value, "not an id").at(child(path, "id")));
    }
}
