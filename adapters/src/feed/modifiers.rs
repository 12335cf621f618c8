//! Finds the modifiers of a statement: in its own fields, in the records inside its record, and in the name of a diagnosis.

use std::collections::BTreeMap;

use gemj_model::{FactKind, FactStatus, PartialDate};

use super::statements::Place;
use crate::profile::{CoreModifiers, Expression, FactRule, Selector};
use crate::semantics::{
    DateFormat, Modifier, abated, action, certainty, condition_status, confirmation, flag, in_coded_name, in_name, life_cycle, modifier,
    observation_status, parse_date, probability, resolved, result_status,
};
use crate::unit::{Field, Record};

/// The types of results (OBX-2) whose values have a meaning by themselves.
const RESULT_TYPES: [&str; 18] = [
    "NM", "ST", "SN", "SI", "CE", "CWE", "CNE", "CF", "IS", "ID", "DT", "TM", "TS", "DTM", "DR", "CP", "CQ", "MO",
];

/// A modifier, with the name of its field for reports.
pub(super) struct Found {
    pub(super) field: String,
    pub(super) modifier: Modifier,
}

/// The modifiers that apply to the statement.
pub(super) fn modifiers(place: &Place<'_>, made: &FactRule, label: &str) -> Vec<Found> {
    let mut found = Vec::new();
    // Only a rule with modifiers looks for the records inside, because a message can have many results.
    let inside: Vec<&Record> = match made.modifiers.is_empty() {
        true => Vec::new(),
        false => place
            .unit
            .records
            .iter()
            .filter(|record| record.parent == Some(place.record))
            .collect(),
    };
    for rule in &made.modifiers {
        let named = |modifier| Found {
            field: format!("{} {}", rule.record, rule.field),
            modifier,
        };
        for record in inside.iter().filter(|record| record.kind == rule.record) {
            found.extend(rule.texts(record).into_iter().map(|texts| named(modifier(texts))));
            // Another field of the modifier counts only if it certainly changes the status.
            let others = rule.other_texts(record).into_iter().map(modifier);
            found.extend(others.filter(|other| matches!(other, Modifier::Says(_))).map(named));
        }
    }
    if let Some(record) = place.unit.records.get(place.record) {
        match made.core {
            CoreModifiers::None => {}
            CoreModifiers::Problem => found.extend(of_problem(place, made, record)),
            CoreModifiers::Result => found.extend(of_result(place, record)),
            CoreModifiers::Flags => found.extend(of_flags(place)),
            CoreModifiers::FhirCondition => found.extend(of_fhir_condition(place, record)),
            CoreModifiers::FhirObservation => found.extend(of_fhir_observation(place, record)),
        }
    }
    match made.kind {
        FactKind::Disease => found.push(Found {
            field: format!("{} (the name of the diagnosis)", place.rule.record),
            modifier: in_name(label),
        }),
        FactKind::Phenotype | FactKind::Measurement => {}
    }
    found
}

/// The fields of a problem that change its status.
fn of_problem(place: &Place<'_>, made: &FactRule, record: &Record) -> Vec<Found> {
    let sent = sent(place);
    let stated: Vec<&str> = made.status.iter().flat_map(Expression::selectors).map(Selector::name).collect();
    let read = |field: &str, meaning: &dyn Fn(&[&str]) -> Modifier| {
        let is_part = |name: &str| name == field || name.strip_prefix(field).is_some_and(|rest| rest.starts_with(['.', '(']));
        let is_stated = stated.iter().any(|name| is_part(name));
        let texts = texts_of(record, field, if is_stated { &stated } else { &[] });
        let modifier = match meaning(&texts) {
            // If the profile states the meaning of a part of this field, the other parts count only if they certainly change the status.
            Modifier::Unknown if is_stated => Modifier::Neutral,
            modifier => modifier,
        };
        Found {
            field: format!("PRB {field}"),
            modifier,
        }
    };
    vec![
        read("PRB-1", &action),
        read("PRB-9", &|texts| resolved(texts, sent.as_ref())),
        read("PRB-13", &confirmation),
        read("PRB-14", &life_cycle),
        read("PRB-19", &certainty),
        read("PRB-20", &probability),
    ]
}

/// The day on which the message was sent (MSH-7); `None` if not stated.
fn sent(place: &Place<'_>) -> Option<PartialDate> {
    let header = place.unit.records.iter().find(|record| record.kind == "MSH")?;
    let [time] = texts_of(header, "MSH-7", &[])[..] else {
        return None;
    };
    parse_date(time, &[DateFormat::Compact]).ok()
}

/// The status and the type of a result. The repetition of a result has them in the record around it.
fn of_result(place: &Place<'_>, record: &Record) -> Vec<Found> {
    let around = record
        .parent
        .and_then(|parent| place.unit.records.get(parent))
        .filter(|around| around.kind == record.kind);
    let segment = around.unwrap_or(record);
    let value_type = match texts_of(segment, "OBX-2", &[])[..] {
        [text] if RESULT_TYPES.contains(&text.to_ascii_uppercase().as_str()) => Modifier::Neutral,
        _ => Modifier::Unknown,
    };
    let found = |field: &str, modifier| Found {
        field: format!("OBX {field}"),
        modifier,
    };
    vec![
        found("OBX-2", value_type),
        found("OBX-11", result_status(&texts_of(segment, "OBX-11", &[]))),
    ]
}

/// The flags of the record and of the records around it, and the marks of imputed values.
fn of_flags(place: &Place<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = Some(place.record);
    while let Some(record) = at.and_then(|index| place.unit.records.get(index)) {
        let mut flags: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, field) in &record.fields {
            match field {
                Field::Value(text) if name.starts_with("@Flag") => {
                    let (repetition, _) = name.split_once('.').unwrap_or((name, ""));
                    flags.entry(repetition).or_default().push(text);
                }
                // An imputed value was not observed. A mark that the file names but does not contain could mean anything.
                Field::Value(_) if matches!(name.as_str(), "@Imputed" | "@Unresolved") => found.push(Found {
                    field: format!("{} {name}", record.kind),
                    modifier: Modifier::Unknown,
                }),
                Field::Value(_) | Field::Null => {}
            }
        }
        found.extend(flags.into_values().map(|texts| Found {
            field: format!("{} @Flag", record.kind),
            modifier: flag(&texts),
        }));
        at = record.parent;
    }
    found
}

/// The statuses, the end and the names of a FHIR Condition.
fn of_fhir_condition(place: &Place<'_>, record: &Record) -> Vec<Found> {
    let patient = place.unit.records.iter().find(|record| record.fields.contains_key("@Time"));
    let time = patient.and_then(|patient| texts_of(patient, "@Time", &[]).first().copied());
    let time = time.and_then(|time| parse_date(time, &[DateFormat::Iso]).ok());
    let of_status = condition_status(
        &texts_of(record, "verificationStatus", &[]),
        &texts_of(record, "clinicalStatus", &[]),
    );
    let found = |field: &str, modifier| Found {
        field: format!("Condition {field}"),
        modifier,
    };
    let mut all = unread_in(record);
    all.push(found("verificationStatus, clinicalStatus", of_status));
    // A disease that was refuted is not a disease that has ended.
    if of_status != Modifier::Says(FactStatus::RuledOut) {
        let ends = texts_of(record, "abatement", &[]);
        all.extend(ends.into_iter().map(|text| found("abatement[x]", abated(text, time.as_ref()))));
    }
    let names = texts_of(record, "@Name", &[]).into_iter();
    all.extend(names.map(|name| found("code (a name of the diagnosis)", in_coded_name(name))));
    all
}

/// The status of a FHIR Observation. A component has the status of the Observation around it.
fn of_fhir_observation(place: &Place<'_>, record: &Record) -> Vec<Found> {
    let around = record.parent.and_then(|parent| place.unit.records.get(parent));
    let whole = around.unwrap_or(record);
    let mut all = unread_in(record);
    all.extend(around.into_iter().flat_map(unread_in));
    all.push(Found {
        field: "Observation status".to_owned(),
        modifier: observation_status(&texts_of(whole, "status", &[])),
    });
    all
}

/// The members of a FHIR resource that change its meaning and are not understood.
fn unread_in(record: &Record) -> Vec<Found> {
    let members = texts_of(record, "@Unread", &[]).into_iter();
    let found = members.map(|member| Found {
        field: format!("{} {member}", record.kind),
        modifier: Modifier::Unknown,
    });
    found.collect()
}

/// The texts of all parts of a field of a record, except the parts with a name in `except`. A field with one component has two names, and counts
/// once.
fn texts_of<'r>(record: &'r Record, field: &str, except: &[&str]) -> Vec<&'r str> {
    let mut texts = Vec::new();
    for (name, value) in &record.fields {
        let Field::Value(text) = value else { continue };
        let is_part = name
            .strip_prefix(field)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '(']));
        let is_twin = name.strip_suffix(".1").is_some_and(|whole| record.fields.contains_key(whole));
        let is_excepted = except
            .iter()
            .any(|other| name == other || other.strip_suffix(".1") == Some(name.as_str()) || name.strip_suffix(".1") == Some(*other));
        if is_part && !is_twin && !is_excepted && !text.trim().is_empty() {
            texts.push(text.trim());
        }
    }
    texts
}
