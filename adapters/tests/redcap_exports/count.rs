//! Counts the cells of an export by record, with readers that the adapter does not use for exports.

use std::collections::{BTreeMap, BTreeSet};

use super::project::{Project, Value};

/// The form of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    pub(crate) delimiter: Option<char>,
    pub(crate) is_eav: bool,
}

impl Form {
    pub(crate) fn flat(delimiter: char) -> Self {
        Self {
            delimiter: Some(delimiter),
            is_eav: false,
        }
    }

    pub(crate) fn eav(delimiter: char) -> Self {
        Self {
            is_eav: true,
            ..Self::flat(delimiter)
        }
    }

    pub(crate) fn flat_json() -> Self {
        Self {
            delimiter: None,
            is_eav: false,
        }
    }

    pub(crate) fn eav_json() -> Self {
        Self {
            delimiter: None,
            is_eav: true,
        }
    }
}

/// The rows of a file, each with the names and the texts of its cells that are not empty. `None` if the reader does not accept the file.
fn rows(text: &str, form: Form) -> Option<Vec<BTreeMap<String, String>>> {
    let mut rows: Vec<BTreeMap<String, String>> = Vec::new();
    match form.delimiter {
        Some(delimiter) => {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            let mut builder = csv::ReaderBuilder::new();
            let mut reader = builder.delimiter(u8::try_from(delimiter).unwrap()).from_reader(text.as_bytes());
            let header: Vec<String> = reader.headers().ok()?.iter().map(|name| name.trim().to_owned()).collect();
            for row in reader.records() {
                let row = row.ok()?;
                rows.push(header.iter().cloned().zip(row.iter().map(str::to_owned)).collect());
            }
        }
        None => {
            let list: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(text).ok()?;
            for row in list {
                let cell = |value: serde_json::Value| match value {
                    serde_json::Value::String(text) => text,
                    serde_json::Value::Null => String::new(),
                    other => other.to_string(),
                };
                rows.push(row.into_iter().map(|(name, value)| (name.trim().to_owned(), cell(value))).collect());
            }
        }
    }
    for row in &mut rows {
        row.retain(|_, cell| !cell.trim().is_empty());
    }
    Some(rows)
}

/// The numbers of cells by record, in the order of the first rows of the records. `None` if the reader does not accept the file.
///
/// A cell of an EAV export is a value, or one of the columns of an occurrence (the record, the event, the instrument, the instance, and any other
/// column). The row that has the record id as its value is not counted twice.
pub(crate) fn by_record(text: &str, form: Form, record_id: &str) -> Option<Vec<(String, u64)>> {
    let mut order: Vec<String> = Vec::new();
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut occurrences: BTreeSet<Vec<String>> = BTreeSet::new();
    for row in rows(text, form)? {
        let id = row.get(if form.is_eav { "record" } else { record_id }).cloned().unwrap_or_default();
        if !order.contains(&id) {
            order.push(id.clone());
        }
        let count = counts.entry(id.clone()).or_default();
        if !form.is_eav {
            *count += row.len() as u64;
            continue;
        }
        let Some(field) = row.get("value").map(|_| row.get("field_name").map_or("", |name| name.trim())) else {
            continue;
        };
        *count += u64::from(field != record_id);
        let places = ["redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"];
        let known = ["record", "redcap_data_access_group"].into_iter().chain(places);
        let place = places.map(|name| row.get(name).map_or("", |cell| cell.trim()).to_owned());
        if occurrences.insert([id].into_iter().chain(place).collect()) {
            *count += known.filter(|name| row.contains_key(*name)).count() as u64;
        }
    }
    Some(order.into_iter().map(|id| (id.clone(), counts[&id])).collect())
}

pub(crate) fn cells(text: &str, form: Form) -> BTreeMap<String, u64> {
    by_record(text, form, "record_id").unwrap().into_iter().collect()
}

/// The number of values of the fields that the profile does not mention: the notes.
pub(crate) fn notes(project: &Project) -> u64 {
    values(project, "_note")
}

/// The number of values of the fields that identify persons.
pub(crate) fn names(project: &Project) -> u64 {
    values(project, "_name")
}

fn values(project: &Project, ending: &str) -> u64 {
    let places = project.records.iter().flat_map(|(_, values)| values.values());
    let values = places.flat_map(|place| place.iter().filter(|(name, _)| name.ends_with(ending)));
    values
        .filter(|(_, value)| !matches!(value, Value::Text(text) if text.trim().is_empty()))
        .count() as u64
}
