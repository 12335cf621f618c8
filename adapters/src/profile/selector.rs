//! Checks and resolves the names of fields and kinds of records, by format.

use super::Format;
use crate::unit::{Field, Unit};

/// The name of a field to read, in a record or in the records around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selector {
    name: String,
    /// The other name of the same field, if the format has two. HL7 v2 does not distinguish a field from its only component (2.5 § 2.5.3).
    other_name: Option<String>,
}

impl Selector {
    /// Parses the name of a field; `None` if it does not have the form of field names in this format.
    pub(super) fn parse(format: Format, name: &str) -> Option<Self> {
        let good = match format {
            Format::SsMix2 => is_hl7_path(name),
            Format::Odm => is_oid(name),
            Format::Redcap => is_variable(name),
            Format::Miabis => name.split('.').all(is_member),
            Format::Fhir | Format::Bff => name.split('.').all(is_fhir_part),
            Format::Csv => is_header(name),
            Format::Omop => crate::omop::is_field(name),
        };
        let other_name = match (format, name.strip_suffix(".1")) {
            (Format::SsMix2, Some(field)) if !field.contains('.') => Some(field.to_owned()),
            (Format::SsMix2, None) if !name.contains('.') => Some(format!("{name}.1")),
            _ => None,
        };
        good.then(|| Self {
            name: name.to_owned(),
            other_name,
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Searches the field in a record and in the records around it. Returns the index of the record that contains the field, the field's name
    /// in that record, and the field. `None` if no record has the field.
    pub(crate) fn find<'u>(&'u self, unit: &'u Unit, record: usize) -> Option<(usize, &'u str, &'u Field)> {
        let by = |name: &'u str| unit.find(record, name).map(|(at, field)| (at, name, field));
        by(&self.name).or_else(|| self.other_name.as_deref().and_then(by))
    }

    /// The value of the field. `None` if no record has the field, or if the source states that there is no value.
    pub(crate) fn value<'u>(&'u self, unit: &'u Unit, record: usize) -> Option<&'u str> {
        match self.find(unit, record)?.2 {
            Field::Value(text) => Some(text),
            Field::Null => None,
        }
    }
}

/// Whether the format has this kind of record.
pub(super) fn is_record(format: Format, kind: &str) -> bool {
    match format {
        Format::SsMix2 => is_segment(kind),
        Format::Odm => {
            kind == "SubjectData"
                || ["StudyEventData:", "FormData:", "ItemGroupData:"]
                    .iter()
                    .any(|prefix| kind.strip_prefix(prefix).is_some_and(is_oid))
        }
        Format::Redcap => kind == "row" || kind.strip_prefix("instrument:").is_some_and(is_variable_name),
        Format::Csv => kind == crate::csv_table::ROW,
        Format::Omop => crate::omop::is_record(kind),
        Format::Miabis => matches!(kind, "donor" | "sample" | "contentDiagnosis" | "event"),
        Format::Fhir => matches!(kind, "Patient" | "Condition" | "Observation" | "Observation.component" | "Specimen"),
        Format::Bff => matches!(kind, "individual" | "disease" | "phenotypicFeature" | "measure" | "biosample"),
    }
}

fn is_segment(text: &str) -> bool {
    text.len() == 3
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Whether a name has the form of an HL7 field: `PRB-3`, `PRB-3.1`, `PID-3(2).1`, `PID-3.4.2`.
fn is_hl7_path(name: &str) -> bool {
    let Some((segment, path)) = name.split_once('-') else {
        return false;
    };
    let number = |text: &str| (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    let mut parts = path.split('.');
    let field = parts.next().unwrap_or_default();
    let field_good = match field.split_once('(') {
        Some((field, repetition)) => number(field) && repetition.strip_suffix(')').is_some_and(number),
        None => number(field),
    };
    let rest: Vec<&str> = parts.collect();
    is_segment(segment) && field_good && rest.len() <= 2 && rest.into_iter().all(number)
}

/// Whether a name has the form of an ODM OID (any text without spaces and markup), or is the name of a record's attribute.
fn is_oid(text: &str) -> bool {
    (1..=128).contains(&text.len()) && !text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>&\"'*".contains(c))
}

fn is_variable_name(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Whether a name has the form of a REDCap variable (`sex`), a checkbox (`symptoms___3`), or the label of a choice (`sp_type:label`).
fn is_variable(text: &str) -> bool {
    let text = text.strip_suffix(":label").unwrap_or(text);
    match text.split_once("___") {
        Some((variable, code)) => {
            is_variable_name(variable) && !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        }
        None => is_variable_name(text),
    }
}

/// Whether a text can be the name of a column of a table.
fn is_header(text: &str) -> bool {
    (1..=200).contains(&text.len()) && text.trim() == text && !text.chars().any(char::is_control)
}

fn is_member(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Whether a text is a part of a field of FHIR: the name of a member, or the name of a code system in the profile (`code.icd10`, `code.medis-key`).
fn is_fhir_part(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
