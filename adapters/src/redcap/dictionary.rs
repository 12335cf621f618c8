//! Reads the data dictionary of a REDCap project, which has one row for each variable.

use std::collections::HashMap;

use crate::table::Table;

/// The names of the columns that are read. Each has one name in the downloaded file and one in the answer of the REDCap API.
const VARIABLE: [&str; 2] = ["Variable / Field Name", "field_name"];
const FORM: [&str; 2] = ["Form Name", "form_name"];
const KIND: [&str; 2] = ["Field Type", "field_type"];
const CHOICES: [&str; 2] = ["Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"];
const IDENTIFIER: [&str; 2] = ["Identifier?", "identifier"];

/// The variables of a project.
pub(super) struct Dictionary {
    /// The variable that contains the record id: the first variable.
    pub(super) record_id: String,
    variables: HashMap<String, Variable>,
    forms: Vec<String>,
}

pub(super) struct Variable {
    pub(super) is_checkbox: bool,
    /// The choices of the variable, each a code and its label; `None` if the variable accepts any value.
    pub(super) choices: Option<Vec<(String, String)>>,
    pub(super) is_identifier: bool,
}

impl Variable {
    /// The label of a code; `None` if the code is not a choice of the variable.
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
        // A dictionary without the identifier column is refused, because no variable could be recognised as identifying.
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
                    Some(list.ok_or_else(|| format!("row {} has choices that are not `code, label | …`", at + 1))?)
                }
                "yesno" => Some(vec![("1".to_owned(), "Yes".to_owned()), ("0".to_owned(), "No".to_owned())]),
                "truefalse" => Some(vec![("1".to_owned(), "True".to_owned()), ("0".to_owned(), "False".to_owned())]),
                _ => None,
            };
            let entry = Variable {
                is_checkbox: &row.cells[kind] == "checkbox",
                choices,
                // A variable counts as not identifying only if its cell is empty or a plain no. An unknown mark therefore counts as
                // identifying.
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

/// Parses a list of choices such as `1, Male | 2, Female`. `None` for an empty list, an empty code, or a duplicate code.
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
