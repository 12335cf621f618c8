//! What the cells of a row state beside its concept. Each table of cases names the cells, and the status that a reader of the row would give.

use std::collections::BTreeMap;

use gemj_model::MeasuredValue;
use gemj_model::fact::CaseRecord;

use super::traps::read;

const PERSON: &str = "person_id,gender_concept_id,person_source_value\n1,8507,N-1\n";
const CONCEPTS: &str = "concept_id,concept_name,domain_id\n201826,Type 2 diabetes mellitus,Condition\n37311060,Suspected COVID-19,Condition\n\
3000963,Hemoglobin,Measurement\n4275495,Tobacco smoking behavior,Observation\n4000000,Biopsy of stomach,Procedure\n9191,Positive,Meas Value\n";

/// A table with one row for each case. The source value of a case is its number.
fn table(own: &str, columns: &[&str], cases: &[&[&str]]) -> String {
    let mut text = format!("{own}_id,person_id,{own}_source_value,{}\n", columns.join(","));
    for (at, case) in cases.iter().enumerate() {
        let cells: Vec<String> = case.iter().map(|cell| format!("\"{cell}\"")).collect();
        text += &format!("{at},1,case-{at},{}\n", cells.join(","));
    }
    text
}

/// The statuses of the facts of the only person, by the number of the case.
fn statuses(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    let (accounting, store) = read(files);
    assert_eq!(
        (accounting.quarantined.len(), accounting.unknown_fields()),
        (0, 0),
        "{accounting:#?}"
    );
    let facts = store.records.values().flat_map(|record| &record.facts);
    let named = facts.map(|fact| {
        let case = fact.details.iter().find(|detail| detail.text.starts_with("case-")).unwrap();
        (case.text.clone(), fact.status.as_str().to_owned())
    });
    named.collect()
}

/// Compares the statuses of a table with the last cell of each case.
fn check<const N: usize>(name: &str, own: &str, columns: &[&str], cases: &[[&str; N]], concepts: Option<&str>) {
    let rows: Vec<&[&str]> = cases.iter().map(|case| &case[..N - 1]).collect();
    let text = table(own, columns, &rows);
    let mut files = vec![("PERSON.csv", PERSON), (name, text.as_str())];
    files.extend(concepts.map(|text| ("CONCEPT.csv", text)));
    let found = statuses(&files);
    for (at, case) in cases.iter().enumerate() {
        assert_eq!(found[&format!("case-{at}")], case[N - 1], "{case:?}");
    }
}

const CONDITION: [&str; 8] = [
    "condition_concept_id",
    "condition_start_date",
    "condition_type_concept_id",
    "condition_status_concept_id",
    "condition_status_source_value",
    "stop_reason",
    "condition_end_date",
    "condition_end_datetime",
];

#[test]
fn a_condition_is_present_only_if_its_texts_its_type_and_its_end_agree() {
    let day = "2024-01-10";
    check(
        "CONDITION_OCCURRENCE.csv",
        "condition",
        &CONDITION,
        &[
            ["201826", day, "32817", "32902", "", "", "", "", "present"],
            ["201826", day, "32840", "32902", "主病名", "", "", "", "present"],
            // The text of the status.
            ["201826", day, "32817", "32902", "ruled out", "", "", "", "ruled-out"],
            ["201826", day, "32817", "32902", "疑い", "", "", "", "suspected"],
            ["201826", day, "32817", "32902", "Unconfirmed", "", "", "", "not-understood"],
            ["201826", day, "32817", "32902", "なし", "", "", "", "not-understood"],
            ["201826", day, "32817", "32899", "ruled out", "", "", "", "not-understood"],
            // The name of the concept.
            ["37311060", day, "32817", "32902", "", "", "", "", "suspected"],
            // The reason why the record stopped.
            ["201826", day, "32817", "32902", "", "ruled out", "", "", "ruled-out"],
            ["201826", day, "32817", "32902", "", "Resolved", "", "", "history"],
            ["201826", day, "32817", "32902", "", "治癒", "", "", "history"],
            ["201826", day, "32817", "32902", "", "Discharged", "", "", "present"],
            ["201826", day, "32817", "32902", "", "退院", "", "", "present"],
            ["201826", day, "32817", "32902", "", "wrong patient", "", "", "not-understood"],
            // The type of the record.
            ["201826", day, "32858", "32902", "", "", "", "", "not-confirmed"],
            ["201826", day, "32882", "32902", "", "", "", "", "not-confirmed"],
            ["201826", day, "32810", "32902", "", "", "", "", "not-understood"],
            ["201826", day, "0", "32902", "", "", "", "", "not-understood"],
            ["201826", day, "", "32902", "", "", "", "", "not-understood"],
            // The end.
            ["201826", day, "32817", "32902", "", "", "2024-02-01", "", "history"],
            ["201826", day, "32817", "32902", "", "", "20240201", "", "history"],
            ["201826", day, "32817", "32902", "", "", "", "2024-02-01 00:00:00", "history"],
            ["201826", day, "32817", "32902", "", "", "2199-12-31", "", "not-understood"],
            ["201826", day, "32817", "32902", "", "", "soon", "", "not-understood"],
            ["201826", day, "32817", "32899", "", "", "2024-02-01", "", "not-understood"],
            ["201826", day, "32817", "32902", "ruled out", "", "2024-02-01", "", "ruled-out"],
        ],
        Some(CONCEPTS),
    );
}

#[test]
fn a_concept_whose_name_is_not_known_is_never_a_present_condition_or_procedure() {
    let day = "2024-01-10";
    let conditions = [
        ["37311060", day, "32817", "32902", "", "", "", "", "not-understood"],
        ["201826", day, "32817", "32902", "", "", "", "", "not-understood"],
        // The source's own code is what the institution itself calls the condition.
        ["0", day, "32817", "32902", "", "", "", "", "present"],
    ];
    check("CONDITION_OCCURRENCE.csv", "condition", &CONDITION, &conditions, None);
    let procedure = ["procedure_concept_id", "procedure_date", "procedure_type_concept_id"];
    let rows = |status| [["4000000", day, "32817", status]];
    check("PROCEDURE_OCCURRENCE.csv", "procedure", &procedure, &rows("not-understood"), None);
    check(
        "PROCEDURE_OCCURRENCE.csv",
        "procedure",
        &procedure,
        &rows("present"),
        Some(CONCEPTS),
    );
}

const MEASUREMENT: [&str; 8] = [
    "measurement_concept_id",
    "measurement_date",
    "measurement_type_concept_id",
    "operator_concept_id",
    "value_as_number",
    "value_as_concept_id",
    "unit_source_value",
    "value_source_value",
];

#[test]
fn a_number_that_differs_from_the_value_as_received_is_not_understood() {
    let day = "2024-01-10";
    check(
        "MEASUREMENT.csv",
        "measurement",
        &MEASUREMENT,
        &[
            ["3000963", day, "32856", "", "5", "", "g/dL", "", "present"],
            ["3000963", day, "32856", "", "5.0", "", "g/dL", "5", "present"],
            ["3000963", day, "32856", "", "0.50", "", "g/dL", "00.5", "present"],
            ["3000963", day, "32856", "4172703", "5", "", "g/dL", "5 g/dL", "present"],
            ["3000963", day, "32856", "4171756", "5", "", "g/dL", "<5", "present"],
            ["3000963", day, "32856", "4171756", "5", "", "g/dL", "５未満", "present"],
            ["3000963", day, "32856", "", "5", "", "g/dL", "<5", "not-understood"],
            ["3000963", day, "32856", "4171756", "5", "", "g/dL", "5", "not-understood"],
            ["3000963", day, "32856", "", "5", "", "g/dL", "50", "not-understood"],
            ["3000963", day, "32856", "", "5", "", "g/dL", "-5", "not-understood"],
            [
                "3000963",
                day,
                "32856",
                "",
                "5",
                "",
                "g/dL",
                "hemolysed - invalid",
                "not-understood",
            ],
            ["3000963", day, "32858", "", "5", "", "g/dL", "5", "not-confirmed"],
            ["3000963", day, "32856", "", "", "9191", "", "positive", "present"],
        ],
        Some(CONCEPTS),
    );
    let observation = [
        "observation_concept_id",
        "observation_date",
        "observation_type_concept_id",
        "value_as_number",
        "value_as_string",
        "value_source_value",
    ];
    check(
        "OBSERVATION.csv",
        "observation",
        &observation,
        &[
            ["4275495", day, "32817", "20", "20", "20", "present"],
            ["4275495", day, "32817", "20", "unknown", "", "not-understood"],
            ["4275495", day, "32817", "20", "", ">20", "not-understood"],
            ["4275495", day, "32858", "20", "", "", "not-confirmed"],
            ["4275495", day, "32817", "", "20 per day", "x", "present"],
        ],
        Some(CONCEPTS),
    );
}

/// Every text that is stored of a record.
fn texts(record: &CaseRecord) -> Vec<String> {
    let mut texts = Vec::new();
    for fact in &record.facts {
        texts.extend([fact.code.clone(), fact.label.clone()]);
        texts.extend(
            fact.details
                .iter()
                .flat_map(|detail| [detail.text.clone(), detail.code.clone().unwrap_or_default()]),
        );
        match &fact.value {
            Some(MeasuredValue::Text(text)) => texts.push(text.clone()),
            Some(MeasuredValue::Coded { code, label }) => texts.extend([code.clone(), label.clone()]),
            Some(MeasuredValue::Quantity { number, unit, .. }) => texts.extend([number.clone(), unit.clone()]),
            None => {}
        }
    }
    texts
}

#[test]
fn a_value_that_counts_as_mapped_is_stored() {
    let measurements = "measurement_id,person_id,measurement_concept_id,measurement_date,value_as_number,value_as_concept_id,value_source_value,measurement_source_value\n\
1,1,3000963,2024-01-10,5,9191,5.00,code-a\n2,1,3000963,2024-01-11,,9191,pos!,code-b\n3,1,3000963,2024-01-12,,,words,code-c\n";
    let observations = "observation_id,person_id,observation_concept_id,observation_date,value_as_number,value_as_concept_id,value_as_string,value_source_value,observation_source_value\n\
1,1,4275495,2024-01-10,7,9191,7.0,7.00,code-d\n2,1,4275495,2024-01-11,,9191,string-e,source-e,code-e\n3,1,4275495,2024-01-12,,,string-f,source-f,code-f\n";
    let (accounting, store) = read(&[
        ("PERSON.csv", PERSON),
        ("MEASUREMENT.csv", measurements),
        ("OBSERVATION.csv", observations),
        ("CONCEPT.csv", CONCEPTS),
    ]);
    assert_eq!((accounting.committed, accounting.unknown_fields()), (1, 0), "{accounting:#?}");
    let stored: Vec<String> = store.records.values().flat_map(texts).collect();
    for planted in [
        "5",
        "5.00",
        "code-a",
        "pos!",
        "code-b",
        "words",
        "code-c",
        "7",
        "7.0",
        "7.00",
        "code-d",
        "string-e",
        "source-e",
        "code-e",
        "string-f",
        "source-f",
        "code-f",
        "OMOP:9191",
    ] {
        assert!(stored.iter().any(|text| text == planted), "{planted}: {stored:?}");
    }
    assert_eq!(stored.iter().filter(|text| *text == "OMOP:9191").count(), 4);
}
