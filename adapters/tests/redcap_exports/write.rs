//! Writes tables as the files that REDCap exports.

use super::project::Table;

/// How a delimited file is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) delimiter: char,
    pub(crate) line_end: &'static str,
    pub(crate) mark: &'static str,
    pub(crate) quotes_all: bool,
}

pub(crate) const PLAIN: Style = Style {
    delimiter: ',',
    line_end: "\n",
    mark: "",
    quotes_all: false,
};

pub(crate) fn csv(table: &Table, style: Style) -> String {
    let mut text = style.mark.to_owned();
    for row in std::iter::once(&table.header).chain(&table.rows) {
        for (at, cell) in row.iter().enumerate() {
            if at > 0 {
                text.push(style.delimiter);
            }
            let needs = cell.contains([style.delimiter, '"', '\n', '\r']) || cell.starts_with(' ') || cell.ends_with(' ');
            match needs || style.quotes_all {
                true => text.push_str(&format!("\"{}\"", cell.replace('"', "\"\""))),
                false => text.push_str(cell),
            }
        }
        text.push_str(style.line_end);
    }
    text
}

/// A JSON array of objects. REDCap writes the instance of a repetition as a number.
pub(crate) fn json(table: &Table) -> String {
    let rows = table.rows.iter().map(|row| {
        let members = table.header.iter().zip(row).map(|(name, cell)| {
            let value = match cell.parse::<u32>() {
                Ok(number) if name == "redcap_repeat_instance" => number.into(),
                _ => serde_json::Value::from(cell.as_str()),
            };
            format!("{}:{value}", serde_json::Value::from(name.as_str()))
        });
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    });
    format!("[{}]", rows.collect::<Vec<_>>().join(",\n "))
}

pub(crate) const DICTIONARY_COLUMNS: [&str; 18] = [
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
];

pub(crate) const METADATA_MEMBERS: [&str; 18] = [
    "field_name",
    "form_name",
    "section_header",
    "field_type",
    "field_label",
    "select_choices_or_calculations",
    "field_note",
    "text_validation_type_or_show_slider_number",
    "text_validation_min",
    "text_validation_max",
    "identifier",
    "branching_logic",
    "required_field",
    "custom_alignment",
    "question_number",
    "matrix_group_name",
    "matrix_ranking",
    "field_annotation",
];

/// The rows of a dictionary with the names of the downloaded file, or of the API.
pub(crate) fn dictionary(rows: &[[String; 18]], names: [&str; 18]) -> Table {
    Table {
        header: names.map(str::to_owned).into(),
        rows: rows.iter().map(|row| row.to_vec()).collect(),
    }
}
