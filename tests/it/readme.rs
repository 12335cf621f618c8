//! Runs each command of the README as written.

use std::process::Command;

use gemj_tests::binary::{gateway, workspace};
use serde_json::Value;

use crate::full_demo::full_demo;

/// `cargo run --release [-p NAME] --` runs the programs of this build, as cargo would.
const PRELUDE: &str = r#"cargo() {
    local name=gemj-gateway
    [ "$1 $2" = "run --release" ] || return 97
    shift 2
    if [ "$1" = -p ]; then name=$2; shift 2; fi
    [ "$1" = -- ] || return 98
    shift
    "$PROGRAMS/$name" "$@"
}
"#;

/// The row name and the command in the last cell of each row of the README's tables.
fn lines() -> Vec<(String, String)> {
    let readme = std::fs::read_to_string(workspace().join("README.md")).unwrap();
    let rows = readme.lines().filter(|line| line.starts_with("| ") && line.ends_with("` |"));
    rows.filter_map(|row| {
        let name = row.split('|').nth(1)?.trim().to_owned();
        let command = row.trim_end_matches("` |").rsplit_once('`')?.1.to_owned();
        Some((name, command))
    })
    .collect()
}

fn run(command: &str) -> (bool, String) {
    let demo = full_demo().unwrap();
    let script = format!("{PRELUDE}{}\n{command}", demo.exports().join("\n"));
    let output = Command::new("bash")
        .args(["-ceu", &script])
        .env("PROGRAMS", gateway().parent().unwrap())
        .current_dir(&demo.folder)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (
        output.status.success(),
        if output.status.success() {
            text
        } else {
            text + &String::from_utf8_lossy(&output.stderr)
        },
    )
}

/// Whether an answer is a success, that is, not an error in the format of any standard.
fn is_good(answer: &Value) -> bool {
    let error = ["error", "htsget", "status_code", "msg"]
        .iter()
        .any(|name| answer.get(name).is_some_and(|v| v.get("urls").is_none()));
    let problem = answer.get("status").is_some_and(Value::is_number);
    !error && !problem && answer["resourceType"] != "OperationOutcome"
}

#[test]
fn every_command_of_the_readme_works() {
    if full_demo().is_none() {
        return;
    }
    let lines = lines();
    let names: Vec<&str> = lines.iter().map(|(name, _)| name.as_str()).collect();
    for wanted in [
        "htsget",
        "Beacon",
        "DRS",
        "Passport",
        "FHIR",
        "WES",
        "Service Info",
        "federation",
        "recontact",
        "SS-MIX2",
        "CDISC ODM",
        "REDCap",
        "MIABIS",
        "Phenopackets",
    ] {
        assert!(names.iter().any(|name| name.starts_with(wanted)), "{wanted}: {names:?}");
    }
    for (name, command) in &lines {
        let (good, output) = run(command);
        assert!(good, "{name}: {command}\n{output}");
        if command.contains(" ingest ") {
            assert!(output.contains(" 0 refused"), "{name}: {output}");
        } else if command.starts_with("curl") {
            let answer: Value = serde_json::from_str(&output).unwrap_or_else(|e| panic!("{name}: {e}: {output}"));
            assert!(is_good(&answer), "{name}: {command}\n{answer:#}");
        }
    }
    let fhir = &lines.iter().find(|(name, _)| name == "FHIR").unwrap().1;
    let answer: Value = serde_json::from_str(&run(fhir).1).unwrap();
    assert_eq!(answer["total"], 1, "{answer:#}");
    let beacon = &lines.iter().find(|(name, _)| name == "Beacon").unwrap().1;
    let answer: Value = serde_json::from_str(&run(beacon).1).unwrap();
    assert_eq!(answer["responseSummary"]["exists"], true, "{answer:#}");
}
