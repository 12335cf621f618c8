//! Builds the records of one resource, and counts what does not enter them.

use std::collections::{BTreeMap, HashMap};

use super::MAX_FIELDS;
use crate::received_json::Node;
use crate::unit::{Field, LeftOutRule, Record, UnitAccount};

/// The mark of a resource that a model asserted (the security label `AIAST`, "Artificial Intelligence asserted", of v3-ObservationValue). Its statement is not
/// confirmed.
pub(crate) const AI_ASSERTED: &str = "meta.security";

/// Why a resource, and with it the unit of its patient, is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault(pub(super) &'static str, pub(super) String);

/// One record that is being built.
pub(super) struct Content<'a> {
    /// The type of the resource.
    pub(super) kind: &'a str,
    pub(super) fields: BTreeMap<String, Field>,
    /// How often each field that repeats was added.
    repetitions: HashMap<String, usize>,
    pub(super) account: &'a mut UnitAccount,
}

/// The members of every resource that the decoder itself reads, or that only name the resource.
const OF_THE_DECODER: [&str; 5] = ["resourceType", "id", "meta", "implicitRules", "modifierExtension"];

impl<'a> Content<'a> {
    pub(super) fn new(kind: &'a str, account: &'a mut UnitAccount) -> Self {
        Self {
            kind,
            fields: BTreeMap::new(),
            repetitions: HashMap::new(),
            account,
        }
    }

    /// Adds a field. A second value of the same field is a repetition: `name(2)`.
    pub(super) fn field(&mut self, name: &str, text: &str) -> Result<(), Fault> {
        if self.fields.len() >= MAX_FIELDS {
            return Err(Fault("too-many-values", "a resource has too many values".to_owned()));
        }
        let repetition = self.repetitions.entry(name.to_owned()).or_insert(0);
        *repetition += 1;
        let key = match *repetition {
            1 => name.to_owned(),
            repetition => format!("{name}({repetition})"),
        };
        self.fields.insert(key, Field::Value(text.to_owned()));
        Ok(())
    }

    /// Marks that a member, which can change the meaning of the whole resource, is not understood.
    pub(super) fn unread(&mut self, member: &'static str) -> Result<(), Fault> {
        self.field("@Unread", member)
    }

    pub(super) fn leave_out(&mut self, rule: LeftOutRule, path: &str) {
        self.account.leave_out(rule, format!("{}.{path}", self.kind));
    }

    /// Counts the members of an object that are not among `read`.
    pub(super) fn others(&mut self, node: &Node, path: &str, read: &[&str]) {
        let Node::Object(members) = node else { return };
        for name in members.keys().filter(|name| !read.contains(&name.as_str())) {
            let path = if path.is_empty() {
                shown(name).to_owned()
            } else {
                format!("{path}.{}", shown(name))
            };
            self.leave_out(rule_of(name), &path);
        }
    }

    /// Counts the members of the resource that are not among `read`, and marks those that can change its meaning.
    pub(super) fn resource(&mut self, node: &Node, read: &[&str]) -> Result<(), Fault> {
        let read: Vec<&str> = read.iter().chain(&OF_THE_DECODER).copied().collect();
        self.others(node, "", &read);
        for member in unread_members(node) {
            self.unread(member)?;
        }
        Ok(())
    }

    pub(super) fn record(self, parent: Option<usize>) -> Record {
        Record {
            kind: self.kind.to_owned(),
            parent,
            offset: None,
            fields: self.fields,
        }
    }
}

/// The members of a resource that can change its meaning and that the gateway does not read: extensions that modify (R4 § 2.4.1.2), rules that a
/// reader must know (§ 2.26.3.1), the mark of an incomplete resource (§ 3.1.1.5.9), and the mark of test data (`HTEST` of v3-ActReason).
pub(super) fn unread_members(node: &Node) -> Vec<&'static str> {
    let mut found = Vec::new();
    if node.has_anywhere("modifierExtension") {
        found.push("modifierExtension");
    }
    if node.has_anywhere("implicitRules") {
        found.push("implicitRules");
    }
    let tags = node.get("meta").map_or(&[][..], |meta| meta.list("tag"));
    let labels = node.get("meta").map_or(&[][..], |meta| meta.list("security"));
    let has = |code: &str| {
        let mut marks = tags.iter().chain(labels);
        marks.any(|mark| mark.text("code").is_some_and(|text| text.eq_ignore_ascii_case(code)))
    };
    if has("SUBSETTED") || has("HTEST") {
        found.push("meta.tag");
    }
    if has("AIAST") {
        found.push(AI_ASSERTED);
    }
    found
}

/// The rule by which a member is left out.
fn rule_of(member: &str) -> LeftOutRule {
    match member {
        "text" | "note" | "div" | "comment" => LeftOutRule::FreeText,
        "name" | "address" | "telecom" | "contact" | "photo" | "identifier" | "communication" => LeftOutRule::IdentifierField,
        _ => LeftOutRule::FieldNotAdmitted,
    }
}

/// The name of a member for counts. A name that no FHIR member can have could be a value.
pub(crate) fn shown(name: &str) -> &str {
    let plain = name.strip_prefix('_').unwrap_or(name);
    let is_name = (1..=64).contains(&plain.len())
        && plain.starts_with(|c: char| c.is_ascii_alphabetic())
        && plain.bytes().all(|b| b.is_ascii_alphanumeric());
    if is_name { name } else { "(unknown)" }
}
