//! `map check|dry-run|explain`: a profile is tried on a feed without an installation.

use std::path::{Path, PathBuf};

use gemj_tests::programme::run_gateway;
use gemj_tests::{Backend, Programme, Ran};
use serde_json::Value;

const OF_HOSPITAL: [&str; 4] = ["--site", "hospital-a", "--namespace", "gemj-redcap"];

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn map(words: &[&str], further: &[&str]) -> Ran {
    run_gateway([&["map"], words, &OF_HOSPITAL, further].concat())
}

struct Feed {
    _folder: tempfile::TempDir,
    export: PathBuf,
    linkage: PathBuf,
}

fn feed() -> Feed {
    let folder = tempfile::tempdir().unwrap();
    let feeds = gemj_demo::feeds::institutions::write(&gemj_demo::Programme::plan(), folder.path()).unwrap();
    Feed {
        export: feeds.redcap_records.clone(),
        linkage: feeds.linkage.clone(),
        _folder: folder,
    }
}

/// The built-in REDCap profile, changed, in a file.
fn changed(folder: &Path, from: &str, to: &str) -> PathBuf {
    let built_in = include_str!("../../../schemas/mapping-profiles/redcap.yaml");
    assert!(built_in.contains(from), "{from}");
    let path = folder.join("changed.yaml");
    std::fs::write(&path, built_in.replace(from, to)).unwrap();
    path
}

#[test]
fn a_dry_run_states_the_facts_that_ingest_stores() {
    let feed = feed();
    let ran = map(&["dry-run", "--profile", "redcap", "--json"], &[text(&feed.export)]).good();
    let tried: Value = serde_json::from_str(&ran.out).unwrap();
    let programme = Programme::new(Backend::Embedded);
    let _ = programme.run(&["link", "--register", text(&feed.linkage)]).good();
    let options = ["ingest", "--json", "--dataset", "rare-disease", "--profile", "redcap"];
    let ran = programme.run(&[&options[..], &OF_HOSPITAL, &[text(&feed.export)]].concat()).good();
    let stored: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(tried["persons"], 20);
    for member in ["received", "committed", "facts", "left_out", "not_mapped", "not_taken", "repairs"] {
        assert_eq!(tried[member], stored[member], "{member}");
    }
    // The statements by code are those that the database has.
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/feeds/codes.py");
    let out = gemj_tests::oracle::run("python3", [text(&script), text(&programme.path("gateway.db"))], b"");
    let counted: Value = serde_json::from_slice(&out).unwrap();
    let told: std::collections::BTreeMap<String, u64> = tried["statements"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|of| of["kind"] != "specimen")
        .map(|of| {
            let name = ["kind", "code", "status"].map(|part| of[part].as_str().unwrap()).join(" ");
            (name, of["count"].as_u64().unwrap())
        })
        .collect();
    assert!(told.len() > 20);
    assert_eq!(serde_json::to_value(told).unwrap(), counted);
}

#[test]
fn a_dry_run_against_another_profile_prints_only_the_differences() {
    let feed = feed();
    let folder = tempfile::tempdir().unwrap();
    let same = map(&["dry-run", "--profile", "redcap", "--against", "redcap"], &[text(&feed.export)]).good();
    assert!(!same.out.contains(" -> "), "{}", same.out);
    let other = changed(folder.path(), "prefix: \"ICD10:\"", "prefix: \"ICD10GM:\"");
    let words = ["dry-run", "--profile", text(&other), "--against", "redcap"];
    let ran = map(&words, &[text(&feed.export)]).good();
    let lines: Vec<&str> = ran.out.lines().filter(|line| line.contains(" -> ")).collect();
    assert!(
        !lines.is_empty() && lines.iter().all(|line| line.contains("disease ICD10")),
        "{}",
        ran.out
    );
    let of = |prefix: &str| lines.iter().filter(|line| line.contains(prefix)).count();
    assert_eq!((of("disease ICD10:"), of("disease ICD10GM:")), (lines.len() / 2, lines.len() / 2));
}

#[test]
fn a_check_prints_how_each_field_is_treated_and_names_the_place_of_a_fault() {
    let feed = feed();
    let folder = tempfile::tempdir().unwrap();
    let alone = run_gateway(["map", "check", "--profile", "ss-mix2"]).good();
    assert!(alone.out.starts_with("ss-mix2: no fault; format ss-mix2"), "{}", alone.out);
    let ran = map(&["check", "--profile", "redcap"], &[text(&feed.export)]).good();
    assert!(
        ran.out.contains("20 units; ") && ran.out.contains(" 0 % not mentioned"),
        "{}",
        ran.out
    );
    let less = changed(folder.path(), "    label: dx_term\n", "");
    let ran = map(&["check", "--profile", text(&less)], &[text(&feed.export)]).refused();
    let line = ran.out.lines().find(|line| line.ends_with(" dx_term")).unwrap();
    assert!(line.contains(" 0 read") && !line.contains(" 0 not mentioned"), "{line}");
    let wrong = changed(folder.path(), "from: dx_icd10", "from: Dx ICD10");
    let ran = run_gateway(["map", "check", "--profile", text(&wrong)]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err.contains("line ") && ran.err.contains("is not a field name of redcap"),
        "{}",
        ran.err
    );
}

#[test]
fn an_explanation_names_the_rule_of_every_field_and_no_value() {
    let feed = feed();
    let ran = map(&["explain", "--profile", "redcap", "--unit", "2"], &[text(&feed.export)]).good();
    assert!(
        ran.out.contains("read by rules[0]") && ran.out.contains("read by participant"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains(": a disease, present"), "{}", ran.out);
    // Every field of the record is explained, and no value is printed. The values are read by Python's own csv module.
    let script = "import csv, json, sys\n\
                  rows = list(csv.DictReader(open(sys.argv[1], encoding='utf-8-sig')))\n\
                  second = list(dict.fromkeys(row['record_id'] for row in rows))[1]\n\
                  own = [row for row in rows if row['record_id'] == second]\n\
                  print(json.dumps([sorted({n for row in own for n, v in row.items() if v}), sorted({v for row in own for v in row.values() if len(v) > 6})]))\n";
    let out = gemj_tests::oracle::run("python3", ["-c", script, text(&feed.export)], b"");
    let [names, values]: [Vec<String>; 2] = serde_json::from_slice(&out).unwrap();
    assert!(names.len() > 8 && values.len() > 5);
    assert!(
        ran.out.contains("beside the records: row patient_name: left out: identifier-field"),
        "{}",
        ran.out
    );
    for name in names {
        assert!(ran.out.contains(&name), "{name}: {}", ran.out);
    }
    for value in values.iter().filter(|value| !ran.out.contains(&format!("instrument:{value}"))) {
        assert!(!ran.out.contains(value.as_str()), "{value}: {}", ran.out);
    }
    let beyond = map(&["explain", "--profile", "redcap", "--unit", "21"], &[text(&feed.export)]);
    assert!(
        beyond.code == Some(2) && beyond.err.contains("no unit with this position"),
        "{}",
        beyond.err
    );
}
