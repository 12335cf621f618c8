//! Whether a row states that the person has what it names.
//!
//! The concepts are those of the OMOP vocabularies "Condition Status", "Type Concept" and "Meas Value Operator". A concept that is on no list is not
//! understood, so it never gives `present`.

use gemj_model::{FactStatus, PartialDate};

use crate::redcap::rows::Row;
use crate::semantics::{DateFormat, Modifier, in_coded_name, life_cycle, modified, modifier, narrow, parse_date, parse_quantity};

use super::concepts::Concepts;
use super::tables::Table;

/// Condition statuses that state the condition of the person: confirmed, discharge, primary and secondary diagnoses, postoperative diagnosis, causes of death.
const STATED: [&str; 13] = [
    "32893", "32896", "32902", "32903", "32908", "32909", "32898", "32891", "32894", "32895", "32897", "32911", "4230359",
];
/// A preliminary diagnosis, and a condition that a procedure will confirm or exclude.
const SUSPECTED: [&str; 3] = ["32899", "4033240", "32892"];
const RESOLVED: &str = "32906";
/// Types of records of conditions that a clinician stated: an EHR, its encounter, problem list, discharge record and summary, episode, physical examination, a
/// pathology report, a report form, a registry; and the older "EHR problem list entry", "EHR encounter diagnosis", "Primary Condition", "Secondary Condition".
/// A bill or a claim names diseases that were only examined. A note can have been read by a program, and an algorithm or a program (NLP, 32858) is no clinician.
const CLINICAL: [&str; 14] = [
    "32817", "32827", "32840", "32824", "32825", "32828", "32836", "32835", "32809", "32879", "38000245", "32020", "44786627", "44786629",
];
/// Types of records that a program derived: "NLP", "Standard algorithm" (from claims, from EHR), "Derived value".
const EXTRACTED: [&str; 5] = ["32858", "32880", "32881", "32882", "45754907"];
/// Words of a status that is not certain, beside those that every name can have.
const UNSURE: [&str; 7] = [
    "unconfirm",
    "denied",
    "tentative",
    "differential",
    "working diagnosis",
    "鑑別",
    "未確定",
];
/// Reasons to stop a record that concern the visit, and not the disease.
const NOT_THE_DISEASE: [&str; 5] = ["discharged", "discharge", "transferred", "退院", "転院"];
/// Tables whose concepts can state by their names that the person does not have what the row names.
const NEEDS_A_NAME: [&str; 3] = ["CONDITION_OCCURRENCE", "OBSERVATION", "PROCEDURE_OCCURRENCE"];
/// Types of records that state an administration of a drug. A prescription, an order or a list of drugs does not.
const ADMINISTERED: [&str; 3] = ["32818", "38000179", "38000180"];
/// Types of records of procedures that were done: from an EHR, an encounter, a pathology report, a bill, a claim, a report form, a registry.
const DONE: [&str; 8] = ["32817", "32818", "32827", "32835", "32821", "32810", "32809", "32879"];
/// Concepts of a history, of the person or of the family: "Family history of clinical finding", "History of clinical finding in subject", "History of event".
const HISTORIES: [&str; 3] = ["4167217", "4214956", "1340204"];
/// The signs of the operators `=`, `<`, `<=`, `>=` and `>`.
const OPERATORS: [(&str, &str); 5] = [
    ("4172703", ""),
    ("4171756", "<"),
    ("4171754", "<="),
    ("4171755", ">="),
    ("4172704", ">"),
];

/// The cells of a row by the names of their columns.
#[derive(Clone, Copy)]
pub(super) struct Cells<'r> {
    pub(super) row: &'r Row,
    pub(super) columns: &'r [String],
}

impl<'r> Cells<'r> {
    /// A cell without white space at its ends; empty if the table or the row has none.
    pub(super) fn get(&self, name: &str) -> &'r str {
        let at = self.columns.iter().position(|column| column == name);
        at.map_or("", |at| self.row.cell(Some(at)).trim())
    }
}

/// The status of a row. `today` is the day on which the row was received.
pub(super) fn status(table: &Table, cells: Cells<'_>, concepts: &Concepts, today: Option<&PartialDate>) -> FactStatus {
    let mut found = vec![of_concept(table, cells, concepts), in_coded_name(cells.get(table.source))];
    match table.name {
        "CONDITION_OCCURRENCE" => {
            found.push(of_condition(
                cells.get("condition_status_concept_id"),
                cells.get("condition_status_source_value"),
            ));
            found.push(in_text(cells.get("condition_status_source_value")));
            let origin = cells.get("condition_type_concept_id");
            found.push(match of_origin(origin) {
                Modifier::Neutral => known(CLINICAL.contains(&origin)),
                extracted => extracted,
            });
            found.push(of_stop_reason(cells.get("stop_reason")));
            // A disease that was ruled out is not a disease that has ended.
            if !found.contains(&Modifier::Says(FactStatus::RuledOut)) {
                found.push(of_end(cells, today));
            }
        }
        "MEASUREMENT" => {
            let operator = cells.get("operator_concept_id");
            found.push(known(is_nothing(operator) || sign(operator).is_some()));
            found.push(of_origin(cells.get("measurement_type_concept_id")));
            found.push(known(agrees(cells, "value_source_value")));
        }
        "OBSERVATION" => {
            found.push(known(
                is_nothing(cells.get("qualifier_concept_id")) && cells.get("qualifier_source_value").is_empty(),
            ));
            found.push(of_origin(cells.get("observation_type_concept_id")));
            found.push(known(agrees(cells, "value_source_value") && agrees(cells, "value_as_string")));
        }
        "DRUG_EXPOSURE" => found.push(known(ADMINISTERED.contains(&cells.get("drug_type_concept_id")))),
        "PROCEDURE_OCCURRENCE" => {
            let is_plain = is_nothing(cells.get("modifier_concept_id")) && cells.get("modifier_source_value").is_empty();
            found.push(known(is_plain && DONE.contains(&cells.get("procedure_type_concept_id"))));
        }
        _ => found.push(Modifier::Unknown),
    }
    modified(FactStatus::Present, &found)
}

/// The effect of a part of a row that is on a list of known content or not.
fn known(is_known: bool) -> Modifier {
    match is_known {
        true => Modifier::Neutral,
        false => Modifier::Unknown,
    }
}

/// The effect of the type of a record: what a program extracted is not confirmed.
fn of_origin(concept: &str) -> Modifier {
    match EXTRACTED.contains(&concept) {
        true => Modifier::Says(FactStatus::NotConfirmed),
        false => Modifier::Neutral,
    }
}

/// The effect of the words of a text beside a concept. A site's own code has no effect.
fn in_text(text: &str) -> Modifier {
    let plain = narrow(text).to_lowercase();
    if UNSURE.iter().any(|word| plain.contains(word)) || matches!(plain.trim(), "no" | "false") {
        return Modifier::Unknown;
    }
    match (in_coded_name(text), modifier([text])) {
        (Modifier::Neutral, said @ Modifier::Says(_)) => said,
        (said, _) => said,
    }
}

/// The effect of the reason why a condition is no longer recorded. A text with another meaning than those of the lists is not understood.
fn of_stop_reason(text: &str) -> Modifier {
    if NOT_THE_DISEASE.contains(&narrow(text).trim().to_lowercase().as_str()) {
        return Modifier::Neutral;
    }
    match (life_cycle(&[text]), in_text(text)) {
        (Modifier::Unknown, said @ Modifier::Says(_)) => said,
        (said, _) => said,
    }
}

/// The effect of the end of a condition, as that of PRB-9 and of Condition.abatement: a condition that ended up to today is history. A later end is a
/// plan, or a filler (2099-12-31), and is not understood.
fn of_end(cells: Cells<'_>, today: Option<&PartialDate>) -> Modifier {
    let text = match cells.get("condition_end_date") {
        "" => cells.get("condition_end_datetime"),
        date => date,
    };
    // A time of the day follows the date after a space or a T.
    let date = text.split([' ', 'T']).next().unwrap_or_default();
    match (date, parse_date(date, &[DateFormat::Iso, DateFormat::Compact]), today) {
        ("", _, _) => Modifier::Neutral,
        (_, Ok(date), Some(today)) if date.as_str() <= today.as_str() => Modifier::Says(FactStatus::History),
        _ => Modifier::Unknown,
    }
}

/// Whether a value as received has the comparator and the number of the row. A text without a number, as "hemolysed", does not agree with a number. Its unit
/// can follow.
fn agrees(cells: Cells<'_>, column: &str) -> bool {
    let (number, text) = (cells.get("value_as_number"), cells.get(column));
    if number.is_empty() || text.is_empty() {
        return true;
    }
    let unit = cells.get("unit_source_value");
    let bare = text.strip_suffix(unit).unwrap_or(text).trim();
    let signed = format!("{}{number}", sign(cells.get("operator_concept_id")).unwrap_or_default());
    match (parse_quantity(&signed), parse_quantity(bare)) {
        (Some(stated), Some(received)) => {
            stated.comparator == received.comparator && shortest(&stated.number) == shortest(&received.number)
        }
        _ => false,
    }
}

/// A decimal number without zeros that change nothing: `05.10` is `5.1`.
fn shortest(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    match (whole, fraction) {
        ("", "") => "0".to_owned(),
        _ => format!("{sign}{whole}.{fraction}"),
    }
}

/// The sign of an operator; `None` for an unknown operator.
pub(super) fn sign(operator: &str) -> Option<&'static str> {
    OPERATORS.iter().find(|(id, _)| *id == operator).map(|(_, sign)| *sign)
}

pub(super) fn is_nothing(concept: &str) -> bool {
    matches!(concept, "" | "0")
}

fn of_condition(concept: &str, source: &str) -> Modifier {
    match concept {
        "" | "0" if source.is_empty() => Modifier::Neutral,
        "" | "0" => Modifier::Unknown,
        RESOLVED => Modifier::Says(FactStatus::History),
        id if SUSPECTED.contains(&id) => Modifier::Says(FactStatus::Suspected),
        id if STATED.contains(&id) => Modifier::Neutral,
        _ => Modifier::Unknown,
    }
}

/// What the concept of a row states by itself: its name, its domain, and whether it is a history.
fn of_concept(table: &Table, cells: Cells<'_>, concepts: &Concepts) -> Modifier {
    let id = cells.get(table.concept);
    if HISTORIES.contains(&id) {
        return Modifier::Unknown;
    }
    if is_nothing(id) {
        // The source's own code has no concept whose domain and name could be checked.
        return match table.name {
            "OBSERVATION" => Modifier::Unknown,
            _ => Modifier::Neutral,
        };
    }
    match concepts.get(id) {
        Some(concept) if table.domain.contains(&concept.domain.as_str()) => in_coded_name(&concept.name),
        Some(_) => Modifier::Unknown,
        // Without its name, the concept can be "Suspected COVID-19", a history, a family history, or a procedure that was not done.
        None if concepts.are_known() || NEEDS_A_NAME.contains(&table.name) => Modifier::Unknown,
        None => Modifier::Neutral,
    }
}
