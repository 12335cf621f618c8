//! Classifies the columns of an export, and checks that the export has the requested columns.

use super::dictionary::Dictionary;
use super::{Refused, Selection};
use crate::table::Table;

/// The columns that REDCap adds to identify the place of a row in its record.
const EVENT: &str = "redcap_event_name";
const INSTRUMENT: &str = "redcap_repeat_instrument";
const INSTANCE: &str = "redcap_repeat_instance";

/// The columns of an export, classified.
pub(super) struct Columns {
    pub(super) record_id: usize,
    pub(super) event: Option<usize>,
    pub(super) instrument: Option<usize>,
    pub(super) instance: Option<usize>,
    /// The columns, in the order of the header.
    pub(super) all: Vec<Column>,
    /// The indices of the columns, in the order of their names, so that the order of the columns in the file has no meaning.
    pub(super) by_name: Vec<usize>,
}

/// A column of an export.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) is_identifier: bool,
    /// Whether the value of the column enters units.
    pub(super) is_kept: bool,
    /// Whether the label of the chosen code enters units, as `<name>:label`.
    pub(super) with_label: bool,
    /// The variable to which the column belongs; `None` for a column that the dictionary does not contain.
    pub(super) variable: Option<String>,
}

impl Columns {
    pub(super) fn new(table: &Table, dictionary: &Dictionary, selection: &Selection) -> Result<Self, Refused> {
        let record_id = table.column(&dictionary.record_id).ok_or_else(|| Refused {
            reason_code: "no-record-id",
            detail: "the export has no column of the dictionary's first variable".to_owned(),
        })?;
        for field in &selection.fields {
            check(field, table, dictionary)?;
        }
        let all: Vec<Column> = table.header.iter().map(|name| column(name, dictionary, selection)).collect();
        let mut by_name: Vec<usize> = (0..all.len()).collect();
        by_name.sort_by(|a, b| all[*a].name.cmp(&all[*b].name));
        Ok(Self {
            record_id,
            event: table.column(EVENT),
            instrument: table.column(INSTRUMENT),
            instance: table.column(INSTANCE),
            all,
            by_name,
        })
    }
}

fn column(name: &str, dictionary: &Dictionary, selection: &Selection) -> Column {
    let variable = variable_of(name, dictionary);
    let is_record_id = name == dictionary.record_id;
    let is_structure = [EVENT, INSTRUMENT, INSTANCE].contains(&name);
    let is_identifier = !is_record_id && variable.and_then(|v| dictionary.variable(v)).is_some_and(|v| v.is_identifier);
    let is_asked = selection.fields.contains(name);
    Column {
        name: name.to_owned(),
        is_identifier,
        is_kept: !is_identifier && (is_record_id || is_structure || is_asked),
        with_label: !is_identifier && selection.fields.contains(&format!("{name}:label")),
        variable: variable.map(str::to_owned),
    }
}

/// The variable to which a column belongs: the column's own name, or for a checkbox the text before the code. REDCap writes the minus sign of a
/// code as an underscore.
fn variable_of<'n>(name: &'n str, dictionary: &Dictionary) -> Option<&'n str> {
    if let Some(variable) = dictionary.variable(name) {
        return (!variable.is_checkbox).then_some(name);
    }
    let (variable, _) = name.split_once("___")?;
    dictionary.variable(variable).filter(|v| v.is_checkbox).map(|_| variable)
}

/// Checks that a requested field is in the dictionary and in the export, and is not identifying.
fn check(field: &str, table: &Table, dictionary: &Dictionary) -> Result<(), Refused> {
    let (name, wants_label) = match field.strip_suffix(":label") {
        Some(name) => (name, true),
        None => (field, false),
    };
    if [EVENT, INSTRUMENT, INSTANCE].contains(&name) {
        return Ok(());
    }
    let refused = |reason_code, what: &str| {
        Err(Refused {
            reason_code,
            detail: format!("{name} {what}"),
        })
    };
    let base = match (variable_of(name, dictionary), name.split_once("___")) {
        (Some(base), Some((variable, code))) if base == variable => {
            let known = dictionary.variable(base).and_then(|v| v.choices.as_deref()).unwrap_or_default();
            if !known
                .iter()
                .any(|(choice, _)| choice.to_ascii_lowercase().replace('-', "_") == code.to_ascii_lowercase())
            {
                return refused("dictionary-lacks-field", "is a box whose code is not a choice of the dictionary");
            }
            base
        }
        (Some(base), _) => base,
        (None, _) => return refused("dictionary-lacks-field", "is requested by the profile but is not in the dictionary"),
    };
    let variable = dictionary.variable(base);
    if name != dictionary.record_id && variable.is_some_and(|v| v.is_identifier) {
        return refused(
            "identifier-selected",
            "is requested by the profile but is marked as identifying in the dictionary",
        );
    }
    if wants_label && variable.is_none_or(|v| v.choices.is_none() || v.is_checkbox) {
        return refused("dictionary-lacks-field", "has no choices with labels");
    }
    if table.column(name).is_none() {
        let what = "is requested by the profile but missing from the export (is the export de-identified?)";
        return refused("export-lacks-column", what);
    }
    Ok(())
}
