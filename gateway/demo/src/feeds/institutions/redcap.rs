//! Writes the study's second feed: a REDCap project as a flat export with raw values, and its data dictionary.

mod dictionary;

use gemj_model::Sex;

use self::dictionary::FIELDS;
use super::case::{InstitutionCase, SpecimenKind};
use super::csv_row;

pub(super) use self::dictionary::encode as dictionary;

/// A row of the flat export.
pub(super) struct Row {
    /// The value of `record_id`.
    pub(super) record: u32,
    /// The values of `redcap_repeat_instrument` and `redcap_repeat_instance`; absent for the row of the fields that do not repeat.
    pub(super) repeat: Option<(&'static str, usize)>,
    /// The values of the row, each with the name of its variable. All other fields are empty.
    pub(super) values: Vec<(&'static str, String)>,
}

/// The rows of all records in order of `record_id`, which is not the order of the cases.
pub(super) fn rows(cases: &[InstitutionCase]) -> Vec<Row> {
    let mut cases: Vec<&InstitutionCase> = cases.iter().collect();
    cases.sort_by_key(|case| case.numbers.redcap);
    cases.into_iter().flat_map(record).collect()
}

/// The rows of the record for one case.
pub(super) fn record(case: &InstitutionCase) -> Vec<Row> {
    let record = case.numbers.redcap;
    let sex = match case.sex {
        Sex::Male => "1",
        Sex::Female => "2",
        Sex::Other | Sex::Unknown => "",
    };
    let mut rows = vec![Row {
        record,
        repeat: None,
        values: vec![
            ("sex", sex.to_owned()),
            ("birth_date", case.born.to_string()),
            // The value contains a comma, as in real entries, so the CSV field needs quoting.
            (
                "patient_name",
                format!("{}, {}", case.identity.family_name, case.identity.given_name),
            ),
            ("demographics_complete", "2".to_owned()),
        ],
    }];
    let mut add = |instrument, number: usize, complete, mut values: Vec<(&'static str, String)>| {
        values.push((complete, "2".to_owned()));
        rows.push(Row {
            record,
            repeat: Some((instrument, number + 1)),
            values,
        });
    };
    for (number, diagnosis) in case.diagnoses.iter().enumerate() {
        add(
            "diagnosis",
            number,
            "diagnosis_complete",
            vec![
                ("dx_icd10", diagnosis.icd10.to_owned()),
                ("dx_term", diagnosis.label.to_owned()),
                ("dx_status", if diagnosis.suspected { "2" } else { "1" }.to_owned()),
                ("dx_date", diagnosis.date.to_string()),
            ],
        );
    }
    for (number, feature) in case.features.iter().enumerate() {
        add(
            "phenotype",
            number,
            "phenotype_complete",
            vec![
                ("hpo_code", feature.term.to_owned()),
                ("hpo_term", feature.label.to_owned()),
                ("hpo_present", if feature.excluded { "0" } else { "1" }.to_owned()),
            ],
        );
    }
    for (number, lab) in case.labs.iter().enumerate() {
        add(
            "labs",
            number,
            "labs_complete",
            vec![
                ("lb_jlac10", lab.jlac10.to_owned()),
                ("lb_test", lab.label.to_owned()),
                ("lb_result", lab.result()),
                ("lb_unit", lab.unit.to_owned()),
                ("lb_date", lab.date.to_string()),
            ],
        );
    }
    for (number, specimen) in case.specimens.iter().enumerate() {
        let kind = SpecimenKind::ALL.iter().position(|k| *k == specimen.kind).unwrap_or(0) + 1;
        add(
            "specimens",
            number,
            "specimens_complete",
            vec![
                ("sp_id", specimen.id.as_str().to_owned()),
                ("sp_type", kind.to_string()),
                ("sp_date", specimen.collected.to_string()),
            ],
        );
    }
    rows
}

/// The flat export as CSV, without the columns in `without`.
pub(super) fn encode(rows: &[Row], without: &[&str]) -> String {
    let columns: Vec<String> = columns().into_iter().filter(|column| !without.contains(&column.as_str())).collect();
    let mut text = csv_row(&columns);
    for row in rows {
        let cells: Vec<String> = columns
            .iter()
            .map(|column| match (column.as_str(), row.repeat) {
                ("record_id", _) => row.record.to_string(),
                ("redcap_repeat_instrument", repeat) => repeat.map(|(form, _)| form.to_owned()).unwrap_or_default(),
                ("redcap_repeat_instance", repeat) => repeat.map(|(_, number)| number.to_string()).unwrap_or_default(),
                (name, _) => row
                    .values
                    .iter()
                    .find(|(n, _)| *n == name)
                    .map(|(_, v)| v.clone())
                    .unwrap_or_default(),
            })
            .collect();
        text.push_str(&csv_row(&cells));
    }
    text
}

/// The columns of the flat export in REDCap's order: the record, the repetition, then for each form its fields and whether the form is
/// complete.
fn columns() -> Vec<String> {
    let mut columns: Vec<String> = ["record_id", "redcap_repeat_instrument", "redcap_repeat_instance"]
        .map(str::to_owned)
        .into();
    for form in FIELDS.chunk_by(|a, b| a.form == b.form) {
        columns.extend(form.iter().map(|f| f.name).filter(|name| *name != "record_id").map(str::to_owned));
        columns.extend(form.first().map(|f| format!("{}_complete", f.form)));
    }
    columns
}
