//! `map explain --values`: every value that a file has is in the table. The values are enumerated by Python's own readers (`enumerate_values.py`).

use std::path::{Path, PathBuf};

use gemj_tests::Ran;
use gemj_tests::programme::run_gateway;
use serde_json::{Value, json};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("it/feeds").join(name)
}

fn explain(profile: &str, feed: &[&str], table: &Path) -> Ran {
    let words = [
        "map",
        "explain",
        "--profile",
        profile,
        "--site",
        "hospital-a",
        "--namespace",
        "n",
        "--values",
    ];
    run_gateway([&words[..], &[text(table)], feed].concat())
}

fn compared(format: &str, file: &Path, table: &Path) -> Value {
    let out = gemj_tests::oracle::run(
        "python3",
        [text(&script("enumerate_values.py")), format, text(file), text(table)],
        b"",
    );
    serde_json::from_slice(&out).unwrap()
}

/// The only file below a folder whose name has this end.
fn file(folder: &Path, end: &str) -> PathBuf {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if text(&path).ends_with(end) {
                return path;
            }
        }
    }
    panic!("no file {end}");
}

#[test]
fn every_value_of_a_file_of_each_format_is_in_the_table_of_values() {
    let folder = tempfile::tempdir().unwrap();
    let out = gemj_tests::oracle::run("python3", [text(&script("planted/write.py")), text(folder.path())], b"");
    let planted: Value = serde_json::from_slice(&out).unwrap();
    // A feed of each format in which every place has a value, and the file of it that is enumerated.
    for (profile, format, end, least) in [
        ("ss-mix2", "ss-mix2", "OML-11_000000000000007_20240110090000000_-_1", 60),
        ("odm", "odm", ".xml", 12),
        ("site.yaml", "redcap", ".csv", 12),
        ("fhir", "fhir", ".json", 50),
        ("miabis", "miabis", ".json", 10),
        ("miabis", "csv", ".csv", 6),
        ("phenopacket", "phenopacket", ".json", 30),
    ] {
        let calls = planted["ingest"].as_array().unwrap();
        let call = calls.iter().find_map(|words| {
            let words: Vec<&str> = words.as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
            let feed = *words.last().unwrap();
            let is_kind = words[4].ends_with(profile) && (feed.ends_with(end) || format == "ss-mix2");
            is_kind.then(|| (words[4].to_owned(), PathBuf::from(feed)))
        });
        let (profile, feed) = call.unwrap();
        let table = folder.path().join(format!("{format}.jsonl"));
        let ran = explain(&profile, &[text(&feed)], &table).good();
        assert!(ran.out.contains(" values: ") && ran.out.contains(" kept"), "{}", ran.out);
        let enumerated = if format == "ss-mix2" { file(&feed, end) } else { feed.clone() };
        let found = compared(format, &enumerated, &table);
        assert_eq!(found["missing"], json!({}), "{format}: {found}");
        assert!(found["names"].as_u64().unwrap() >= least, "{format}: {found}");
        // Neither a value nor the name of a file or of an unknown member is in the table. The dictionary declares the columns, so their names are in it.
        let written = std::fs::read_to_string(&table).unwrap();
        for (value, place) in planted["needles"].as_object().unwrap() {
            let is_declared = place.as_str().unwrap().contains("name of a column");
            assert!(is_declared || !written.contains(value.as_str()), "{place}");
        }
        // The comparison can fail: without its lines about one name, the table lacks a value.
        let lines: Vec<&str> = written.lines().collect();
        let kept = lines.iter().find(|line| line.contains("\"outcome\":\"kept\"")).unwrap();
        let field_of = |line: &str| {
            serde_json::from_str::<Value>(line).unwrap()["field"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        // `PID-3.1` is a part of the field `PID-3`, which is enumerated as a whole.
        let field = field_of(kept).split(['.', '(']).next().unwrap_or_default().to_owned();
        let fewer = lines.iter().filter(|line| !field_of(line).starts_with(&field));
        let cut = folder.path().join("cut.jsonl");
        std::fs::write(&cut, fewer.map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        assert_ne!(compared(format, &enumerated, &cut)["missing"], json!({}), "{format}: {field}");
        // A table is never written over a file that exists.
        assert_eq!(explain(&profile, &[text(&feed)], &table).code, Some(2));
    }
}
