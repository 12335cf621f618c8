//! Tables with faults, and tables that could put a statement on the wrong person.

use std::fs;

use gemj_adapters::Accounting;
use tempfile::TempDir;

use super::corpus::{Corpus, Style};
use super::world::{Store, folder, reasons, take};
use super::{Profile, ingested, lines, linked};

const PERSON: &str = "person_id,gender_concept_id,person_source_value\n1,8507,N-1\n2,8532,N-2\n";
const CONDITION: &str = "condition_occurrence_id,person_id,condition_concept_id,condition_start_date,condition_type_concept_id,condition_status_concept_id,condition_source_value\n\
10,1,201826,2023-01-02,32817,32893,E11.9\n11,2,201826,2023-01-02,32817,32893,E11.9\n";

/// The headers of the tables that the built-in profile reads, beside PERSON.
const HEADERS: [(&str, &str); 6] = [
    ("CONDITION_OCCURRENCE", "condition_occurrence_id,person_id,condition_concept_id\n"),
    ("MEASUREMENT", "measurement_id,person_id,measurement_concept_id\n"),
    ("OBSERVATION", "observation_id,person_id,observation_concept_id\n"),
    ("DRUG_EXPOSURE", "drug_exposure_id,person_id,drug_concept_id\n"),
    ("PROCEDURE_OCCURRENCE", "procedure_occurrence_id,person_id,procedure_concept_id\n"),
    ("SPECIMEN", "specimen_id,person_id,specimen_concept_id\n"),
];

/// A folder of these files, and of a header for every other table.
fn with_headers(files: &[(&str, &str)]) -> TempDir {
    let of = |table: &str| {
        files.iter().any(|(name, _)| {
            name.to_ascii_uppercase()
                .strip_prefix(table)
                .is_some_and(|rest| rest.starts_with('.'))
        })
    };
    let others: Vec<(String, &str)> = HEADERS
        .iter()
        .filter(|(table, _)| !of(table))
        .map(|(table, header)| (format!("{table}.csv"), *header))
        .collect();
    let all = files
        .iter()
        .copied()
        .chain(others.iter().map(|(name, text)| (name.as_str(), *text)));
    let all: Vec<(&str, &[u8])> = all.map(|(name, text)| (name, text.as_bytes())).collect();
    folder(&all)
}

pub(crate) fn read(files: &[(&str, &str)]) -> (Accounting, Store) {
    ingested(with_headers(files).path(), 2)
}

fn statements(store: &Store) -> usize {
    store
        .records
        .values()
        .map(|record| record.facts.len() + record.specimens.len())
        .sum()
}

#[test]
fn a_row_without_a_person_is_refused_by_itself() {
    let more = format!("{CONDITION}12,,201826,2023-01-02,,,x\n13,99,201826,2023-01-02,,,x\n14,01,201826,2023-01-02,,,x\n");
    let death = "person_id,death_date\n77,2024-01-01\n";
    let (accounting, store) = read(&[("PERSON.csv", PERSON), ("CONDITION_OCCURRENCE.csv", &more), ("DEATH.csv", death)]);
    assert_eq!(reasons(&accounting), ["no-person"; 4]);
    assert_eq!((accounting.committed, statements(&store)), (2, 2));
    let places: Vec<&str> = accounting.quarantined.iter().map(|refused| refused.unit.as_str()).collect();
    assert_eq!(places[0], "CONDITION_OCCURRENCE.csv#row[2]");
}

#[test]
fn a_refused_table_refuses_all_of_them() {
    for (name, text, reason) in [
        ("MEASUREMENT.csv.gz", "x", "compressed"),
        ("MEASUREMENT.parquet", "x", "compressed"),
        ("MEASUREMENT.csv", "measurement_id,person_id\n1,1\n", "table-lacks-column"),
        (
            "MEASUREMENT.csv",
            "measurement_id,measurement_concept_id\n1,1\n",
            "table-lacks-column",
        ),
        (
            "MEASUREMENT.csv",
            "person_id,PERSON_ID,measurement_concept_id\n1,1,1\n",
            "bad-header",
        ),
        (
            "MEASUREMENT.csv",
            "measurement_id,person_id,measurement_concept_id\n1,1\n",
            "ragged-row",
        ),
        ("condition_occurrence.tsv", "person_id\tcondition_concept_id\n", "table-twice"),
        ("CONCEPT.csv", "concept_id,concept_name\n1,a\n", "table-lacks-column"),
    ] {
        let (accounting, store) = read(&[("PERSON.csv", PERSON), ("CONDITION_OCCURRENCE.csv", CONDITION), (name, text)]);
        assert_eq!((reasons(&accounting), store.records.len()), (vec![reason], 0), "{name} {text}");
    }
    for (text, reason) in [
        ("person_id,gender_concept_id\n1,8507\n", "table-lacks-column"),
        (
            "person_id,gender_concept_id,person_source_value\n1,8507,N-1\n1,8532,N-1\n",
            "person-twice",
        ),
        (
            "person_id,gender_concept_id,person_source_value\n1,8507,N-1\n2,8507,N-1\n",
            "number-twice",
        ),
    ] {
        let (accounting, store) = read(&[("PERSON.csv", text), ("CONDITION_OCCURRENCE.csv", CONDITION)]);
        assert_eq!((reasons(&accounting), store.records.len()), (vec![reason], 0), "{text}");
    }
    let (accounting, _) = read(&[("CONDITION_OCCURRENCE.csv", CONDITION)]);
    assert_eq!(reasons(&accounting), ["no-person-table"]);
}

#[test]
fn a_person_is_refused_without_a_number_and_with_two_rows_of_one_id() {
    let person = PERSON.replace("N-2", "");
    let (accounting, store) = read(&[("PERSON.csv", &person), ("CONDITION_OCCURRENCE.csv", CONDITION)]);
    assert_eq!((reasons(&accounting), store.records.len()), (vec!["no-number"], 1));
    let twice = format!("{CONDITION}10,1,201826,2023-01-03,32817,32893,E11.9\n");
    let (accounting, store) = read(&[("PERSON.csv", PERSON), ("CONDITION_OCCURRENCE.csv", &twice)]);
    assert_eq!((reasons(&accounting), store.records.len()), (vec!["row-id-twice"], 1));
    // The same row twice is one statement.
    let again = format!("{CONDITION}10,1,201826,2023-01-02,32817,32893,E11.9\n");
    let persons = format!("{PERSON}1,8507,N-1\n");
    let (accounting, store) = read(&[("PERSON.csv", &persons), ("CONDITION_OCCURRENCE.csv", &again)]);
    assert_eq!((accounting.committed, accounting.repeated, statements(&store)), (2, 1, 2));
    // A sex that the table of concepts does not have.
    let (accounting, _) = read(&[("PERSON.csv", &PERSON.replace("8532", "9999"))]);
    assert_eq!(reasons(&accounting), ["unknown-code"]);
}

#[test]
fn without_concepts_no_observation_and_no_coded_condition_is_understood() {
    let observation = "observation_id,person_id,observation_concept_id,observation_date,value_as_string\n1,1,4275495,2023-05-06,yes\n2,1,4275495,2023-05-06,\n";
    let conditions = format!(
        "{CONDITION}12,1,4214956,2023-01-02,32817,32893,Z86\n13,1,0,2023-01-02,32817,32893,糖尿病の疑い\n14,1,201826,2023-01-02,32817,32893,FH: diabetes\n"
    );
    let (accounting, store) = read(&[
        ("PERSON.csv", PERSON),
        ("OBSERVATION.csv", observation),
        ("CONDITION_OCCURRENCE.csv", &conditions),
    ]);
    assert_eq!(accounting.quarantined.len(), 0, "{:?}", accounting.quarantined);
    assert_eq!(accounting.facts_present, 0);
    assert_eq!(accounting.not_taken["OBSERVATION"], 1);
    let of_first = store.records.values().find(|record| record.participant.as_str() == "P-1").unwrap();
    let all = lines(of_first);
    assert!(
        all.contains(&"measurement|OMOP:4275495|not-understood|yes|2023-05-06|".to_owned()),
        "{all:?}"
    );
    assert!(
        all.iter().any(|line| line.starts_with("disease|OMOP:4214956|not-understood")),
        "{all:?}"
    );
    assert!(
        all.contains(&"disease|hospital-a.condition:糖尿病の疑い|suspected||2023-01-02|糖尿病の疑い".to_owned()),
        "{all:?}"
    );
    assert!(
        all.iter()
            .any(|line| line.ends_with("|FH: diabetes") && !line.contains("|present|")),
        "{all:?}"
    );
    // A concept that the table of concepts lacks is not understood.
    let concepts = "concept_id,concept_name,domain_id\n5,x,Condition\n";
    let (accounting, _) = read(&[
        ("PERSON.csv", PERSON),
        ("CONDITION_OCCURRENCE.csv", CONDITION),
        ("CONCEPT.csv", concepts),
    ]);
    assert_eq!((accounting.facts_present, accounting.facts_otherwise["not-understood"]), (0, 2));
}

#[test]
fn mutated_tables_never_panic_and_their_sums_are_right() {
    let corpus = Corpus::random(11, 3);
    let style = Style::random(11);
    let mut random = super::corpus::Random(99);
    for _ in 0..300 {
        let folder = tempfile::tempdir().unwrap();
        corpus.write(folder.path(), &style);
        let mut files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let file = &files[random.below(files.len())];
        let mut bytes = fs::read(file).unwrap();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len());
            match random.below(4) {
                0 => bytes[at] = [0, b'"', b'\n', 0xff, b',', b'0'][random.below(6)],
                1 => bytes.truncate(at.max(1)),
                2 => bytes.insert(at, b'"'),
                _ => {
                    let copy = bytes[at..].to_vec();
                    bytes.extend(copy);
                }
            }
        }
        fs::write(file, bytes).unwrap();
        // The helper checks that the account is balanced.
        let (accounting, store) = ingested(folder.path(), 3);
        assert!(accounting.committed as usize == store.records.len());
        assert!(store.records.values().all(|record| record.participant.as_str().starts_with("P-")));
    }
}

/// Ingests a folder into a store that has what an earlier folder stated.
fn again(folder: &TempDir, store: &mut Store) -> Accounting {
    again_by("omop", folder, store)
}

fn again_by(profile: &str, folder: &TempDir, store: &mut Store) -> Accounting {
    let profile = Profile::open(profile).or_else(|_| Profile::parse(profile)).unwrap();
    take(folder.path(), &profile, &linked(&[("hospital-a", "P-")], 2), store).unwrap()
}

#[test]
fn a_table_that_is_absent_or_in_parts_refuses_the_folder_and_erases_nothing() {
    let (_, first) = read(&[("PERSON.csv", PERSON), ("CONDITION_OCCURRENCE.csv", CONDITION)]);
    assert_eq!(statements(&first), 2);
    let rename = |folder: &TempDir, to: Option<&str>| {
        let from = folder.path().join("CONDITION_OCCURRENCE.csv");
        match to {
            Some(to) => fs::rename(from, folder.path().join(to)).unwrap(),
            None => fs::remove_file(from).unwrap(),
        }
    };
    for (to, reason) in [
        (None, "table-absent"),
        (Some("cdm.condition_occurrence.csv"), "table-absent"),
        (Some("CONDITION_OCCURRENCE_1.csv"), "table-unclear"),
        (Some("condition_occurrence-2024.csv"), "table-unclear"),
        (Some("CONDITION_OCCURRENCE.dat"), "table-unclear"),
        (Some("CONDITION_OCCURRENCE"), "table-unclear"),
        (Some("CONDITION_OCCURRENCE.csv.bak"), "table-unclear"),
    ] {
        let mut store = first.clone();
        let folder = with_headers(&[("PERSON.csv", PERSON), ("CONDITION_OCCURRENCE.csv", CONDITION)]);
        rename(&folder, to);
        let accounting = again(&folder, &mut store);
        assert_eq!((reasons(&accounting), statements(&store)), (vec![reason], 2), "{to:?}");
        assert!(accounting.quarantined[0].detail.contains("CONDITION_OCCURRENCE"), "{to:?}");
    }
    // A second part beside the table, and a folder of parts.
    for part in ["CONDITION_OCCURRENCE_2.csv", "CONCEPT_2.csv"] {
        let mut store = first.clone();
        let folder = with_headers(&[("PERSON.csv", PERSON), ("CONDITION_OCCURRENCE.csv", CONDITION), (part, CONDITION)]);
        assert_eq!(
            (reasons(&again(&folder, &mut store)), statements(&store)),
            (vec!["table-unclear"], 2),
            "{part}"
        );
    }
    let mut store = first.clone();
    let folder = with_headers(&[("PERSON.csv", PERSON), ("CONDITION_OCCURRENCE.csv", CONDITION)]);
    fs::create_dir(folder.path().join("condition_occurrence")).unwrap();
    assert_eq!(
        (reasons(&again(&folder, &mut store)), statements(&store)),
        (vec!["table-unclear"], 2)
    );
    // Checksums, and tables whose names only begin alike, are no parts.
    let mut store = first.clone();
    let folder = with_headers(&[
        ("PERSON.csv", PERSON),
        ("CONDITION_OCCURRENCE.csv", CONDITION),
        ("CONDITION_OCCURRENCE.csv.md5", "x"),
        ("OBSERVATION_PERIOD.csv", "x"),
        ("OBSERVATION_PERIOD_2.csv", "x"),
        ("CONCEPT_CLASS.csv", "x"),
    ]);
    let accounting = again(&folder, &mut store);
    assert_eq!((reasons(&accounting).len(), accounting.unchanged, statements(&store)), (0, 2, 2));
    // A table that has only its header states that there are no rows.
    let mut store = first;
    let accounting = again(&with_headers(&[("PERSON.csv", PERSON)]), &mut store);
    assert_eq!((accounting.replaced, statements(&store)), (2, 0));
}

#[test]
fn a_profile_can_state_which_tables_the_institution_does_not_have() {
    let built_in = include_str!("../../../schemas/mapping-profiles/omop.yaml");
    let stated = built_in.replace(
        "format: omop\n",
        "format: omop\nomop: { absent: [MEASUREMENT, OBSERVATION, DRUG_EXPOSURE, PROCEDURE_OCCURRENCE, SPECIMEN] }\n",
    );
    let files: [(&str, &[u8]); 2] = [
        ("PERSON.csv", PERSON.as_bytes()),
        ("CONDITION_OCCURRENCE.csv", CONDITION.as_bytes()),
    ];
    let mut store = Store::default();
    let accounting = again_by(&stated, &folder(&files), &mut store);
    assert_eq!((reasons(&accounting).len(), accounting.committed, statements(&store)), (0, 2, 2));
    // If the table is there, the profile is wrong, and its absence would later erase its rows.
    let mut store = Store::default();
    let accounting = again_by(
        &stated,
        &with_headers(&files.map(|(name, _)| (name, if name == "PERSON.csv" { PERSON } else { CONDITION }))),
        &mut store,
    );
    assert_eq!((reasons(&accounting), store.records.len()), (vec!["table-not-absent"], 0));
    for wrong in [
        stated.replace("SPECIMEN]", "PERSON]"),
        stated.replace("format: omop\n", "format: bff\n"),
    ] {
        assert!(Profile::parse(&wrong).is_err());
    }
}
