//! Tables of the OMOP Common Data Model, read with pyarrow.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use gemj_model::fact::{Comparator, FactStatus};
use gemj_model::{DetailName, Fact, FactKind, MeasuredValue, PartialDate, Sex};
use gemj_services::export::{CaseFormat, LeftOut};
use serde_json::{Value, json};

use crate::world::{OF_B, WITHDRAWN, World, case, everything, exported, line, person, read};

/// The tables as pyarrow reads them; absent if pyarrow is not installed.
fn tables(folder: &Path, csv: &Path) -> Option<Value> {
    let python = std::env::var("GEMJ_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_pyarrow = Command::new(&python)
        .args(["-c", "import pyarrow"])
        .output()
        .is_ok_and(|out| out.status.success());
    if !has_pyarrow {
        eprintln!("SKIPPED: the exported tables are not read, because pyarrow is not installed");
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/oracles/exported_tables.py");
    let out = Command::new(python).arg(script).arg(folder).arg(csv).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    Some(serde_json::from_slice(&out.stdout).unwrap())
}

fn day(text: &str) -> Option<&str> {
    let day = text.get(..10)?;
    PartialDate::parse(day).is_ok().then_some(day)
}

fn detail(fact: &Fact, name: DetailName) -> Option<&str> {
    fact.details
        .iter()
        .find(|detail| detail.name == name)
        .and_then(|detail| day(&detail.text))
}

/// The concept and the source value of a code.
fn coded(fact: &Fact) -> (i64, String) {
    let concept = fact.code.strip_prefix("OMOP:").map_or(0, |id| id.parse().unwrap());
    (concept, fact.code.clone())
}

/// The table and the important cells of the row of a fact, or the rule that leaves the fact out.
fn row(fact: &Fact) -> Result<(&'static str, Value), LeftOut> {
    let (concept, source) = coded(fact);
    let observed = fact.observed.as_ref().and_then(|date| day(date.as_str()));
    let onset = fact.onset.as_deref().and_then(day);
    match (fact.kind, fact.status) {
        (FactKind::FamilyHistory, _) => Err(LeftOut::FamilyHistory),
        (FactKind::Disease, FactStatus::Present) => {
            let start = if fact.onset.is_some() { onset } else { observed };
            let start = start.ok_or(LeftOut::NoDay)?;
            Ok(("condition_occurrence", json!([concept, source, start])))
        }
        (FactKind::Disease | FactKind::Phenotype, FactStatus::Excluded) => {
            Ok(("observation", json!([0, source, observed.ok_or(LeftOut::NoDay)?, "absent"])))
        }
        (FactKind::Phenotype, FactStatus::Present) => {
            let start = observed.or(onset).ok_or(LeftOut::NoDay)?;
            Ok(("observation", json!([0, source, start, "present"])))
        }
        (FactKind::Measurement, FactStatus::Present) => {
            let at = observed.ok_or(LeftOut::NoDay)?;
            let (operator, number, text, unit) = match fact.value.as_ref().unwrap() {
                MeasuredValue::Quantity { comparator, number, unit } => {
                    let operator = comparator.map(|sign| if sign == Comparator::Less { 4_171_756 } else { 0 });
                    let text = format!("{}{number}", if operator.is_some() { "<" } else { "" });
                    (operator, Some(number.parse::<f64>().unwrap()), text, Some(unit))
                }
                MeasuredValue::Coded { code, .. } => (None, None, code.clone(), None),
                MeasuredValue::Text(text) => (None, None, text.clone(), None),
            };
            Ok(("measurement", json!([concept, source, at, operator, number, text, unit])))
        }
        (FactKind::Treatment, FactStatus::Present) => {
            let start = detail(fact, DetailName::Start).ok_or(LeftOut::NoDay)?;
            let end = detail(fact, DetailName::End).ok_or(LeftOut::NoLastDay)?;
            Ok(("drug_exposure", json!([concept, source, start, end])))
        }
        (FactKind::Procedure, FactStatus::Present) => {
            let has_start = fact.details.iter().any(|detail| detail.name == DetailName::Start);
            let start = if has_start { detail(fact, DetailName::Start) } else { observed };
            Ok(("procedure_occurrence", json!([concept, source, start.ok_or(LeftOut::NoDay)?])))
        }
        _ => Err(LeftOut::Status),
    }
}

/// The columns of [`row`].
fn columns(table: &str) -> &'static [&'static str] {
    match table {
        "condition_occurrence" => &["condition_concept_id", "condition_source_value", "condition_start_date"],
        "observation" => &[
            "observation_concept_id",
            "observation_source_value",
            "observation_date",
            "value_as_string",
        ],
        "measurement" => &[
            "measurement_concept_id",
            "measurement_source_value",
            "measurement_date",
            "operator_concept_id",
            "value_as_number",
            "value_source_value",
            "unit_source_value",
        ],
        "drug_exposure" => &[
            "drug_concept_id",
            "drug_source_value",
            "drug_exposure_start_date",
            "drug_exposure_end_date",
        ],
        "procedure_occurrence" => &["procedure_concept_id", "procedure_source_value", "procedure_date"],
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tables_have_the_dated_statements_of_persons_with_a_year_of_birth_and_nothing_else() {
    let world = World::new().await;
    let out = world.folder.path().join("omop");
    let account = world.export(CaseFormat::Omop, &out).await;
    let text = everything(&out);
    for never in [OF_B, WITHDRAWN, "BANK-", "GEMJ-0"] {
        assert!(!text.contains(never), "{never}");
    }
    let csv = world.folder.path().join("csv");
    let Some(read_again) = tables(&out, &csv) else { return };
    assert_eq!(read_again["faults"], json!([]));
    let tables = &read_again["tables"];
    let rows = |table: &str| tables[table].as_array().unwrap().clone();
    for (file, count) in &account.files {
        assert_eq!(rows(file.strip_suffix(".parquet").unwrap()).len() as u64, *count, "{file}");
    }
    let with_year: Vec<usize> = exported().filter(|at| case(*at, "hospital-a").born.is_some()).collect();
    let number: BTreeMap<i64, i64> = rows("person")
        .iter()
        .map(|row| (row["year_of_birth"].as_i64().unwrap() - 1900, row["person_id"].as_i64().unwrap()))
        .collect();
    assert_eq!(
        number.keys().copied().collect::<Vec<_>>(),
        with_year.iter().map(|at| *at as i64).collect::<Vec<_>>()
    );
    assert!(
        !number.values().is_sorted(),
        "the numbers of persons follow the order of registration"
    );
    assert_eq!(
        account.left_out[&LeftOut::NoYearOfBirth],
        (exported().count() - with_year.len()) as u64
    );
    let mut left_out: BTreeMap<LeftOut, u64> = BTreeMap::new();
    for at in with_year {
        let stored = case(at, "hospital-a");
        let id = number[&(at as i64)];
        let person = rows("person").into_iter().find(|row| row["person_id"] == id).unwrap();
        let gender = [(Sex::Female, 8532), (Sex::Male, 8507), (Sex::Unknown, 0)];
        let gender = gender.iter().find(|(sex, _)| *sex == stored.sex).unwrap().1;
        assert_eq!(
            (&person["gender_concept_id"], &person["month_of_birth"]),
            (&json!(gender), &json!(1 + at % 9))
        );
        let mut expected: Vec<String> = Vec::new();
        for fact in &stored.facts {
            match row(fact) {
                Ok((table, cells)) => expected.push(format!("{table} {cells}")),
                Err(rule) => *left_out.entry(rule).or_default() += 1,
            }
        }
        let mut found: Vec<String> = Vec::new();
        for table in [
            "condition_occurrence",
            "observation",
            "measurement",
            "drug_exposure",
            "procedure_occurrence",
        ] {
            for row in rows(table).into_iter().filter(|row| row["person_id"] == id) {
                let cells: Vec<Value> = columns(table).iter().map(|column| row[*column].clone()).collect();
                found.push(format!("{table} {}", Value::Array(cells)));
            }
        }
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{at}");
        let dated = stored
            .specimens
            .iter()
            .filter(|specimen| specimen.collected.as_ref().is_some_and(|date| date.as_str().len() == 10));
        let undated = stored.specimens.len() - dated.clone().count();
        *left_out.entry(LeftOut::NoDay).or_default() += undated as u64;
        let mut expected: Vec<String> = dated
            .map(|specimen| {
                let kind = specimen.kind_code.replace("hospital-a.specimen:", "");
                format!("{kind} {}", specimen.body_site.as_deref().unwrap_or_default())
            })
            .collect();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut found: Vec<String> = rows("specimen")
            .into_iter()
            .filter(|row| row["person_id"] == id)
            .map(|row| {
                format!(
                    "{} {}",
                    text(&row["specimen_source_value"]),
                    text(&row["anatomic_site_source_value"])
                )
            })
            .collect();
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{at}");
    }
    for rule in [LeftOut::FamilyHistory, LeftOut::NoDay, LeftOut::NoLastDay, LeftOut::Status] {
        assert_eq!(account.left_out.get(&rule), left_out.get(&rule), "{rule:?}: {:?}", account.left_out);
    }

    // The gateway's reader finds the same conditions. It understands neither an observation nor a drug without a concept.
    let (_, store) = read("omop", &csv);
    for at in number.keys() {
        let at = usize::try_from(*at).unwrap();
        let stored = case(at, "hospital-a");
        let prefixed = |fact: &Fact| Fact {
            code: match fact.code.starts_with("OMOP:") {
                true => fact.code.clone(),
                false => format!("hospital-a.condition:{}", fact.code),
            },
            ..fact.clone()
        };
        let is_row = |fact: &&Fact| matches!(row(fact), Ok(("condition_occurrence", _)));
        let mut expected: Vec<String> = stored
            .facts
            .iter()
            .filter(is_row)
            .map(|fact| line(&prefixed(fact), false))
            .collect();
        let again = store.0[&person(at)].facts.iter();
        let diseases = again.filter(|fact| fact.kind == FactKind::Disease);
        let mut found: Vec<String> = diseases.map(|fact| line(fact, false)).collect();
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{at}");
        let all = &store.0[&person(at)].facts;
        assert!(all.iter().all(|fact| fact.kind != FactKind::Phenotype));
        let excluded = stored.facts.iter().filter(|fact| fact.status == FactStatus::Excluded);
        for fact in excluded {
            let is_there =
                |other: &&Fact| other.status == FactStatus::Present && other.code.ends_with(&fact.code) && fact.code != "uncoded";
            assert_eq!(
                all.iter().find(is_there).map(|fact| &fact.code),
                None,
                "an excluded statement is present"
            );
        }
    }
}
