//! Chooses the number of a patient, or the id of a specimen, among the identifiers of a resource.

use crate::received_json::Node;

/// The code system of types of identifiers (HL7 v2 table 0203), in R4 and in earlier versions.
const TYPES: [&str; 2] = ["http://terminology.hl7.org/CodeSystem/v2-0203", "http://hl7.org/fhir/v2/0203"];

/// Which identifier of a resource is its number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Number {
    /// The only identifier of the type `MR` (medical record number) or, without this type, the only identifier.
    #[default]
    Only,
    /// The identifier of this system.
    System(String),
    /// The `id` of the resource. It is a number of one server.
    Id,
}

/// An identifier.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Identifier {
    pub(super) system: String,
    pub(super) value: String,
}

/// The identifiers of a resource, without those that are not used any more (Identifier.use `old`, or a period with an end, R4 § 2.24.0.13): such a
/// number can belong to another person now. Each has the mark whether it is
/// a medical record number.
pub(super) fn identifiers(node: &Node) -> Vec<(Identifier, bool)> {
    let mut found = Vec::new();
    for identifier in node.list("identifier") {
        let has_ended = identifier.get("period").is_some_and(|period| period.get("end").is_some());
        if has_ended || identifier.text("use") == Some("old") {
            continue;
        }
        if let Some(known) = one(identifier) {
            let codings = identifier.get("type").map_or(&[][..], |kind| kind.list("coding"));
            let is_record = codings
                .iter()
                .any(|coding| coding.text("code") == Some("MR") && coding.text("system").is_some_and(|system| TYPES.contains(&system)));
            found.push((known, is_record));
        }
    }
    found
}

/// One identifier as received, because a number with a space around it is another number; `None` if it has no value.
pub(super) fn one(identifier: &Node) -> Option<Identifier> {
    Some(Identifier {
        system: identifier.text("system").unwrap_or_default().to_owned(),
        value: identifier.text("value")?.to_owned(),
    })
}

/// The number of a resource, or the reason code for which it has none.
pub(super) fn number(node: &Node, rule: &Number) -> Result<Identifier, &'static str> {
    let all = identifiers(node);
    let mut chosen: Vec<Identifier> = match rule {
        Number::Id => node
            .text("id")
            .map(|id| Identifier {
                system: String::new(),
                value: id.to_owned(),
            })
            .into_iter()
            .collect(),
        Number::System(system) => all
            .into_iter()
            .map(|(known, _)| known)
            .filter(|known| known.system == *system)
            .collect(),
        Number::Only => {
            let has_record = all.iter().any(|(_, is_record)| *is_record);
            all.into_iter()
                .filter(|(_, is_record)| *is_record || !has_record)
                .map(|(known, _)| known)
                .collect()
        }
    };
    chosen.sort();
    chosen.dedup();
    match chosen.len() {
        0 => Err("no-number"),
        1 => chosen.pop().ok_or("no-number"),
        _ => Err("several-numbers"),
    }
}
