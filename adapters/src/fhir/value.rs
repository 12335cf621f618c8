//! Reads the value of an Observation or of a component.

use super::Options;
use super::concept::concept;
use super::record::{Content, Fault};
use crate::received_json::Node;

/// The types of values that are read.
pub(super) const TYPES: [&str; 10] = [
    "valueQuantity",
    "valueInteger",
    "valueCodeableConcept",
    "valueString",
    "valueBoolean",
    "valueRange",
    "valueRatio",
    "valueTime",
    "valueDateTime",
    "valuePeriod",
];

/// The code system of units (UCUM).
const UCUM: &str = "http://unitsofmeasure.org";

/// Whether an Observation or component has a value of any type.
pub(super) fn has_value(node: &Node) -> bool {
    let Node::Object(members) = node else { return false };
    members.keys().any(|name| {
        name.strip_prefix("value")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
    })
}

/// Adds the fields of the value. `prefix` is `component.` for a component.
///
/// * `valueQuantity` is the number with its comparator (`<0.1`), `valueQuantity.ucum` the code of its unit, `valueQuantity.unit` the unit's words.
/// * `valueText` is a text, a time, a range (`1-2`) or a ratio (`1:128`).
pub(super) fn value(node: &Node, prefix: &str, options: &Options, content: &mut Content<'_>) -> Result<(), Fault> {
    let name = |member: &str| format!("{prefix}{member}");
    if TYPES.iter().filter(|member| node.get(member).is_some()).count() > 1 {
        content.unread("value[x] (several)")?;
    }
    if let Some(quantity) = node.get("valueQuantity") {
        content.others(quantity, &name("valueQuantity"), &["value", "comparator", "unit", "system", "code"]);
        if quantity.get("comparator").is_some() && comparator(quantity).is_none() {
            content.unread("valueQuantity.comparator")?;
        }
        if let Some(number) = scalar(quantity.get("value")) {
            let before = quantity.text("comparator").unwrap_or_default();
            content.field(&name("valueQuantity"), &format!("{before}{number}"))?;
        }
        if let Some(code) = quantity.text("code").filter(|_| quantity.text("system") == Some(UCUM)) {
            content.field(&name("valueQuantity.ucum"), code)?;
        }
        if let Some(unit) = quantity.text("unit").or(quantity.text("code")) {
            content.field(&name("valueQuantity.unit"), unit)?;
        }
    }
    if let Some(number) = scalar(node.get("valueInteger")) {
        content.field(&name("valueQuantity"), number)?;
    }
    if let Some(code) = node.get("valueCodeableConcept") {
        concept(code, &name("valueCodeableConcept"), &options.systems, content)?;
    }
    if let Some(Node::Bool(value)) = node.get("valueBoolean") {
        content.field(&name("valueBoolean"), if *value { "true" } else { "false" })?;
    }
    for member in ["valueString", "valueTime", "valueDateTime"] {
        if let Some(text) = node.text(member) {
            content.field(&name("valueText"), text)?;
        }
    }
    let joined = [("valueRange", "low", "-", "high"), ("valueRatio", "numerator", ":", "denominator")];
    for (member, first, sign, second) in joined {
        if let Some(pair) = node.get(member) {
            content.others(pair, &name(member), &[first, second]);
            let part = |name| pair.get(name).map(quantity_text).unwrap_or_default();
            content.field(
                &name(member).replace(member, "valueText"),
                &format!("{}{sign}{}", part(first), part(second)),
            )?;
        }
    }
    if let Some(period) = node.get("valuePeriod") {
        let part = |name| period.text(name).unwrap_or_default();
        content.field(&name("valueText"), &format!("{}/{}", part("start"), part("end")))?;
    }
    Ok(())
}

fn scalar(node: Option<&Node>) -> Option<&str> {
    match node? {
        Node::Number(text) => Some(text),
        Node::Text(text) if !text.trim().is_empty() => Some(text.trim()),
        Node::Text(_) | Node::Null | Node::Bool(_) | Node::List(_) | Node::Object(_) => None,
    }
}

/// The comparator of a quantity, if R4 defines it.
fn comparator(quantity: &Node) -> Option<&str> {
    quantity.text("comparator").filter(|text| matches!(*text, "<" | "<=" | ">=" | ">"))
}

fn quantity_text(quantity: &Node) -> String {
    let number = scalar(quantity.get("value")).unwrap_or_default();
    let unit = quantity.text("code").or(quantity.text("unit")).filter(|unit| *unit != "1");
    let before = quantity.text("comparator").unwrap_or_default();
    match unit {
        Some(unit) => format!("{before}{number} {unit}"),
        None => format!("{before}{number}"),
    }
}

/// An age as a duration of ISO 8601 (`P45Y`); `None` if it is no whole number of a UCUM unit of time, or has a comparator.
pub(super) fn age(node: &Node) -> Option<String> {
    let number = scalar(node.get("value"))?;
    let is_whole = (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let unit = match node.text("code")? {
        "a" => "Y",
        "mo" => "M",
        "wk" => "W",
        "d" => "D",
        _ => return None,
    };
    (is_whole && node.get("comparator").is_none()).then(|| format!("P{number}{unit}"))
}
