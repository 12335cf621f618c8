//! Maps a unit to the model's statements.

use std::collections::BTreeMap;

use gemj_model::fact::CaseRecord;
use gemj_model::{FactKind, FactStatus, MeasuredValue};

use super::{person, statements};
use crate::profile::{Made, Profile, ValueFault};
use crate::semantics::has_lost_character;
use crate::unit::Unit;

/// The most statements of one unit.
const MAX_STATEMENTS: usize = 20_000;

/// Why a unit is quarantined. Neither part repeats a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) reason_code: &'static str,
    pub(super) detail: String,
}

impl Refusal {
    pub(super) fn new(reason_code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            reason_code,
            detail: detail.into(),
        }
    }

    pub(super) fn of_value(place: &str, record: usize, fault: &ValueFault) -> Self {
        let detail = format!("{place}, record {record}: {} {}", fault.field, fault.expectation);
        Self::new(fault.reason_code, detail)
    }
}

/// A unit's content in the model's terms, with counts of the content that is not in the record.
pub(super) struct Mapped {
    pub(super) record: CaseRecord,
    pub(super) lost_character: u64,
    pub(super) repeated: u64,
    pub(super) not_taken: BTreeMap<String, u64>,
    /// Results that could not be read, by their record, with the reason.
    pub(super) refused: Vec<(usize, Refusal)>,
}

impl Mapped {
    /// A unit without statements.
    pub(super) fn nothing(record: CaseRecord) -> Self {
        Self {
            record,
            lost_character: 0,
            repeated: 0,
            not_taken: BTreeMap::new(),
            refused: Vec::new(),
        }
    }
}

/// Maps a whole unit into a record that has no statements yet.
///
/// # Errors
/// A [`Refusal`] for the whole unit. A measurement that cannot be read is listed in [`Mapped::refused`] instead.
pub(super) fn map(profile: &Profile, unit: &Unit, record: CaseRecord) -> Result<Mapped, Refusal> {
    let mut mapped = Mapped::nothing(record);
    mapped.record.sex = person::sex(profile, unit)?;
    mapped.record.born = person::born(profile, unit)?;
    for (at, record) in unit.records.iter().enumerate() {
        if mapped.record.facts.len() + mapped.record.specimens.len() > MAX_STATEMENTS {
            let detail = format!("the unit makes more than {MAX_STATEMENTS} statements");
            return Err(Refusal::new("too-many-statements", detail));
        }
        let mut rules = profile.rules.iter().filter(|rule| rule.is_about(unit, at)).peekable();
        if rules.peek().is_none() {
            continue;
        }
        let mut took = false;
        for rule in rules.filter(|rule| rule.holds(unit, at)) {
            took |= match &rule.makes {
                // One result that cannot be read does not affect the other results. This does not hold for a diagnosis: a list of problems
                // from which one diagnosis is missing states that the participant no longer has that diagnosis.
                Made::Fact(fact) if fact.kind == FactKind::Measurement => match statements::fact(rule, fact, unit, at) {
                    Err(refusal) => {
                        mapped.refused.push((at, refusal));
                        true
                    }
                    Ok(Some(fact)) if mapped.record.facts.contains(&fact) => {
                        mapped.repeated += 1;
                        true
                    }
                    Ok(Some(fact)) => {
                        mapped.record.facts.push(fact);
                        true
                    }
                    Ok(None) => false,
                },
                Made::Fact(fact) => match statements::fact(rule, fact, unit, at)? {
                    Some(fact) if mapped.record.facts.contains(&fact) => {
                        mapped.repeated += 1;
                        true
                    }
                    Some(fact) => {
                        mapped.record.facts.push(fact);
                        true
                    }
                    None => false,
                },
                Made::Specimen(specimen) => match statements::specimen(rule, specimen, unit, at)? {
                    Some(specimen) => {
                        take_specimen(&mut mapped, specimen, at)?;
                        true
                    }
                    None => false,
                },
            };
        }
        if !took && !record.fields.is_empty() {
            *mapped.not_taken.entry(record.kind.clone()).or_default() += 1;
        }
    }
    // If a result was refused and the unit has no other statement, the whole unit is refused, so that its earlier version stays.
    if mapped.record.facts.is_empty()
        && mapped.record.specimens.is_empty()
        && let Some((_, refusal)) = mapped.refused.first()
    {
        return Err(refusal.clone());
    }
    if let Some(at) = contradiction(&mapped.record) {
        let fact = &mapped.record.facts[at];
        let detail = format!("a {} is both present and excluded at the same time", fact.kind.as_str());
        return Err(Refusal::new("contradiction", detail));
    }
    mapped.lost_character = lost_characters(&mapped.record);
    Ok(mapped)
}

fn take_specimen(mapped: &mut Mapped, specimen: gemj_model::SpecimenStatement, at: usize) -> Result<(), Refusal> {
    match mapped.record.specimens.iter().find(|known| known.id == specimen.id) {
        Some(known) if *known == specimen => mapped.repeated += 1,
        Some(_) => {
            let detail = format!("record {at} describes a specimen of an earlier record differently");
            return Err(Refusal::new("contradiction", detail));
        }
        None => mapped.record.specimens.push(specimen),
    }
    Ok(())
}

/// The index of the first fact that contradicts an earlier fact: the same code at the same time is present, and excluded or ruled out.
/// Facts with another status contradict nothing.
fn contradiction(record: &CaseRecord) -> Option<usize> {
    let mut seen = std::collections::HashMap::new();
    record.facts.iter().enumerate().find_map(|(at, fact)| {
        let is_there = match fact.status {
            FactStatus::Present => true,
            FactStatus::Excluded | FactStatus::RuledOut => false,
            FactStatus::Suspected | FactStatus::History | FactStatus::NotUnderstood => return None,
        };
        if fact.value.is_some() {
            return None;
        }
        let key = (fact.kind, &fact.code, &fact.onset, &fact.observed);
        let earlier = seen.insert(key, is_there);
        earlier.is_some_and(|was_there| was_there != is_there).then_some(at)
    })
}

fn lost_characters(record: &CaseRecord) -> u64 {
    let mut texts: Vec<&str> = Vec::new();
    for fact in &record.facts {
        texts.push(&fact.label);
        match &fact.value {
            Some(MeasuredValue::Text(text)) => texts.push(text),
            Some(MeasuredValue::Quantity { unit, .. }) => texts.push(unit),
            Some(MeasuredValue::Coded { label, .. }) => texts.push(label),
            None => {}
        }
    }
    texts.extend(record.specimens.iter().map(|specimen| specimen.kind_label.as_str()));
    texts.into_iter().filter(|text| has_lost_character(text)).count() as u64
}
