//! The data dictionary: one row a variable.

use std::collections::HashMap;

use crate::table::Table;

/// The columns read, by their name in the downloaded file and in the interface's answer.
const VARIABLE: [&str; 2] = ["Variable / Field Name", "field_name"];
const FORM: [&str; 2] = ["Form Name", "form_name"];
const KIND: [&str; 2] = ["Field Type", "field_type"];
const CHOICES: [&str; 2] = ["Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"];
const IDENTIFIER: [&str; 2] = ["Identifier?", "identifier"];

/// What a project's variables are.
pub(super) struct Dictionary {
    /// The variable that names records: the first.
    pub(super) record_id: String,
    variables: HashMap<String, Variable>,
    forms: Vec<String>,
}

pub(super) struct Variable {
    pub(super) is_checkbox: bool,
    /// Codes with their words; absent where any value may stand.
    pub(super) choices: Option<Vec<(String, String)>>,
    pub(super) is_identifier: bool,
}

impl Variable {
    /// The words of a code; absent for a code that is no choice.
    pub(super) fn label(&self, code: &str) -> Option<&str> {
        let choices = self.choices.as_deref()?;
        choices.iter().find(|(known, _)| known == code).map(|(_, label)| label.as_str())
    }
}

impl Dictionary {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let table = Table::parse(bytes).map_err(|fault| fault.to_string())?;
        let column = |names: [&str; 2]| {
            let found = names.into_iter().find_map(|name| table.column(name));
            found.ok_or_else(|| format!("has no column {}", names[0]))
        };
        let (variable, form, kind) = (column(VARIABLE)?, column(FORM)?, column(KIND)?);
        // Without this column nothing could be told to be identifying.
        let (choices, identifier) = (column(CHOICES)?, column(IDENTIFIER)?);
        let mut dictionary = Self {
            record_id: table
                .rows
                .first()
                .map(|row| row.cells[variable].to_owned())
                .ok_or("has no variables")?,
            variables: HashMap::new(),
            forms: Vec::new(),
        };
        for (at, row) in table.rows.iter().enumerate() {
            let choices = match &row.cells[kind] {
                "radio" | "dropdown" | "checkbox" => {
                    let list = parse_choices(&row.cells[choices]);
                    Some(list.ok_or_else(|| format!("row {} has choices that are not `code, words | …`", at + 1))?)
                }
                "yesno" => Some(vec![("1".to_owned(), "Yes".to_owned()), ("0".to_owned(), "No".to_owned())]),
                "truefalse" => Some(vec![("1".to_owned(), "True".to_owned()), ("0".to_owned(), "False".to_owned())]),
                _ => None,
            };
            let entry = Variable {
                is_checkbox: &row.cells[kind] == "checkbox",
                choices,
                // Anything but nothing and a plain no: what is not understood here is kept out.
                is_identifier: !matches!(row.cells[identifier].to_ascii_lowercase().as_str(), "" | "n" | "no"),
            };
            if dictionary.variables.insert(row.cells[variable].to_owned(), entry).is_some() {
                return Err(format!("row {} has the variable of an earlier row", at + 1));
            }
            if !dictionary.has_form(&row.cells[form]) {
                dictionary.forms.push(row.cells[form].to_owned());
            }
        }
        Ok(dictionary)
    }

    pub(super) fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.get(name)
    }

    pub(super) fn has_form(&self, name: &str) -> bool {
        self.forms.iter().any(|form| form == name)
    }
}

/// `1, Male | 2, Female`. Absent for an empty list, an empty code, or a code twice.
fn parse_choices(text: &str) -> Option<Vec<(String, String)>> {
    let mut choices: Vec<(String, String)> = Vec::new();
    for part in text.split('|') {
        let (code, label) = part.split_once(',').unwrap_or((part, ""));
        let (code, label) = (code.trim(), label.trim());
        if code.is_empty() || choices.iter().any(|(known, _)| known == code) {
            return None;
        }
        choices.push((code.to_owned(), label.to_owned()));
    }
    Some(choices)
}
