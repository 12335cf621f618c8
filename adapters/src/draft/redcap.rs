//! Describes the variables of a REDCap data dictionary: the downloaded CSV file, or the answer of the REDCap API to `content=metadata`.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use crate::redcap::rows::{Row, Rows};
use crate::semantics::parse_sex;

use super::describe::{Described, Kind};
use super::propose::{Fate, Proposer, Sketch};
use super::write::quoted;
use super::{DraftError, Origin};

/// The kind of the records of a project without repeating instruments.
const ROW: &str = "row";

/// The columns of a dictionary. Each has one name in the downloaded file and one in the answer of the API.
pub(super) struct Columns {
    variable: usize,
    form: usize,
    kind: usize,
    choices: usize,
    identifier: usize,
    label: Option<usize>,
    validation: Option<usize>,
}

impl Columns {
    /// The columns of a dictionary; `None` if the file is none.
    pub(super) fn of(rows: &Rows) -> Option<Self> {
        let column = |names: [&str; 2]| names.into_iter().find_map(|name| rows.column(name));
        Some(Self {
            variable: column(["Variable / Field Name", "field_name"])?,
            form: column(["Form Name", "form_name"])?,
            kind: column(["Field Type", "field_type"])?,
            choices: column(["Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"])?,
            identifier: column(["Identifier?", "identifier"])?,
            label: column(["Field Label", "field_label"]),
            validation: column([
                "Text Validation Type OR Show Slider Number",
                "text_validation_type_or_show_slider_number",
            ]),
        })
    }
}

pub(super) fn sketch(feed: &Path, rows: &Rows, columns: &Columns, origin: &Origin<'_>) -> Result<Sketch, DraftError> {
    let mut fields: Vec<Described> = Vec::new();
    let mut names: HashSet<String> = HashSet::new();
    let mut forms: BTreeSet<String> = BTreeSet::new();
    let (mut number, mut fault) = (0_usize, None);
    let mut marked = 0_usize;
    rows.all(&mut |row| {
        number += 1;
        let read = variable(&row, columns, number);
        match read {
            Err(detail) => fault = fault.take().or(Some(detail)),
            Ok(field) => {
                forms.insert(row.cell(Some(columns.form)).trim().to_owned());
                marked += usize::from(field.not_read == Some(IDENTIFIER));
                if !names.insert(field.name.clone()) {
                    fault = fault.take().or(Some(format!("row {number} has the name of an earlier row")));
                }
                fields.push(field);
            }
        }
        Ok(())
    })?;
    let faulty = |detail: String| DraftError::Faulty {
        reason_code: "bad-dictionary",
        detail: format!("the data dictionary: {detail}"),
    };
    if let Some(detail) = fault {
        return Err(faulty(detail));
    }
    let Some(record_id) = fields.first().map(|field| field.name.clone()) else {
        return Err(faulty("has no variables".to_owned()));
    };
    let dictionary = feed.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if !is_file_name(dictionary) {
        return Err(faulty(
            "the name of the file must have at most 128 characters, without controls".to_owned(),
        ));
    }
    let proposer = Proposer {
        site: origin.site.as_str(),
        // An export always has dates as year-month-day, whatever the form shows.
        dates: "iso",
        number: record_id.clone(),
    };
    let (proposals, found) = proposer.all(fields);
    let mut members = vec!["redcap:".to_owned(), format!("  dictionary: {}", quoted(dictionary))];
    for proposal in &proposals {
        // The labels of the sex are stated, so that an export with other codes is refused.
        if let Fate::Sex(_) = proposal.fate {
            let labels = proposal.field.choices.iter();
            let labels = labels.map(|(code, label)| format!("{}: {}", quoted(code), quoted(label)));
            members.push(format!(
                "  labels: {{ {}: {{ {} }} }}",
                quoted(&proposal.field.name),
                labels.collect::<Vec<_>>().join(", ")
            ));
        }
    }
    let mut decisions = vec![
        format!(
            "confirm that {} is the number of the person in the sheet of `link`",
            quoted(&record_id)
        ),
        "a dictionary does not state which forms repeat: in the rules of a repeating form, write `instrument:<form>` for the record"
            .to_owned(),
        "state the missing data codes of the project (`redcap.missing`), and the data access groups of the site (`facilities`)".to_owned(),
    ];
    if marked == 0 {
        decisions.push("the dictionary marks no variable as identifying; check each field of the draft".to_owned());
    }
    decisions.extend(found);
    Ok(Sketch {
        format: "redcap",
        origin: "a REDCap data dictionary",
        members,
        number_record: "*",
        number_field: record_id,
        rule_record: ROW,
        proposals,
        own: own(&names, &forms),
        decisions,
    })
}

const IDENTIFIER: &str = "the dictionary marks the variable as identifying";

fn variable(row: &Row, columns: &Columns, number: usize) -> Result<Described, String> {
    let cell = |column: usize| row.cell(Some(column)).trim();
    let name = cell(columns.variable);
    if !is_variable(name) || !is_variable(cell(columns.form)) {
        return Err(format!(
            "row {number} has no name of a variable and of a form in lower-case letters, digits and _"
        ));
    }
    let validation = row.cell(columns.validation).trim();
    let kind = match cell(columns.kind) {
        "checkbox" => Kind::Boxes,
        "radio" | "dropdown" | "yesno" | "truefalse" => Kind::Coded,
        "calc" | "slider" => Kind::Number,
        _ if validation.starts_with("number") || validation == "integer" => Kind::Number,
        _ if validation.starts_with("date") => Kind::Date,
        _ => Kind::Text,
    };
    let mut field = Described::new(name, kind);
    field.record = Some(ROW.to_owned());
    field.label = row.cell(columns.label).trim().to_owned();
    if matches!(cell(columns.kind), "radio" | "dropdown" | "checkbox") {
        field.choices = choices(cell(columns.choices)).ok_or_else(|| format!("row {number} has choices that are not `code, label | …`"))?;
    }
    // Long labels cannot be stated as expected labels of a profile. Those of a sex are short.
    field.choices.iter_mut().for_each(|(_, label)| {
        if parse_sex(label).is_none() {
            *label = label.chars().take(200).collect();
        }
    });
    // An unknown mark counts as identifying, as in the reader of exports.
    let is_marked = !matches!(cell(columns.identifier).to_ascii_lowercase().as_str(), "" | "n" | "no");
    field.not_read = match cell(columns.kind) {
        _ if is_marked => Some(IDENTIFIER),
        "descriptive" => Some("a text of the form; it has no value"),
        "file" => Some("a file or a signature; its content is not read"),
        "notes" => Some("free text can name persons"),
        _ if matches!(validation, "email" | "phone" | "zipcode" | "ssn" | "mrn_10d" | "mrn_generic") || validation.contains("phone") => {
            Some("an address or a number of the person, by its validation")
        }
        _ => None,
    };
    Ok(field)
}

/// A list such as `1, Male | 2, Female`. `None` for an empty code or a duplicate code.
fn choices(text: &str) -> Option<Vec<(String, String)>> {
    let mut codes = HashSet::new();
    let pairs = text.split('|').map(|part| {
        let (code, label) = part.split_once(',').unwrap_or((part, ""));
        let code = code.trim();
        (!code.is_empty() && codes.insert(code.to_owned())).then(|| (code.to_owned(), label.trim().to_owned()))
    });
    pairs.collect()
}

/// The columns that REDCap adds to an export. A variable of the dictionary with such a name is proposed by itself.
fn own(names: &HashSet<String>, forms: &BTreeSet<String>) -> Vec<(String, &'static str)> {
    let mut own: Vec<(String, &'static str)> = [
        ("redcap_event_name", "the schedule of forms says nothing of the person"),
        ("redcap_repeat_instrument", "is the kind of the record"),
        ("redcap_repeat_instance", "counts the repetitions of the record"),
        ("redcap_data_access_group", "the site is known by the feed"),
        ("redcap_survey_identifier", "identifies the person"),
    ]
    .map(|(name, reason)| (name.to_owned(), reason))
    .into();
    let state = "the state of a form in the capture system";
    match names.iter().any(|name| name.ends_with("_complete")) {
        false => own.push(("*_complete".to_owned(), state)),
        true => own.extend(forms.iter().take(15).map(|form| (format!("{form}_complete"), state))),
    }
    own.retain(|(name, _)| !names.contains(name));
    own
}

fn is_variable(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn is_file_name(text: &str) -> bool {
    (1..=128).contains(&text.chars().count()) && !text.chars().any(|c| c.is_control() || matches!(c, '/' | '\\'))
}
