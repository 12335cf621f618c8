//! Counts for each field of a feed whether the profile reads, ignores or does not mention it. Only names are counted, never values.

use std::collections::HashSet;

use super::has_only_components;
use crate::accounting::Accounting;
use crate::profile::{Profile, Selector};
use crate::unit::{Field, LeftOutRule, Record, Unit};

/// Counts a field or item that a decoder did not include in a unit.
pub(super) fn ignored(profile: &Profile, kind: &str, accounting: &mut Accounting) {
    match kind.split_once(':') {
        Some(("field", name)) => {
            let (record, field) = name.split_once(' ').unwrap_or(("", name));
            match profile.ignored(record, field) {
                Some(_) => accounting.field(name).ignored += 1,
                None => accounting.field(name).unknown += 1,
            }
        }
        named => {
            let rule = match named {
                None if kind == "history" => LeftOutRule::SupersededFile,
                Some(_) | None => LeftOutRule::FileNotRead,
            };
            accounting.leave_out(rule, kind, 1);
            accounting.ignore(kind);
        }
    }
}

/// The name under which a field counts as a second code of a diagnosis, an analyte or a coded result: the code of a further repetition, or the
/// alternate code of the type CWE (component 4). `None` for every other field. Component 4 of PRB-10 with the system JHSD0004 is the kind of the
/// diagnosis, not a code.
fn other_coding(profile: &Profile, record: &Record, name: &str) -> Option<String> {
    let (field, rest) = ["PRB-3", "PRB-10", "OBX-3", "OBX-5"].into_iter().find_map(|field| {
        name.strip_prefix(field)
            .map(|rest| (field, rest))
            .filter(|(_, rest)| rest.starts_with(['.', '(']))
    })?;
    let has = |name: String, text: &str| matches!(record.fields.get(&name), Some(Field::Value(value)) if value.eq_ignore_ascii_case(text));
    let is_other = has_only_components(profile)
        && match rest.split_once('.') {
            Some(("", "4")) => !has(format!("{field}.6"), "JHSD0004"),
            Some((repetition, "1" | "4")) => !repetition.is_empty(),
            Some(_) => false,
            None => true,
        };
    is_other.then(|| name.strip_suffix(".1").unwrap_or(name).to_owned())
}

/// How the profile treats a field of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Treatment<'p> {
    /// A rule, the person section or the format's own meaning reads the field.
    Read,
    /// The profile ignores the field for this reason.
    Ignored(&'p str),
    /// The profile does not mention the field.
    Unknown,
}

/// Counts the fields of a unit.
pub(super) fn unit(profile: &Profile, unit: &Unit, accounting: &mut Accounting) {
    *accounting.encodings.entry(unit.encoding).or_default() += 1;
    accounting.add_account(&unit.account);
    if unit.deleted {
        return;
    }
    for (at, name, treatment) in treatments(profile, unit) {
        let record = unit.records.get(at);
        let kind = record.map_or("", |record| &record.kind);
        if let (true, Some(other)) = (
            treatment != Treatment::Read,
            record.and_then(|record| other_coding(profile, record, name)),
        ) {
            accounting.leave_out(LeftOutRule::OtherCoding, &other, 1);
            continue;
        }
        let coverage = accounting.field(&format!("{kind} {name}"));
        match treatment {
            Treatment::Read => coverage.mapped += 1,
            Treatment::Ignored(_) => coverage.ignored += 1,
            Treatment::Unknown => coverage.unknown += 1,
        }
    }
}

/// Every field of a unit, with the index of its record and its treatment. A field counts as read if a rule reads it for its record or for a record
/// inside it, even if the rule's conditions are not met.
pub(super) fn treatments<'u>(profile: &'u Profile, unit: &'u Unit) -> Vec<(usize, &'u str, Treatment<'u>)> {
    let asked = asked(profile, unit);
    let mut treatments = Vec::new();
    for (at, record) in unit.records.iter().enumerate() {
        for name in record.fields.keys() {
            let mut names = vec![name.as_str()];
            if has_only_components(profile) {
                match name.strip_suffix(".1") {
                    // The record also has the field under its name without `.1`. That name is counted instead.
                    Some(field) if record.fields.contains_key(field) => continue,
                    Some(_) | None => {}
                }
                // The parts of a structured number were joined to the value of the whole field, which is counted instead.
                if name.starts_with("OBX-5.") && record.fields.contains_key("OBX-5") {
                    continue;
                }
            }
            let only_component = format!("{name}.1");
            if has_only_components(profile) {
                names.push(&only_component);
            }
            let is_read = names.iter().any(|name| asked.contains(&(at, *name))) || profile.modifies(&record.kind, name);
            let treatment = match profile.ignored(&record.kind, name) {
                _ if is_read => Treatment::Read,
                Some(reason) => Treatment::Ignored(reason),
                None => Treatment::Unknown,
            };
            treatments.push((at, name.as_str(), treatment));
        }
    }
    treatments
}

/// The fields (with the index of their record) that a rule or the profile's person section reads, even if the rule's conditions are not met.
fn asked<'u>(profile: &'u Profile, unit: &'u Unit) -> HashSet<(usize, &'u str)> {
    let mut asked = HashSet::new();
    let mut ask = |selectors: Vec<&'u Selector>, record: usize| {
        asked.extend(
            selectors
                .into_iter()
                .filter_map(|s| s.find(unit, record))
                .map(|(at, name, _)| (at, name)),
        );
    };
    let placed = || {
        [Some(&profile.participant), profile.sex.as_ref(), profile.born.as_ref()]
            .into_iter()
            .flatten()
    };
    for (at, record) in unit.records.iter().enumerate() {
        for placed in placed().filter(|placed| placed.is_in(&record.kind)) {
            ask(placed.value.selectors(), at);
        }
        for rule in profile.rules.iter().filter(|rule| rule.is_about(unit, at)) {
            ask(rule.selectors(), at);
        }
        for rule in profile.consents.iter().filter(|rule| rule.record == record.kind) {
            ask(rule.selectors(), at);
        }
    }
    asked
}
