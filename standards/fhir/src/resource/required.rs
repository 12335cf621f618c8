//! Checks that required elements are present. The JSON Schema does not require elements of primitive types.

use serde_json::{Map, Value};

use super::choice;
use crate::ResourceType;
use crate::operation_outcome::{Issue, IssueCode};

/// The names of the resource's top-level elements with the cardinality `1..`.
const fn of_resource(resource_type: ResourceType) -> &'static [&'static str] {
    match resource_type {
        ResourceType::Patient | ResourceType::Specimen => &[],
        ResourceType::Observation | ResourceType::DiagnosticReport => &["status", "code"],
        ResourceType::Consent => &["status", "scope", "category"],
        ResourceType::Task => &["status", "intent"],
    }
}

/// Pairs of an element within the resource and the members that each of its items requires. A name with `[x]` is a choice element.
const fn of_elements(resource_type: ResourceType) -> &'static [(&'static str, &'static [&'static str])] {
    match resource_type {
        ResourceType::Patient => &[("communication", &["language"]), ("link", &["other", "type"])],
        ResourceType::Observation => &[("component", &["code"])],
        ResourceType::DiagnosticReport => &[("media", &["link"])],
        ResourceType::Specimen => &[],
        ResourceType::Consent => &[("verification", &["verified"])],
        ResourceType::Task => &[("input", &["type", "value[x]"]), ("output", &["type", "value[x]"])],
    }
}

pub(super) fn check(resource_type: ResourceType, resource: &Value, issues: &mut Vec<Issue>) {
    let Some(members) = resource.as_object() else { return };
    require(members, of_resource(resource_type), resource_type.as_str(), issues);
    for (element, names) in of_elements(resource_type) {
        for (path, item) in items(members, element, resource_type.as_str()) {
            require(item, names, &path, issues);
        }
    }
    if let Some(provision) = members.get("provision").and_then(Value::as_object)
        && resource_type == ResourceType::Consent
    {
        provisions(provision, "Consent.provision", issues);
    }
}

/// Checks the required elements of a provision and of the provisions inside it.
fn provisions(provision: &Map<String, Value>, path: &str, issues: &mut Vec<Issue>) {
    for (element, names) in [("actor", ["role", "reference"]), ("data", ["meaning", "reference"])] {
        for (path, item) in items(provision, element, path) {
            require(item, &names, &path, issues);
        }
    }
    for (path, inner) in items(provision, "provision", path) {
        provisions(inner, &path, issues);
    }
}

fn items<'a>(members: &'a Map<String, Value>, element: &str, path: &str) -> Vec<(String, &'a Map<String, Value>)> {
    let items = members.get(element).and_then(Value::as_array);
    let objects = items.into_iter().flatten().map(Value::as_object).enumerate();
    objects
        .filter_map(|(index, item)| Some((format!("{path}.{element}[{index}]"), item?)))
        .collect()
}

fn require(members: &Map<String, Value>, names: &[&str], path: &str, issues: &mut Vec<Issue>) {
    for name in names {
        let given = name
            .strip_suffix("[x]")
            .map_or_else(|| members.contains_key(*name), |element| choice::has(members, element));
        if !given {
            let place = format!("{path}.{}", name.trim_end_matches("[x]"));
            issues.push(Issue::error(IssueCode::Required, format!("{name} is required")).at(place));
        }
    }
}
