//! Explains what became of every field of one unit, for the author of a profile. Nothing is stored, and no value of the unit is returned.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

use gemj_model::{FactKind, FactStatus, SiteId};

use super::coverage::{self, Treatment};
use super::{decoders, statements, unread_result};
use crate::profile::{Made, Profile};
use crate::unit::{LeftOutRule, Met, Undecodable, Unit, UnitAccount};

/// One unit, with what became of each of its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The place of the unit, as `Quarantined::unit` names it.
    pub locator: String,
    /// Every field that entered the unit, in the order of the records, then of the names.
    pub fields: Vec<ExplainedField>,
    /// What the decoder found for the unit and did not include in it, in the order of the input: names of fields, and what became of them.
    pub outside: Vec<(String, Fate)>,
    /// Every statement that the rules make, in the order of the records, then of the rules.
    pub statements: Vec<ExplainedStatement>,
    /// What the decoder left out of the unit, and what it repaired.
    pub account: UnitAccount,
    /// The fault, if the unit could not be decoded; the other members are then empty.
    pub fault: Option<Undecodable>,
}

/// A field of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedField {
    /// The index of the field's record in the unit.
    pub record: usize,
    /// The kind of the record.
    pub kind: String,
    /// The offset of the record in its file, in bytes; `None` if the format has no offsets.
    pub offset: Option<u64>,
    /// The name of the field.
    pub name: String,
    /// What became of the field.
    pub fate: Fate,
}

/// What became of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// These parts of the profile read the field: `participant`, `sex`, `born`, or a rule whose conditions hold (`rules[3]`).
    Read(Vec<String>),
    /// The format defines that the field changes the status of a statement.
    Modifier,
    /// Only rules whose conditions do not hold read the field.
    ConditionNotMet(Vec<String>),
    /// The profile ignores the field for this reason.
    Ignored(String),
    /// The profile does not mention the field.
    NotMapped,
    /// A rule leaves the content out.
    LeftOut(LeftOutRule),
}

/// A statement of a unit, or the reason why a rule made none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedStatement {
    /// The index of the record from which the statement is made.
    pub record: usize,
    /// The rule, such as `rules[3]`; empty for a result that no rule reads.
    pub rule: String,
    /// The result.
    pub result: Statement,
}

/// The result of a rule for a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// A fact, with its kind and status. The code is not returned, because a local code can be a text of the source.
    Fact(FactKind, FactStatus),
    /// A specimen.
    Specimen,
    /// The record has no value for the statement, or a measurement has no result.
    Nothing,
    /// The value was refused: the code of the reason, and the reason in words.
    Refused(&'static str, String),
}

/// Finds the unit with the position `number` (from 1) in the input, in the order of `ingest`, and explains it. `None` if the input has fewer units.
#[must_use]
pub fn explain(paths: &[PathBuf], profile: &Profile, site: &SiteId, number: u64) -> Option<Explained> {
    let profile = &profile.of_site(site);
    let (mut received, mut found) = (0, None);
    let mut outside = Vec::new();
    let _ = decoders::decode(paths, profile, &mut |met| {
        received += u64::from(matches!(met, Met::Unit(_) | Met::Undecodable(_)));
        match met {
            // A decoder reports what it leaves out of a unit directly before the unit.
            Met::Unit(_) | Met::Undecodable(_) if received < number => outside.clear(),
            Met::Ignored(name) => outside.extend(not_included(profile, &name)),
            Met::LeftOut(rule, name) => outside.push((name, Fate::LeftOut(rule))),
            Met::Repaired(_) | Met::Remains(_) => {}
            Met::Unit(unit) => found = Some(explained(profile, &unit, std::mem::take(&mut outside))),
            Met::Undecodable(fault) => found = Some(undecodable(fault)),
        }
        if found.is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    found
}

/// A field that a decoder did not include in a unit, because the profile does not request it. `None` for a file or message that is not read.
pub(super) fn not_included(profile: &Profile, kind: &str) -> Option<(String, Fate)> {
    let name = kind.strip_prefix("field:")?;
    let (record, field) = name.split_once(' ').unwrap_or(("", name));
    let fate = match profile.ignored(record, field) {
        Some(reason) => Fate::Ignored(reason.to_owned()),
        None => Fate::NotMapped,
    };
    Some((name.to_owned(), fate))
}

fn undecodable(fault: Undecodable) -> Explained {
    Explained {
        locator: fault.locator.clone(),
        fields: Vec::new(),
        outside: Vec::new(),
        statements: Vec::new(),
        account: UnitAccount::default(),
        fault: Some(fault),
    }
}

pub(super) fn explained(profile: &Profile, unit: &Unit, outside: Vec<(String, Fate)>) -> Explained {
    let readers = Readers::of(profile, unit);
    let fields = coverage::treatments(profile, unit).into_iter().map(|(at, name, treatment)| {
        let record = unit.records.get(at);
        ExplainedField {
            record: at,
            kind: record.map(|record| record.kind.clone()).unwrap_or_default(),
            offset: record.and_then(|record| record.offset),
            name: name.to_owned(),
            fate: match treatment {
                Treatment::Read => readers.fate(at, name),
                Treatment::Ignored(reason) => Fate::Ignored(reason.to_owned()),
                Treatment::Unknown => Fate::NotMapped,
            },
        }
    });
    Explained {
        locator: unit.locator.clone(),
        fields: fields.collect(),
        outside,
        statements: made(profile, unit),
        account: unit.account.clone(),
        fault: None,
    }
}

/// The parts of the profile that read each field, by record and name.
#[derive(Default)]
struct Readers {
    holding: BTreeMap<(usize, String), Vec<String>>,
    others: BTreeMap<(usize, String), Vec<String>>,
}

impl Readers {
    fn of(profile: &Profile, unit: &Unit) -> Self {
        let mut readers = Self::default();
        let person = [
            ("participant", Some(&profile.participant)),
            ("sex", profile.sex.as_ref()),
            ("born", profile.born.as_ref()),
        ];
        for (at, record) in unit.records.iter().enumerate() {
            for (part, placed) in person {
                let Some(placed) = placed.filter(|placed| placed.is_in(&record.kind)) else {
                    continue;
                };
                for (found, name, _) in placed.value.selectors().into_iter().filter_map(|s| s.find(unit, at)) {
                    add(&mut readers.holding, found, name, part);
                }
            }
            for rule in profile.rules.iter().filter(|rule| rule.is_about(unit, at)) {
                let into = match rule.holds(unit, at) {
                    true => &mut readers.holding,
                    false => &mut readers.others,
                };
                for (found, name, _) in rule.selectors().into_iter().filter_map(|s| s.find(unit, at)) {
                    add(into, found, name, &rule.place);
                }
            }
        }
        readers
    }

    /// The fate of a field that something reads. In HL7, `PID-8` and `PID-8.1` are the same field.
    fn fate(&self, at: usize, name: &str) -> Fate {
        let find = |map: &BTreeMap<(usize, String), Vec<String>>| {
            let by = |name: String| map.get(&(at, name)).cloned();
            by(name.to_owned()).or_else(|| by(format!("{name}.1")))
        };
        match (find(&self.holding), find(&self.others)) {
            (Some(rules), _) => Fate::Read(rules),
            (None, Some(rules)) => Fate::ConditionNotMet(rules),
            (None, None) => Fate::Modifier,
        }
    }
}

fn add(map: &mut BTreeMap<(usize, String), Vec<String>>, at: usize, name: &str, reader: &str) {
    let readers = map.entry((at, name.to_owned())).or_default();
    if !readers.iter().any(|known| known == reader) {
        readers.push(reader.to_owned());
    }
}

/// The statements of the unit, made as [`super::map`] makes them, without the checks of the unit as a whole.
fn made(profile: &Profile, unit: &Unit) -> Vec<ExplainedStatement> {
    let view = statements::View::new(profile, unit);
    let mut statements = Vec::new();
    for at in 0..unit.records.len() {
        let before = statements.len();
        for rule in profile.rules.iter().filter(|rule| rule.is_about(unit, at) && rule.holds(unit, at)) {
            let result = match &rule.makes {
                Made::Fact(fact) => match statements::fact(&view, rule, fact, at) {
                    Ok(Some(stated)) => Statement::Fact(stated.fact.kind, stated.fact.status),
                    Ok(None) => Statement::Nothing,
                    Err(refusal) => Statement::Refused(refusal.reason_code, refusal.detail),
                },
                Made::Specimen(specimen) => match statements::specimen(&view, rule, specimen, at) {
                    Ok(Some(_)) => Statement::Specimen,
                    Ok(None) => Statement::Nothing,
                    Err(refusal) => Statement::Refused(refusal.reason_code, refusal.detail),
                },
            };
            statements.push(ExplainedStatement {
                record: at,
                rule: rule.place.clone(),
                result,
            });
        }
        let is_taken = statements
            .get(before..)
            .is_some_and(|made: &[ExplainedStatement]| made.iter().any(|made| made.result != Statement::Nothing));
        let unread = if is_taken {
            Ok(None)
        } else {
            unread_result::kept(profile, unit, at)
        };
        let result = match unread {
            Ok(None) => continue,
            Ok(Some(stated)) => Statement::Fact(stated.fact.kind, stated.fact.status),
            Err(refusal) => Statement::Refused(refusal.reason_code, refusal.detail),
        };
        statements.push(ExplainedStatement {
            record: at,
            rule: String::new(),
            result,
        });
    }
    statements
}
