//! Every listing command has `--json`, with the shape that the JSON Schema in `schemas/command-line` states.

use gemj_tests::Backend;
use gemj_tests::binary::workspace;
use gemj_tests::programme::run_gateway;
use serde_json::{Value, json};

use crate::small::loaded;

fn schema() -> Value {
    let path = workspace().join("schemas/command-line/lists.schema.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn check(schema: &Value, command: &str, printed: &Value) {
    let mut of_command = schema["$defs"][command].clone();
    assert!(of_command.is_object(), "the schema has no '{command}'");
    of_command["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    let validator = jsonschema::validator_for(&of_command).unwrap();
    let faults: Vec<String> = validator
        .iter_errors(printed)
        .map(|fault| format!("{} at {}", fault, fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{command}: {faults:#?}\n{printed:#}");
}

/// The id of the run that ingested the phenopackets.
fn run_of_packets(programme: &gemj_tests::Programme) -> String {
    let runs: Value = serde_json::from_str(&programme.run(&["quarantine", "--json"]).good().out).unwrap();
    runs[0]["run"].as_str().unwrap().to_owned()
}

#[test]
fn the_json_of_every_listing_command_has_the_documented_shape() {
    let programme = loaded(Backend::Embedded);
    let _ = programme.run(&["release", "create", "cancer-2026.1", "--dataset", "cancer"]).good();
    let links = programme.path("more-links.csv");
    std::fs::write(&links, "site,namespace,number,participant\nhospital-a,hospital-a,77,TST-01\n").unwrap();
    let _ = programme.run(&["link", links.to_str().unwrap()]).good();
    let _ = programme
        .run(&["participants", "merge", "TST-01", "TST-12", "--reason", "one birthday"])
        .good();
    let _ = programme
        .run(&["participants", "merge", "TST-02", "TST-11", "--reason", "one birthday"])
        .good();
    let table = programme.path("table.csv");
    let rows = "source_system,source_code,target_system,target_code,equivalence\nICD10,K297,MONDO,1,equal\n";
    std::fs::write(&table, format!("# name: icd10-mondo\n# version: 1\n# licence: none\n{rows}")).unwrap();
    let _ = programme.run(&["tables", "load", table.to_str().unwrap(), "--kind", "map"]).good();
    let schema = schema();
    for (command, further, is_filled) in [
        ("participants list", &[][..], true),
        ("participants show", &["TST-01"], true),
        ("participants merges", &[], true),
        ("datasets list", &[], true),
        ("datasets show", &["cancer"], true),
        ("feeds list", &[], true),
        ("feeds show", &["phenopacket"], true),
        ("quarantine", &[], true),
        ("quarantine list", &[], true),
        ("quarantine show", &[&run_of_packets(&programme)], true),
        ("consent show", &["TST-01"], true),
        ("consent history", &["TST-01"], true),
        ("approval list", &["--all"], true),
        ("approval expiring", &["--days", "4000"], true),
        ("release list", &[], true),
        ("disclosures notices", &["--all"], false),
        ("disclosures", &["TST-01"], false),
        ("gene-model list", &[], false),
        ("index status", &[], true),
        ("objects list", &[], true),
        ("reindex", &["--dry-run"], false),
        ("consent alarms", &["--all"], false),
        ("vault list", &[], false),
        ("tables list", &[], true),
        ("tables lookup", &["ICD10:K29.7"], true),
        ("tables unmapped", &[], true),
    ] {
        let words: Vec<&str> = command.split(' ').chain(further.iter().copied()).chain(["--json"]).collect();
        let printed: Value = serde_json::from_str(&programme.run(&words).good().out).unwrap();
        check(&schema, command, &printed);
        let is_empty = printed.as_array().is_some_and(Vec::is_empty);
        assert!(!is_filled || !is_empty, "{command}: nothing was checked");
    }
    // `consent silent` reports silent sites by its exit code and by an alarm.
    let silent = programme.run(&["consent", "silent", "--days", "0", "--json"]);
    check(&schema, "consent silent", &serde_json::from_str(&silent.out).unwrap());
    // The participant's own data are in the list, checked against the sheets of the test.
    let shown: Value = serde_json::from_str(&programme.run(&["participants", "show", "TST-01", "--json"]).good().out).unwrap();
    assert_eq!((&shown["participant"], &shown["consent_events"]), (&json!("TST-01"), &json!(1)));
    let namespaces: Vec<&str> = shown["linked_numbers"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|of| of["namespace"].as_str())
        .collect();
    assert!(namespaces.contains(&"hospital-a"), "{shown}");
    let listed: Value = serde_json::from_str(&programme.run(&["participants", "list", "--json"]).good().out).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 12);
    let feed: Value = serde_json::from_str(&programme.run(&["feeds", "show", "phenopacket", "--json"]).good().out).unwrap();
    assert_eq!(
        (&feed[0]["received"], &feed[0]["kept"], &feed[0]["quarantined"]),
        (&json!(12), &json!(12), &json!(0))
    );
    // `ingest` reports a run.
    let packets = programme.path("packets");
    std::fs::create_dir(&packets).unwrap();
    std::fs::write(packets.join("one.json"), "{}").unwrap();
    let ingest = [
        "ingest",
        "--json",
        "--dataset",
        "cancer",
        "--profile",
        "phenopacket",
        "--site",
        "hospital-a",
    ];
    let ran = programme.run(&[&ingest[..], &[packets.to_str().unwrap()]].concat()).refused();
    check(&schema, "ingest", &serde_json::from_str(&ran.out).unwrap());
}

#[test]
fn every_command_named_list_has_the_option_json() {
    let listing = |words: &[&str]| run_gateway(words.iter().copied().chain(["--help"])).good().out;
    for group in [
        "participants",
        "datasets",
        "feeds",
        "approval",
        "release",
        "gene-model",
        "objects",
        "quarantine",
        "vault",
        "tables",
    ] {
        assert!(listing(&[group, "list"]).contains("--json"), "{group} list");
    }
    for command in [
        &["quarantine"][..],
        &["index", "status"],
        &["seal", "status"],
        &["consent", "alarms"],
        &["consent", "silent"],
        &["doctor"],
    ] {
        assert!(listing(command).contains("--json"), "{command:?}");
    }
}

#[test]
fn lists_and_shows_of_participants_are_audited_with_their_reason() {
    let programme = loaded(Backend::Embedded);
    let reads: &[&[&str]] = &[
        &["participants", "list", "--reason", "a count for the ministry"],
        &["participants", "show", "TST-01", "--reason", "a call of the hospital"],
        &["participants", "show", "TST-99", "--reason", "a misspelt number"],
    ];
    for read in reads {
        let _ = programme.run(read);
    }
    let rows = "import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(\"SELECT action, resource FROM audit_row WHERE action IN ('list-participants', 'read-registration') ORDER BY sequence\"):
    print(*row)";
    let database = programme.path("gateway.db");
    let printed = gemj_tests::oracle::run("python3", ["-c", rows, database.to_str().unwrap()], b"");
    let printed = String::from_utf8(printed).unwrap();
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), 3, "{printed}");
    assert_eq!(lines[0], "list-participants participants reason:a count for the ministry");
    assert!(
        lines[1].starts_with("read-registration participant:") && lines[1].ends_with("reason:a call of the hospital"),
        "{printed}"
    );
    assert_eq!(lines[2], "read-registration participant:unknown reason:a misspelt number");
}
