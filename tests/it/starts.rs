//! Runs each page of `docs/start` as written: a reader's first ten minutes, from an empty folder to the outputs that the page shows.

use std::path::PathBuf;
use std::process::Command;

use gemj_tests::binary::workspace;
use gemj_tests::oracle::interpreter;
use gemj_tests::page::Page;
use gemj_tests::shared_data::{shared, skipped};

/// The readers, each with a page of its own.
const READERS: [&str; 7] = [
    "operator",
    "access-committee",
    "data-steward",
    "hospital",
    "biobank",
    "collaborator",
    "developer",
];

/// Runs a reader's page. If a program or a file that the page needs is absent, the skip is reported, and CI fails.
fn run(reader: &str) {
    let page = Page::read(&format!("docs/start/{reader}.md"));
    for program in ["bgzip", "samtools", "openssl", "curl", "python3", "jq"] {
        if Command::new(program).arg("--version").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "{program} is not installed: run scripts/test");
            skipped(&format!("{program} is not installed"));
            return;
        }
    }
    let Some(schema) = shared("standards/fhir/r4/fhir.schema.json.gz") else {
        return;
    };
    // The client `htsget` is in the folder of the tests' Python.
    let programs: Vec<PathBuf> = match PathBuf::from(interpreter()).parent() {
        Some(folder) if folder.is_absolute() => vec![folder.to_owned()],
        _ => Vec::new(),
    };
    let docs = workspace().join("docs");
    page.run(&programs, &[("DOCS", &docs), ("FHIR_SCHEMA", &schema)]);
}

#[test]
fn each_reader_has_a_page_that_shows_outputs() {
    let mut pages: Vec<String> = std::fs::read_dir(workspace().join("docs/start"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    let mut wanted: Vec<String> = READERS.iter().map(|reader| format!("{reader}.md")).collect();
    wanted.push("README.md".to_owned());
    wanted.sort();
    assert_eq!(pages, wanted);
    for reader in READERS {
        let steps = Page::read(&format!("docs/start/{reader}.md")).steps;
        let shown = steps.iter().filter(|step| step.shown.is_some()).count();
        assert!(shown >= 5, "{reader}: {shown} outputs");
    }
}

#[test]
fn the_operators_first_commands_work_as_written() {
    run("operator");
}

#[test]
fn the_access_committees_first_commands_work_as_written() {
    run("access-committee");
}

#[test]
fn the_data_stewards_first_commands_work_as_written() {
    run("data-steward");
}

#[test]
fn a_hospitals_first_commands_work_as_written() {
    run("hospital");
}

#[test]
fn a_biobanks_first_commands_work_as_written() {
    run("biobank");
}

#[test]
fn a_collaborators_first_commands_work_as_written() {
    run("collaborator");
}

#[test]
fn a_developers_first_commands_work_as_written() {
    run("developer");
}
