//! Checks of some invariants of the accepted types. The invariants have the keys of the official definitions, such as `obs-6`.

use serde_json::{Map, Value};

use super::choice;
use super::walk;
use crate::ResourceType;
use crate::date::is_certainly_after;
use crate::operation_outcome::{Issue, IssueCode};

pub(super) fn check(resource_type: ResourceType, resource: &Value, issues: &mut Vec<Issue>) {
    walk::objects(resource, &mut |place| {
        if let Some(text) = of_datatype(place.name, place.members) {
            issues.push(Issue::error(IssueCode::Invariant, text).at(place.path));
        }
    });
    let Some(members) = resource.as_object() else { return };
    let mut refuse = |text: &str| issues.push(Issue::error(IssueCode::Invariant, text).at(resource_type.as_str()));
    match resource_type {
        ResourceType::Observation => {
            if members.contains_key("dataAbsentReason") && choice::has(members, "value") {
                refuse("obs-6: dataAbsentReason is only allowed without a value");
            }
            if choice::has(members, "value") && component_repeats_code(members) {
                refuse("obs-7: no value is allowed if a component has the observation's code");
            }
        }
        ResourceType::Consent => {
            if !members.contains_key("policy") && !members.contains_key("policyRule") {
                refuse("ppc-1: a policy or a policyRule is required");
            }
        }
        ResourceType::Task => {
            let time = |name: &str| members.get(name).and_then(Value::as_str);
            if let (Some(authored), Some(modified)) = (time("authoredOn"), time("lastModified"))
                && is_certainly_after(authored, modified)
            {
                refuse("inv-1: lastModified must not be before authoredOn");
            }
        }
        ResourceType::Patient | ResourceType::DiagnosticReport | ResourceType::Specimen => {}
    }
    if resource_type == ResourceType::Patient {
        for (index, contact) in members.get("contact").and_then(Value::as_array).into_iter().flatten().enumerate() {
            if !["name", "telecom", "address", "organization"]
                .iter()
                .any(|name| contact.get(name).is_some())
            {
                let text = "pat-1: a contact must have a name, telecom, address or organization";
                issues.push(Issue::error(IssueCode::Invariant, text).at(format!("Patient.contact[{index}]")));
            }
        }
    }
}

/// The rule that one object of a datatype violates, if any. `name` is the name of the element.
fn of_datatype(name: &str, members: &Map<String, Value>) -> Option<&'static str> {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    match name {
        "extension" | "modifierExtension" => {
            if text("url").is_none() {
                return Some("an extension must have a url");
            }
            (members.contains_key("extension") == choice::has(members, "value"))
                .then_some("ext-1: an extension must have either extensions or a value")
        }
        "referenceRange" => ["low", "high", "text"]
            .iter()
            .all(|n| !members.contains_key(*n))
            .then_some("obs-3: low, high or text is required"),
        "period" | "valuePeriod" | "effectivePeriod" | "collectedPeriod" | "timePeriod" | "executionPeriod" | "dataPeriod" => {
            matches!((text("start"), text("end")), (Some(start), Some(end)) if is_certainly_after(start, end))
                .then_some("per-1: a period must not end before it starts")
        }
        "valueQuantity" | "low" | "high" => {
            (members.contains_key("code") && !members.contains_key("system")).then_some("qty-3: a unit's code must have a system")
        }
        _ => None,
    }
}

/// Whether a component has a coding that equals a coding of the observation's own code (system and code).
fn component_repeats_code(members: &Map<String, Value>) -> bool {
    let own = codings(members.get("code"));
    let components = members.get("component").and_then(Value::as_array);
    components
        .into_iter()
        .flatten()
        .any(|component| codings(component.get("code")).iter().any(|coding| own.contains(coding)))
}

fn codings(concept: Option<&Value>) -> Vec<(Option<&str>, &str)> {
    let codings = concept.and_then(|concept| concept.get("coding")).and_then(Value::as_array);
    codings
        .into_iter()
        .flatten()
        .filter_map(|coding| Some((coding.get("system").and_then(Value::as_str), coding.get("code")?.as_str()?)))
        .collect()
}
