//! Finds the modifiers of a statement: in its own fields, in the records inside its record, and in the name of a diagnosis.

use std::collections::BTreeMap;

use gemj_model::{FactKind, FactStatus, PartialDate};

use super::modifier_records::of_record;
use super::statements::Place;
use crate::fhir::AI_ASSERTED;
use crate::miabis::meaning::is_read;
use crate::profile::{CoreModifiers, Expression, FactRule, ModifierRule, Selector};
use crate::semantics::{
    DateFormat, Modifier, abated, abnormal_flag, action, certainty, condition_status, confirmation, flag, in_coded_name, in_feature_name,
    in_name, in_name_of_relative, life_cycle, observation_status, of_category, of_term, order_control, order_status, parse_date,
    probability, report_status, resolved, result_status, specimen_condition, specimen_rejected, specimen_role,
};
use crate::unit::{Field, Record};

/// The types of results (OBX-2) whose values have a meaning by themselves.
const RESULT_TYPES: [&str; 18] = [
    "NM", "ST", "SN", "SI", "CE", "CWE", "CNE", "CF", "IS", "ID", "DT", "TM", "TS", "DTM", "DR", "CP", "CQ", "MO",
];

/// The types of results that are dates or times.
const TIMES: [&str; 4] = ["DT", "TM", "TS", "DTM"];

/// A modifier, with the name of its field for reports.
pub(super) struct Found {
    pub(super) field: String,
    pub(super) modifier: Modifier,
}

/// The modifiers that apply to the statement.
pub(super) fn modifiers(place: &Place<'_>, made: &FactRule, code: &str, label: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let inside: Vec<&Record> = place.inside.iter().filter_map(|at| place.unit.records.get(*at)).collect();
    for record in inside {
        let rules: Vec<&ModifierRule> = made.modifiers.iter().filter(|rule| rule.record == record.kind).collect();
        let is_of_problem = made.core == CoreModifiers::Problem && matches!(record.kind.as_str(), "ZPR" | "ZPD");
        if is_of_problem || !rules.is_empty() {
            found.extend(of_record(record, &rules, label));
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
            CoreModifiers::Miabis => found.extend(of_miabis(place, record)),
            CoreModifiers::Bff => found.extend(of_bff(record)),
            CoreModifiers::Omop => found.push(of_omop(record)),
        }
    }
    match made.kind {
        FactKind::Disease => found.push(Found {
            field: format!("{} (the name of the diagnosis)", place.rule.record),
            modifier: in_name(label),
        }),
        // The name of a treatment or procedure can contain such words too.
        FactKind::Treatment | FactKind::Procedure => found.push(Found {
            field: format!("{} (the name of the {})", place.rule.record, made.kind.as_str()),
            modifier: in_name(label),
        }),
        // The words "family history" in the name of a family history change nothing. Any other word for a status counts.
        FactKind::FamilyHistory => found.push(Found {
            field: format!("{} (the name of the family history)", place.rule.record),
            modifier: in_name_of_relative(label),
        }),
        FactKind::Phenotype => found.push(Found {
            field: format!("{} (the name of the feature)", place.rule.record),
            modifier: in_feature_name(code, label),
        }),
        FactKind::Measurement => {}
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
    let mut all = vec![
        read("PRB-1", &action),
        read("PRB-9", &|texts| resolved(texts, sent.as_ref())),
        read("PRB-13", &confirmation),
        read("PRB-14", &life_cycle),
        read("PRB-19", &certainty),
        read("PRB-20", &probability),
    ];
    // Other names of the diagnosis can state that the disease is suspected, although its first name does not.
    for field in ["PRB-3", "PRB-10"] {
        for (name, text) in &record.fields {
            let part = name.strip_prefix(field).and_then(|rest| rest.split_once('.'));
            if let (Field::Value(text), Some((repetition, "2" | "5"))) = (text, part)
                && (repetition.is_empty() || repetition.starts_with('('))
            {
                all.push(Found {
                    field: format!("PRB {field} (a name of the diagnosis)"),
                    modifier: in_name(text),
                });
            }
        }
    }
    all
}

/// The day on which the message was sent (MSH-7); `None` if not stated.
fn sent(place: &Place<'_>) -> Option<PartialDate> {
    let header = place.unit.records.iter().find(|record| record.kind == "MSH")?;
    let [time] = texts_of(header, "MSH-7", &[])[..] else {
        return None;
    };
    parse_date(time, &[DateFormat::Compact]).ok()
}

/// The status, the type and the flags of a result, and the statuses of its order and its specimen. The repetition of a result has them in the
/// record around it.
fn of_result(place: &Place<'_>, record: &Record) -> Vec<Found> {
    let segment = segment_of(place, record);
    let value_type = match texts_of(segment, "OBX-2", &[])[..] {
        [text] if RESULT_TYPES.contains(&text.to_ascii_uppercase().as_str()) => Modifier::Neutral,
        _ => Modifier::Unknown,
    };
    let found = |field: &str, modifier| Found {
        field: format!("OBX {field}"),
        modifier,
    };
    // A name under the type of a date is no result.
    let is_time = texts_of(segment, "OBX-2", &[])
        .first()
        .is_some_and(|kind| TIMES.contains(&kind.to_ascii_uppercase().as_str()));
    let begins_with_digit = |text: &&str| text.trim_start().starts_with(|c: char| c.is_ascii_digit());
    let value_type = match is_time && !texts_of(record, "OBX-5", &[]).iter().all(begins_with_digit) {
        true => Modifier::Unknown,
        false => value_type,
    };
    let mut all = vec![
        found("OBX-2", value_type),
        found("OBX-8", abnormal_flag(&flags(segment))),
        found("OBX-11", result_status(&texts_of(segment, "OBX-11", &[]))),
    ];
    all.extend(of_surroundings(place, segment));
    all
}

/// The OBX segment of a result: the record itself, or the record around the repetition of a value.
fn segment_of<'r>(place: &Place<'r>, record: &'r Record) -> &'r Record {
    let around = record.parent.and_then(|parent| place.unit.records.get(parent));
    around.filter(|around| around.kind == record.kind).unwrap_or(record)
}

/// The flags of a result (OBX-8), from the record of its segment.
pub(super) fn flags_of_result<'r>(place: &Place<'r>) -> Vec<&'r str> {
    let record = place.unit.records.get(place.record);
    record.map(|record| flags(segment_of(place, record))).unwrap_or_default()
}

/// The code of each flag of an OBX segment, without its name and its code system.
fn flags(segment: &Record) -> Vec<&str> {
    let repetitions = repetitions_of(segment, "OBX-8");
    repetitions.into_iter().filter_map(|texts| texts.first().copied()).collect()
}

/// The texts of a field of a record, one list for each repetition of the field, in the order of the components. Empty repetitions are absent.
fn repetitions_of<'r>(record: &'r Record, field: &str) -> Vec<Vec<&'r str>> {
    let mut repetitions: BTreeMap<&str, BTreeMap<(usize, usize), &str>> = BTreeMap::new();
    for (name, value) in &record.fields {
        let (Field::Value(text), Some(rest)) = (value, name.strip_prefix(field)) else {
            continue;
        };
        if !(rest.is_empty() || rest.starts_with(['.', '('])) || text.trim().is_empty() {
            continue;
        }
        let (repetition, components) = rest.split_once('.').unwrap_or((rest, "1"));
        let (component, subcomponent) = components.split_once('.').unwrap_or((components, "1"));
        let at = (component.parse().unwrap_or(0), subcomponent.parse().unwrap_or(0));
        repetitions.entry(repetition).or_default().insert(at, text.trim());
    }
    repetitions.into_values().map(|texts| texts.into_values().collect()).collect()
}

/// The statuses of the order and of the specimen around a result. An order control segment counts for every result of the record that contains
/// the segment.
fn of_surroundings(place: &Place<'_>, segment: &Record) -> Vec<Found> {
    let records = &place.unit.records;
    let mut found = Vec::new();
    let mut around = segment.parent;
    while let Some((at, record)) = around.and_then(|at| records.get(at).map(|record| (at, record))) {
        // The order controls of an order follow the order directly. Those of a problem are anywhere before the next problem.
        let after = records.iter().skip(at + 1);
        let orders = after
            .take_while(|inner| record.kind == "PRB" && inner.kind != "PRB" || inner.kind == "ORC")
            .filter(|inner| inner.kind == "ORC" && inner.parent == Some(at));
        for (record, fields) in std::iter::once(record)
            .chain(orders)
            .map(|record| (record, fields_around(&record.kind)))
        {
            for (field, meaning) in fields {
                found.extend(repetitions_of(record, field).iter().map(|texts| Found {
                    field: format!("{} {field}", record.kind),
                    modifier: meaning(texts),
                }));
            }
        }
        around = record.parent.filter(|parent| *parent < at);
    }
    found
}

/// The meaning of the texts of a field.
type Meaning = fn(&[&str]) -> Modifier;

/// The fields of a segment around a result that change the status of the result.
fn fields_around(segment: &str) -> &'static [(&'static str, Meaning)] {
    match segment {
        "ORC" => &[("ORC-1", order_control), ("ORC-5", order_status)],
        "OBR" => &[("OBR-25", report_status)],
        "SPM" => &[
            ("SPM-11", specimen_role),
            ("SPM-21", specimen_rejected),
            ("SPM-24", specimen_condition),
        ],
        _ => &[],
    }
}

/// Whether the specimen of an SPM segment is certainly the patient's own specimen, and was not rejected.
pub(super) fn is_usable_specimen(record: &Record) -> bool {
    let is_neutral = |(field, meaning): &(&str, Meaning)| {
        repetitions_of(record, field)
            .iter()
            .all(|texts| meaning(texts) == Modifier::Neutral)
    };
    record.kind != "SPM" || fields_around("SPM").iter().all(is_neutral)
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
                // An imputed value was not observed. A mark that the file names but does not contain could mean anything, and so could a vendor's
                // status.
                Field::Value(_) if matches!(name.as_str(), "@Imputed" | "@Unresolved" | "@VendorStatus") => found.push(Found {
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
    // The first record of a unit is the patient.
    let patient = place.unit.records.first();
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
    let categories = texts_of(record, "@Category", &[]).into_iter();
    all.extend(categories.map(|category| found("category", of_category(category))));
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

/// The marks of a MIABIS diagnosis, and the members of the diagnosis and its sample that the profile neither reads nor ignores. Such a member can
/// state that the sample does not have the disease.
fn of_miabis(place: &Place<'_>, record: &Record) -> Vec<Found> {
    let mut all = unread_in(record);
    let around = record.parent.and_then(|parent| place.unit.records.get(parent));
    for part in [Some(record), around.filter(|around| around.kind == "sample")]
        .into_iter()
        .flatten()
    {
        for (name, _) in part.fields.iter().filter(|(_, field)| matches!(field, Field::Value(_))) {
            let plain = name.split_once('(').map_or(name.as_str(), |(plain, _)| plain);
            if !is_read(plain) && !place.profile.mentions(&part.kind, plain) && !place.profile.mentions(&part.kind, name) {
                all.push(Found {
                    field: format!("{} {plain}", part.kind),
                    modifier: Modifier::Unknown,
                });
            }
        }
    }
    all
}

/// The marks of a record of the Beacon Friendly Format.
fn of_bff(record: &Record) -> Vec<Found> {
    let mut all = unread_in(record);
    let found = |field: &str, modifier| Found {
        field: format!("{} {field}", record.kind),
        modifier,
    };
    // A disease with a history in the family can be stated because of the family.
    for (name, effect) in [
        ("excluded", Modifier::Says(FactStatus::Excluded)),
        ("familyHistory", Modifier::Unknown),
    ] {
        all.extend(texts_of(record, name, &[]).into_iter().map(|text| match text {
            "false" => found(name, Modifier::Neutral),
            "true" => found(name, effect),
            _ => found(name, Modifier::Unknown),
        }));
    }
    if record.fields.contains_key("resolution") {
        all.push(found("resolution", Modifier::Says(FactStatus::History)));
    }
    let ids = record
        .fields
        .keys()
        .filter(|name| name.starts_with("modifiers") && name.ends_with(".id"));
    for name in ids {
        let text = |name: &str| match record.fields.get(name) {
            Some(Field::Value(text)) => text.as_str(),
            Some(Field::Null) | None => "",
        };
        let label = name.strip_suffix(".id").map(|base| format!("{base}.label")).unwrap_or_default();
        all.push(found("modifiers", of_term(text(name), text(&label))));
    }
    all
}

/// The status that the decoder of OMOP tables states for a row. A row without it is not understood.
fn of_omop(record: &Record) -> Found {
    Found {
        field: format!("{} @Status", record.kind),
        modifier: match texts_of(record, "@Status", &[])[..] {
            ["present"] => Modifier::Neutral,
            [word] => crate::profile::status(word).map_or(Modifier::Unknown, Modifier::Says),
            _ => Modifier::Unknown,
        },
    }
}

/// The members of a FHIR resource that change its meaning and are not understood.
fn unread_in(record: &Record) -> Vec<Found> {
    let members = texts_of(record, "@Unread", &[]).into_iter();
    let found = members.map(|member| Found {
        field: format!("{} {member}", record.kind),
        modifier: match member {
            AI_ASSERTED => Modifier::Says(FactStatus::NotConfirmed),
            _ => Modifier::Unknown,
        },
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
