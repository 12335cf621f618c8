//! The form of an export: flat (one row for each event and repetition of a record) or EAV (one row for each value).

use super::Refused;
use super::columns::{EVENT, GROUP, INSTANCE, INSTRUMENT, SURVEY_IDENTIFIER};
use super::dictionary::Dictionary;
use super::log::is_log;
use super::rows::Rows;

/// The columns of an EAV export (REDCap API, "Export Records", `type=eav`).
const RECORD: &str = "record";
const FIELD: &str = "field_name";
const VALUE: &str = "value";

/// The columns that a reader of rows must know.
pub(super) struct Layout {
    /// The column of the record id.
    pub(super) record: usize,
    pub(super) event: Option<usize>,
    pub(super) instrument: Option<usize>,
    pub(super) instance: Option<usize>,
    /// The columns of the field and its value; `None` for a flat export.
    pub(super) eav: Option<(usize, usize)>,
}

impl Layout {
    pub(super) fn of(rows: &Rows, dictionary: &Dictionary) -> Result<Self, Refused> {
        if is_log(rows) {
            let detail = "the file is an export of the logging, not of the records";
            return Err(Refused::new("logging-export", detail));
        }
        // A project can have a variable with the name `field_name`. Its export is flat.
        let eav = match (rows.column(FIELD), rows.column(VALUE), rows.column(RECORD)) {
            (Some(field), Some(value), Some(_)) if dictionary.variable(FIELD).is_none() => Some((field, value)),
            _ => None,
        };
        if let Some(detail) = fault_of_places(rows, eav.is_some()) {
            return Err(Refused::new("bad-header", detail));
        }
        let name = if eav.is_some() { RECORD } else { &dictionary.record_id };
        let record = rows.column(name).ok_or_else(|| no_record_id(rows))?;
        Ok(Self {
            record,
            event: rows.column(EVENT),
            instrument: rows.column(INSTRUMENT),
            instance: rows.column(INSTANCE),
            eav,
        })
    }
}

/// Why the columns for the place of a row are not certain. If such a column were not recognised, values of different repetitions would become one
/// row.
fn fault_of_places(rows: &Rows, is_eav: bool) -> Option<&'static str> {
    if rows.column(INSTRUMENT).is_some() != rows.column(INSTANCE).is_some() {
        return Some("only one of redcap_repeat_instrument and redcap_repeat_instance is in the header");
    }
    let known = [RECORD, EVENT, INSTRUMENT, INSTANCE, GROUP, SURVEY_IDENTIFIER, FIELD, VALUE];
    let is_unknown = is_eav && rows.header.iter().any(|name| !known.contains(&name.as_str()));
    is_unknown.then_some("the header of an EAV export has a column that REDCap does not define")
}

fn no_record_id(rows: &Rows) -> Refused {
    let labels = [
        "Event Name",
        "Repeat Instrument",
        "Repeat Instance",
        "Complete?",
        "Data Access Group",
    ];
    let has_labels = rows.header.iter().any(|name| labels.contains(&name.as_str()) || name.contains(' '));
    let detail = match has_labels {
        true => "the header has labels; export the raw data, with the names of the variables as headers",
        false => "the export has no column of the dictionary's first variable",
    };
    Refused::new(if has_labels { "label-export" } else { "no-record-id" }, detail)
}
