//! Classifies the columns of an export. A value of an EAV export belongs to the column that a flat export would have for it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use super::choices::{Choices, Reading, box_suffix};
use super::dictionary::{Dictionary, Kind};
use super::{Refused, Selection};

/// The columns that REDCap adds to identify the place of a row in its record.
pub(super) const EVENT: &str = "redcap_event_name";
pub(super) const INSTRUMENT: &str = "redcap_repeat_instrument";
pub(super) const INSTANCE: &str = "redcap_repeat_instance";
const PLACES: [&str; 3] = [EVENT, INSTRUMENT, INSTANCE];
/// The column of the group of users to which the record belongs.
pub(super) const GROUP: &str = "redcap_data_access_group";
/// The column of the identifier of a survey's participant, which can be a name or an address.
pub(super) const SURVEY_IDENTIFIER: &str = "redcap_survey_identifier";

/// The maximum number of columns that are kept in memory for an EAV export.
const MAX_KNOWN: usize = 50_000;

/// A column of an export.
pub(super) struct Column {
    /// The name of the column in a flat export.
    pub(super) name: String,
    pub(super) what: What,
    /// The variable to which the column belongs, if the dictionary has it.
    pub(super) variable: Option<String>,
    /// The names of the fields of units that get the value of the column. Empty if the profile does not request the column.
    pub(super) fields: Vec<String>,
    /// The names of the fields of units that get the label of the chosen code.
    pub(super) labels: Vec<String>,
}

impl Column {
    pub(super) fn is_requested(&self) -> bool {
        !self.fields.is_empty() || !self.labels.is_empty()
    }
}

/// What a column contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    RecordId,
    /// One of the columns for the place of a row.
    Place,
    Group,
    /// `<form>_complete`: 0 incomplete, 1 unverified, 2 complete.
    Status,
    /// `<form>_timestamp`: the time at which a survey was completed.
    SurveyTime,
    /// A value that identifies a person.
    Identifier,
    /// A file or signature, or a text without a value.
    Document,
    /// One box of a checkbox.
    Box,
    /// The box of a missing data code of a checkbox.
    MissingBox,
    /// A variable with one column.
    Value,
    /// The dictionary does not explain the column.
    Unknown,
}

/// The columns of a project, with the request of the profile.
pub(super) struct Columns<'d> {
    pub(super) dictionary: &'d Dictionary,
    selection: &'d Selection,
    /// The fields and labels of units, by the name of their column.
    requested: HashMap<String, (Vec<String>, Vec<String>)>,
    /// The variables of which at least one box is requested.
    checkboxes: HashSet<String>,
    missing_boxes: HashSet<String>,
    /// The missing data codes in the form of [`plain_code`].
    missing_plain: HashSet<String>,
    status: Choices,
    known: RefCell<HashMap<String, Rc<Column>>>,
}

impl<'d> Columns<'d> {
    /// Checks the request of the profile against the dictionary.
    pub(super) fn new(dictionary: &'d Dictionary, selection: &'d Selection) -> Result<Self, Refused> {
        let mut columns = Self {
            dictionary,
            selection,
            requested: HashMap::new(),
            checkboxes: HashSet::new(),
            missing_plain: selection.missing.iter().map(|code| plain_code(code)).collect(),
            missing_boxes: selection.missing.iter().map(|code| box_suffix(code)).collect(),
            status: Choices::fixed(&[("0", "Incomplete"), ("1", "Unverified"), ("2", "Complete")]),
            known: RefCell::default(),
        };
        for field in &selection.fields {
            let (name, wants_label) = match field.strip_suffix(":label") {
                Some(name) => (name, true),
                None => (field.as_str(), false),
            };
            columns.check(name, wants_label)?;
            if let Some((variable, _)) = dictionary.checkbox(name) {
                columns.checkboxes.insert(variable.to_owned());
            }
            let (fields, labels) = columns.requested.entry(columns.flat_name(name)).or_default();
            let list = if wants_label { labels } else { fields };
            list.push(field.clone());
        }
        for name in PLACES.into_iter().chain([dictionary.record_id.as_str()]) {
            let (fields, _) = columns.requested.entry(name.to_owned()).or_default();
            if fields.is_empty() {
                fields.push(name.to_owned());
            }
        }
        super::expected_labels::check(&columns, selection)?;
        Ok(columns)
    }

    /// The data access groups of the site.
    pub(super) fn groups(&self) -> &[String] {
        &self.selection.groups
    }

    /// The name under which a flat export has a column. Only the names of boxes can be written in several ways.
    pub(super) fn flat_name(&self, name: &str) -> String {
        match self.dictionary.checkbox(name) {
            Some((variable, suffix)) => format!("{variable}___{}", box_suffix(suffix)),
            None => name.to_owned(),
        }
    }

    /// Checks that a requested field is in the dictionary, has a value, and is not identifying.
    fn check(&self, name: &str, wants_label: bool) -> Result<(), Refused> {
        let refused = |reason_code, what: &str| Err(Refused::new(reason_code, format!("{name} {what}")));
        let column = self.classified(name, &self.flat_name(name));
        match column.what {
            What::RecordId | What::Place | What::Group | What::Status | What::SurveyTime | What::Box | What::Value => {}
            What::Identifier => {
                return refused(
                    "identifier-selected",
                    "is requested by the profile but is marked as identifying in the dictionary",
                );
            }
            What::Document => return refused("document-selected", "is a file, a signature or a description, and has no value"),
            What::MissingBox | What::Unknown if column.variable.is_some() => {
                return refused("dictionary-lacks-field", "is a box whose code is not a choice of the dictionary");
            }
            What::MissingBox | What::Unknown => {
                return refused("dictionary-lacks-field", "is requested by the profile but is not in the dictionary");
            }
        }
        if wants_label && self.choices(&column).is_none() {
            return refused("dictionary-lacks-field", "has no choices with labels");
        }
        Ok(())
    }

    /// The requested columns that must be in a flat export, by name. An export without events or without repetitions lacks the columns for the
    /// place of a row.
    pub(super) fn needed(&self) -> BTreeSet<&str> {
        let names = self.requested.keys().map(String::as_str);
        names
            .filter(|name| !PLACES.contains(name) && *name != self.dictionary.record_id)
            .collect()
    }

    /// The requested columns that a de-identified export lacks.
    pub(super) fn removed_by_deidentification(&self) -> Vec<&str> {
        let is_removed = |name: &&str| {
            let variable = self.dictionary.variable(name);
            variable.is_some_and(|variable| variable.is_removed_by_deidentification)
        };
        self.needed().into_iter().filter(is_removed).collect()
    }

    /// The column with a name of a flat export.
    pub(super) fn of_name(&self, name: &str) -> Rc<Column> {
        self.cached(name, || self.classified(name, &self.flat_name(name)))
    }

    /// The column to which a field and its value in an EAV export belong, and the value in this column. For a checkbox, the value is the code of
    /// a ticked box. The name of a column never contains a value that the dictionary does not have.
    pub(super) fn of_field(&self, field: &str, value: &str) -> (Rc<Column>, String) {
        let is_checkbox = self.dictionary.variable(field).is_some_and(|v| v.kind == Kind::Checkbox);
        if !is_checkbox {
            return (self.of_name(shown(field)), value.to_owned());
        }
        let suffix = box_suffix(value.trim());
        let choices = self.dictionary.variable(field).and_then(|v| v.choices.as_ref());
        let is_known = self.missing_boxes.contains(&suffix) || choices.is_some_and(|choices| choices.has_box(&suffix));
        let name = match is_known {
            true => format!("{field}___{suffix}"),
            false => format!("{field}___(unknown)"),
        };
        (self.of_name(&name), "1".to_owned())
    }

    fn cached(&self, name: &str, make: impl FnOnce() -> Column) -> Rc<Column> {
        if let Some(column) = self.known.borrow().get(name) {
            return Rc::clone(column);
        }
        let column = Rc::new(make());
        let mut known = self.known.borrow_mut();
        if known.len() < MAX_KNOWN {
            known.insert(name.to_owned(), Rc::clone(&column));
        }
        column
    }

    fn classified(&self, name: &str, flat_name: &str) -> Column {
        let (what, variable) = self.what(name);
        let (fields, labels) = match what {
            What::Identifier | What::Document | What::MissingBox | What::Unknown => <(Vec<String>, Vec<String>)>::default(),
            _ => self.requested.get(flat_name).cloned().unwrap_or_default(),
        };
        // A field that the profile names, and a box of a variable of the dictionary, contain no other name.
        let name = match (what, variable) {
            (What::Unknown, _) if self.selection.fields.contains(flat_name) || self.selection.declared.contains(flat_name) => {
                flat_name.to_owned()
            }
            (What::Unknown, Some(variable)) => format!("{variable}___(unknown)"),
            (What::Unknown, None) => UNDECLARED.to_owned(),
            _ => flat_name.to_owned(),
        };
        Column {
            name,
            what,
            variable: variable.map(str::to_owned),
            fields,
            labels,
        }
    }

    fn what<'n>(&self, name: &'n str) -> (What, Option<&'n str>) {
        let form = |end: &str| name.strip_suffix(end).is_some_and(|form| self.dictionary.has_form(form));
        if name == self.dictionary.record_id {
            return (What::RecordId, Some(name));
        }
        if PLACES.contains(&name) {
            return (What::Place, None);
        }
        if let Some(variable) = self.dictionary.variable(name) {
            let what = match variable.kind {
                _ if variable.is_identifier => What::Identifier,
                Kind::Document | Kind::Descriptive => What::Document,
                // A checkbox has columns for its codes only.
                Kind::Checkbox => What::Unknown,
                Kind::Value => What::Value,
            };
            return (what, Some(name));
        }
        if let Some((variable, suffix)) = self.dictionary.checkbox(name) {
            let found = self.dictionary.variable(variable);
            let suffix = box_suffix(suffix);
            let what = match found {
                Some(found) if found.is_identifier => What::Identifier,
                Some(found) if found.choices.as_ref().is_some_and(|choices| choices.has_box(&suffix)) => What::Box,
                Some(_) | None if self.missing_boxes.contains(&suffix) => What::MissingBox,
                Some(_) | None => What::Unknown,
            };
            return (what, Some(variable));
        }
        let what = match name {
            GROUP => What::Group,
            SURVEY_IDENTIFIER => What::Identifier,
            _ if form("_return_code") => What::Identifier,
            _ if form("_complete") => What::Status,
            _ if form("_timestamp") => What::SurveyTime,
            _ => What::Unknown,
        };
        (what, None)
    }

    /// The choices with a label for each code; `None` if the column accepts any value, or is a box.
    pub(super) fn choices(&self, column: &Column) -> Option<&Choices> {
        match column.what {
            What::Status => Some(&self.status),
            What::Value => {
                let variable = self.dictionary.variable(column.variable.as_deref()?)?;
                variable.choices.as_ref()
            }
            _ => None,
        }
    }

    /// Whether the profile requests a box of the checkbox to which the column belongs.
    pub(super) fn has_requested_box(&self, column: &Column) -> bool {
        column.variable.as_ref().is_some_and(|variable| self.checkboxes.contains(variable))
    }

    /// Whether a text is a missing data code. A code that was typed into a field of text can have another case, and spaces.
    pub(super) fn is_missing(&self, text: &str) -> bool {
        text.len() <= MAX_CODE_BYTES
            && (self.selection.missing.iter().any(|code| code == text) || self.missing_plain.contains(&plain_code(text)))
    }

    /// Whether the cells of a column are kept as received. A number of a person must not lose a space, because another person can have the number
    /// without the space.
    pub(super) fn is_verbatim(&self, column: &Column) -> bool {
        column.what == What::RecordId || self.selection.verbatim.contains(&column.name)
    }

    /// How the value of a cell relates to the choices of its column; `None` if the column has no choices. `field` is the value of a checkbox in
    /// an EAV export, where it is a code of the variable.
    pub(super) fn reading(&self, column: &Column, cell: &str, code: Option<&str>) -> Option<Reading> {
        let text = code.unwrap_or(cell).trim();
        if text.is_empty() || self.is_missing(text) {
            return None;
        }
        let listed = || self.dictionary.variable(column.variable.as_deref()?)?.choices.as_ref();
        match (column.what, code) {
            (What::Box | What::Unknown, Some(code)) => listed().map(|choices| choices.reading(code.trim())),
            (What::Box, None) => Some(match text {
                "0" | "1" => Reading::Code,
                "Checked" | "Unchecked" => Reading::Label,
                _ if listed().is_some_and(|choices| choices.reading(text) == Reading::Label) => Reading::Label,
                _ => Reading::Neither,
            }),
            _ => self.choices(column).map(|choices| choices.reading(text)),
        }
    }
}

/// Counts by name.
pub(super) type Counts = BTreeMap<String, u64>;

/// The maximum size of a missing data code, in bytes.
const MAX_CODE_BYTES: usize = 300;

/// A code in lower case without white space.
fn plain_code(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// The name in reports of a column that neither the dictionary nor REDCap defines. It was written by hand, and can contain a person's name or number.
pub(super) const UNDECLARED: &str = "(undeclared name)";

/// The name of a field of an EAV export if it has the form of a name. Any other text was written by hand.
pub(super) fn shown(name: &str) -> &str {
    let is_name = name.len() <= 100
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let is_masked = name.ends_with("___(unknown)") || name == UNDECLARED;
    if is_name || is_masked { name } else { UNDECLARED }
}
