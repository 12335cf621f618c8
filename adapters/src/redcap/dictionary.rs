//! Reads the data dictionary of a REDCap project, which has one row for each variable: the downloaded CSV file, or the answer of the REDCap API
//! to `content=metadata` as CSV or JSON.

use std::collections::{HashMap, HashSet};

use super::branching::Logic;
use super::choices::Choices;
use super::rows::Rows;
use super::source::Source;

/// The names of the columns that are read. Each has one name in the downloaded file and one in the answer of the REDCap API.
const VARIABLE: [&str; 2] = ["Variable / Field Name", "field_name"];
const FORM: [&str; 2] = ["Form Name", "form_name"];
const KIND: [&str; 2] = ["Field Type", "field_type"];
const CHOICES: [&str; 2] = ["Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"];
const IDENTIFIER: [&str; 2] = ["Identifier?", "identifier"];
const VALIDATION: [&str; 2] = [
    "Text Validation Type OR Show Slider Number",
    "text_validation_type_or_show_slider_number",
];
const BRANCHING: [&str; 2] = ["Branching Logic (Show field only if...)", "branching_logic"];

/// The variables of a project.
pub(super) struct Dictionary {
    /// The variable that contains the record id: the first variable.
    pub(super) record_id: String,
    variables: HashMap<String, Variable>,
    forms: HashSet<String>,
}

pub(super) struct Variable {
    pub(super) form: String,
    pub(super) kind: Kind,
    /// The choices of the variable; `None` if the variable accepts any value.
    pub(super) choices: Option<Choices>,
    pub(super) is_identifier: bool,
    /// Whether a de-identified export lacks the variable: text without validation, notes, dates and times.
    pub(super) is_removed_by_deidentification: bool,
    /// The condition under which the variable is shown; `None` if it is always shown.
    pub(super) branching: Option<Logic>,
}

/// The kinds of variables whose columns are read in different ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Checkbox,
    /// A file or signature. An export contains only a mark that there is one.
    Document,
    /// A text that is shown in the form and has no value.
    Descriptive,
    /// Any other variable, calculated ones included: one column with the value.
    Value,
}

impl Dictionary {
    pub(super) fn read(source: Source) -> Result<Self, String> {
        let rows = Rows::open(source).map_err(|refused| refused.detail)?;
        let column = |names: [&str; 2]| names.into_iter().find_map(|name| rows.column(name));
        let needed = |names: [&str; 2]| column(names).ok_or_else(|| format!("has no column {}", names[0]));
        let (variable, form, kind) = (needed(VARIABLE)?, needed(FORM)?, needed(KIND)?);
        // A dictionary without the identifier column is refused, because no variable could be recognised as identifying.
        let (choices, identifier) = (needed(CHOICES)?, needed(IDENTIFIER)?);
        let (validation, branching) = (column(VALIDATION), column(BRANCHING));
        let mut dictionary = Self {
            record_id: String::new(),
            variables: HashMap::new(),
            forms: HashSet::new(),
        };
        let mut number = 0;
        let mut fault = None;
        let read = rows.all(&mut |row| {
            number += 1;
            let cell = |column: usize| row.cell(Some(column)).trim();
            let validation = row.cell(validation).trim();
            let logic = row.cell(branching).trim();
            match variable_of(cell(kind), cell(choices), validation, cell(identifier)) {
                Err(what) => fault = fault.take().or(Some(format!("row {number} {what}"))),
                Ok(entry) => {
                    let entry = Variable {
                        form: cell(form).to_owned(),
                        branching: (!logic.is_empty()).then(|| Logic::parse(logic)),
                        ..entry
                    };
                    if number == 1 {
                        cell(variable).clone_into(&mut dictionary.record_id);
                    }
                    dictionary.forms.insert(entry.form.clone());
                    let is_known = dictionary.variables.insert(cell(variable).to_owned(), entry).is_some();
                    if is_known || cell(variable).is_empty() {
                        fault = fault
                            .take()
                            .or(Some(format!("row {number} has no name, or the name of an earlier row")));
                    }
                }
            }
            Ok(())
        });
        read.map_err(|refused| refused.detail)?;
        match fault {
            Some(fault) => Err(fault),
            None if number == 0 => Err("has no variables".to_owned()),
            None => Ok(dictionary),
        }
    }

    pub(super) fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.get(name)
    }

    pub(super) fn has_form(&self, name: &str) -> bool {
        self.forms.contains(name)
    }

    /// The variable and the code's suffix of a checkbox column (`symptoms___3`). `None` if the name is not such a column.
    pub(super) fn checkbox<'n>(&self, column: &'n str) -> Option<(&'n str, &'n str)> {
        let splits = column.match_indices("___").map(|(at, _)| column.split_at(at));
        let mut found = splits.filter(|(name, _)| self.variable(name).is_some_and(|v| v.kind == Kind::Checkbox));
        let (name, rest) = found.next()?;
        rest.get("___".len()..).map(|suffix| (name, suffix))
    }
}

/// A variable without its form and its condition. An error states the fault without the content.
fn variable_of(kind: &str, choices: &str, validation: &str, identifier: &str) -> Result<Variable, &'static str> {
    let listed = || Choices::parse(choices).ok_or("has choices that are not `code, label | …`");
    let choices = match kind {
        "radio" | "dropdown" | "checkbox" => Some(listed()?),
        "yesno" => Some(Choices::fixed(&[("1", "Yes"), ("0", "No")])),
        "truefalse" => Some(Choices::fixed(&[("1", "True"), ("0", "False")])),
        _ => None,
    };
    if kind == "checkbox" && choices.as_ref().is_some_and(Choices::shares_boxes) {
        return Err("has two codes with the same column");
    }
    Ok(Variable {
        form: String::new(),
        kind: match kind {
            "checkbox" => Kind::Checkbox,
            "file" => Kind::Document,
            "descriptive" => Kind::Descriptive,
            _ => Kind::Value,
        },
        choices,
        // A variable counts as not identifying only if its cell is empty or a plain no. An unknown mark therefore counts as identifying.
        is_identifier: !matches!(identifier.to_ascii_lowercase().as_str(), "" | "n" | "no"),
        is_removed_by_deidentification: kind == "notes" || (kind == "text" && (validation.is_empty() || validation.starts_with("date"))),
        branching: None,
    })
}
