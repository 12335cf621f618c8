//! Writes the broken copies of the study's REDCap feed: broken records, and an export without one of its columns.

use super::super::case::InstitutionCase;
use super::super::redcap::{Row, encode, record, rows};
use super::{COPIED, Expected};

const FEED: &str = "redcap";

/// A record id that no record has.
const UNKNOWN: u32 = 9001;

/// The flat export with broken records. Each fault is added to `expected`. The third record has a result in words, which is valid.
pub(super) fn records(cases: &[InstitutionCase; COPIED], expected: &mut Vec<Expected>) -> String {
    let mut records: Vec<Vec<Row>> = cases.iter().take(8).map(record).collect();
    let mut is_broken = |rows: &[Row], reason| {
        let number = rows.first().map_or(0, |row| row.record);
        expected.push(Expected {
            feed: FEED,
            hint: format!("records.csv record_id {number}"),
            reason,
        });
    };
    set(&mut records[2], "lb_result", "検体不良");
    set(&mut records[3], "dx_status", "7");
    is_broken(&records[3], "a diagnosis status that is not among the choices of the dictionary");
    set(&mut records[4], "hpo_code", "HP:123");
    is_broken(&records[4], "an HPO code with three digits");
    set(&mut records[5], "birth_date", "1984-13-01");
    is_broken(&records[5], "a birth date with month 13");
    records[6].iter_mut().for_each(|row| row.record = UNKNOWN);
    is_broken(&records[6], "a record id that is not in the linkage");
    let rows: Vec<Row> = records.into_iter().flatten().collect();
    encode(&rows, &[])
}

/// The export of two records without the column of the diagnosis codes.
pub(super) fn column_missing(cases: &[InstitutionCase; COPIED], expected: &mut Vec<Expected>) -> String {
    expected.push(Expected {
        feed: FEED,
        hint: "records_column_missing.csv".to_owned(),
        reason: "the column dx_icd10 of the dictionary is missing",
    });
    encode(&rows(&cases[8..]), &["dx_icd10"])
}

fn set(rows: &mut [Row], name: &str, value: &str) {
    let mut values = rows.iter_mut().flat_map(|row| row.values.iter_mut());
    if let Some((_, found)) = values.find(|(n, _)| *n == name) {
        value.clone_into(found);
    }
}
