//! Maps a decoded unit to statements of the data model.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use gemj_model::fact::CaseRecord;
use gemj_model::{Fact, FactKind, FactStatus, MeasuredValue, SpecimenId};

use super::statements::{Stated, View};
use super::{person, statements, unread_result};
use crate::profile::{Expression, Made, Profile, ValueFault};
use crate::semantics::has_lost_character;
use crate::unit::{Repair, Unit};

/// The maximum number of statements of one unit.
const MAX_STATEMENTS: usize = 20_000;

/// Why a unit is quarantined. Neither the code nor the text repeats a value.
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

/// The statements of a unit, with counts of the content that gave no statement.
pub(super) struct Mapped {
    pub(super) record: CaseRecord,
    pub(super) lost_character: u64,
    pub(super) repeated: u64,
    pub(super) not_taken: BTreeMap<String, u64>,
    /// The results that could not be read, each with the index of its record and the reason.
    pub(super) refused: Vec<(usize, Refusal)>,
    /// The fields because of which facts are kept as not understood, one entry for each fact and field.
    pub(super) not_understood: Vec<String>,
    /// The repairs of the values from which statements were made.
    pub(super) repairs: Vec<Repair>,
    /// The positions of the facts by their digests, so that a unit with many facts is not searched for each of them.
    known_facts: HashMap<u64, Vec<usize>>,
    /// The positions of the specimens by their ids.
    known_specimens: HashMap<SpecimenId, usize>,
}

impl Mapped {
    /// The result for a unit without statements.
    pub(super) fn nothing(record: CaseRecord) -> Self {
        Self {
            record,
            lost_character: 0,
            repeated: 0,
            not_taken: BTreeMap::new(),
            refused: Vec::new(),
            not_understood: Vec::new(),
            repairs: Vec::new(),
            known_facts: HashMap::new(),
            known_specimens: HashMap::new(),
        }
    }

    /// Adds a fact, or counts it as repeated if the unit already has it.
    fn take_fact(&mut self, stated: Stated) {
        let facts = &self.record.facts;
        let same = self.known_facts.entry(digest(&stated.fact)).or_default();
        if same.iter().any(|at| facts.get(*at) == Some(&stated.fact)) {
            self.repeated += 1;
        } else {
            same.push(facts.len());
            self.record.facts.push(stated.fact);
            self.not_understood.extend(stated.not_understood);
        }
    }
}

/// A digest of the parts in which the facts of one unit differ most. Different facts can have the same digest.
fn digest(fact: &Fact) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&fact.code, &fact.onset, fact.observed.as_ref().map(gemj_model::PartialDate::as_str)).hash(&mut hasher);
    match &fact.value {
        Some(MeasuredValue::Text(text) | MeasuredValue::Quantity { number: text, .. } | MeasuredValue::Coded { code: text, .. }) => {
            text.hash(&mut hasher)
        }
        None => {}
    }
    hasher.finish()
}

/// Maps a whole unit and adds its statements to `record`, which has no statements yet.
///
/// # Errors
/// A [`Refusal`] of the whole unit. If the unit has other statements, a measurement that cannot be read does not refuse the unit, but is
/// listed in [`Mapped::refused`].
pub(super) fn map(profile: &Profile, unit: &Unit, record: CaseRecord) -> Result<Mapped, Refusal> {
    let mut mapped = Mapped::nothing(record);
    mapped.record.sex = person::sex(profile, unit)?;
    mapped.record.born = person::born(profile, unit)?;
    mapped.repairs.extend(repairs_of_birth(profile, unit));
    let divided = divided(unit);
    let view = View::new(profile, unit);
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
            let is_taken = match &rule.makes {
                // If one measurement cannot be read, the unit's other results are still stored. A diagnosis that cannot be read refuses the
                // whole unit. A list of problems without one of its diagnoses would state that the participant no longer has that diagnosis.
                Made::Fact(fact) if fact.kind == FactKind::Measurement => match statements::fact(&view, rule, fact, at) {
                    Err(refusal) => {
                        mapped.refused.push((at, refusal));
                        true
                    }
                    Ok(stated) => take(&mut mapped, stated),
                },
                Made::Fact(fact) => take(&mut mapped, statements::fact(&view, rule, fact, at)?),
                Made::Specimen(specimen) => match statements::specimen(&view, rule, specimen, at)? {
                    Some(specimen) => {
                        take_specimen(&mut mapped, specimen, at)?;
                        true
                    }
                    None => false,
                },
            };
            if is_taken {
                let repairs = rule.expressions().into_iter().flat_map(|expression| expression.repairs(unit, at));
                mapped.repairs.extend(repairs);
            }
            took |= is_taken;
        }
        if !took {
            took = match unread_result::kept(profile, unit, at) {
                Err(refusal) => {
                    mapped.refused.push((at, refusal));
                    true
                }
                Ok(stated) => take(&mut mapped, stated),
            };
        }
        if !took && !record.fields.is_empty() && !divided.contains(&at) {
            *mapped.not_taken.entry(record.kind.clone()).or_default() += 1;
        }
    }
    // If a result was refused and the unit has no other statement, the whole unit is refused. The earlier version of the unit then stays
    // stored.
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

/// Adds the fact if there is one. Returns whether there is one.
fn take(mapped: &mut Mapped, stated: Option<Stated>) -> bool {
    let is_taken = stated.is_some();
    if let Some(stated) = stated {
        mapped.take_fact(stated);
    }
    is_taken
}

/// The records whose repeated value was divided into records of the same kind inside them.
fn divided(unit: &Unit) -> HashSet<usize> {
    let records = unit.records.iter();
    let parents = records.filter_map(|record| {
        record
            .parent
            .filter(|at| unit.records.get(*at).is_some_and(|p| p.kind == record.kind))
    });
    parents.collect()
}

/// The repairs of the dates of birth in the unit.
fn repairs_of_birth(profile: &Profile, unit: &Unit) -> Vec<Repair> {
    let Some(born) = &profile.born else { return Vec::new() };
    let places = unit.records.iter().enumerate().filter(|(_, record)| born.is_in(&record.kind));
    places.flat_map(|(at, _)| Expression::repairs(&born.value, unit, at)).collect()
}

fn take_specimen(mapped: &mut Mapped, specimen: gemj_model::SpecimenStatement, at: usize) -> Result<(), Refusal> {
    let specimens = &mut mapped.record.specimens;
    match mapped.known_specimens.get(&specimen.id).and_then(|at| specimens.get(*at)) {
        Some(known) if *known == specimen => mapped.repeated += 1,
        Some(_) => {
            let detail = format!("record {at} describes a specimen of an earlier record differently");
            return Err(Refusal::new("contradiction", detail));
        }
        None => {
            mapped.known_specimens.insert(specimen.id.clone(), specimens.len());
            specimens.push(specimen);
        }
    }
    Ok(())
}

/// The index of the first fact that contradicts an earlier fact. Two facts contradict each other if one states that a code is present, and
/// the other that the same code is excluded or ruled out at the same time. Facts with another status, and facts with a measured value,
/// contradict nothing. `None` if no facts contradict each other.
fn contradiction(record: &CaseRecord) -> Option<usize> {
    let mut seen = std::collections::HashMap::new();
    record.facts.iter().enumerate().find_map(|(at, fact)| {
        let is_there = match fact.status {
            FactStatus::Present => true,
            FactStatus::Excluded | FactStatus::RuledOut => false,
            FactStatus::Suspected | FactStatus::History | FactStatus::NotConfirmed | FactStatus::NotUnderstood => return None,
        };
        if fact.value.is_some() {
            return None;
        }
        // Statements about two relatives, or about two courses of a treatment, do not contradict each other.
        let details: Vec<_> = fact.details.iter().map(|d| (d.name, &d.code, &d.text)).collect();
        let key = (fact.kind, &fact.code, &fact.onset, &fact.observed, details);
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
        texts.extend(fact.details.iter().map(|detail| detail.text.as_str()));
    }
    texts.extend(record.specimens.iter().map(|specimen| specimen.kind_label.as_str()));
    texts.into_iter().filter(|text| has_lost_character(text)).count() as u64
}
