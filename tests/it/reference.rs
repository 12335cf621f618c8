//! The reference pages (`docs/reference`) are those that the program writes of itself, and the configuration page has exactly the keys that are read.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use gemj_tests::binary::{gateway, workspace};
use gemj_tests::programme::run_gateway;

const PAGES: [&str; 3] = ["commands.md", "configuration.md", "denials.md"];

#[test]
fn the_reference_pages_are_what_the_program_writes() {
    let folder = tempfile::tempdir().unwrap();
    let written = Command::new("python3")
        .arg(workspace().join("scripts/docs.d/reference.py"))
        .args([gateway(), &workspace(), folder.path()])
        .output()
        .unwrap();
    assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
    for page in PAGES {
        let committed = std::fs::read_to_string(workspace().join("docs/reference").join(page)).unwrap();
        let now = std::fs::read_to_string(folder.path().join(page)).unwrap();
        let difference = committed.lines().zip(now.lines()).find(|(old, new)| old != new);
        assert!(
            committed == now,
            "docs/reference/{page} is not up to date: run `scripts/docs reference`. The first difference: {difference:#?}"
        );
    }
}

/// The sections of `docs/reference/configuration.md`, each with its keys. A section that may occur several times has `true`.
fn documented() -> BTreeMap<String, (bool, BTreeSet<String>)> {
    let page = std::fs::read_to_string(workspace().join("docs/reference/configuration.md")).unwrap();
    let mut sections = BTreeMap::new();
    for section in page.split("\n## ").skip(1) {
        let (name, text) = section.split_once('\n').unwrap();
        let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
        let keys = rows.map(|(key, _)| key.to_owned()).collect();
        sections.insert(name.to_owned(), (text.contains("`[["), keys));
    }
    sections
}

/// The names in the error about an unknown key, which serde takes from the fields of the section.
fn expected_by(error: &str) -> BTreeSet<String> {
    let (_, names) = error
        .lines()
        .find_map(|line| line.split_once("unknown field `no_such_key`, expected "))
        .unwrap_or_else(|| panic!("no unknown key: {error}"));
    names.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_key_that_is_read_is_documented_and_no_other() {
    let sections = documented();
    assert!(sections.len() > 20, "{:?}", sections.keys());
    let default = run_gateway(["config", "default"]).good().out;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.toml");
    let error_of = |text: &str| {
        std::fs::write(&file, text).unwrap();
        run_gateway(["config", "check", file.to_str().unwrap()]).err
    };
    for (name, (is_list, keys)) in &sections {
        let header = if *is_list { format!("[[{name}]]") } else { format!("[{name}]") };
        let line = format!("\n{header}\n");
        let text = if default.contains(&line) {
            default.replace(&line, &format!("{line}no_such_key = 1\n"))
        } else {
            // An entry of a list needs its parent entry.
            let parents = [
                "authentication.issuer.exchange",
                "authentication.issuer.opaque",
                "authentication.issuer.visa",
            ];
            let parent = if parents.contains(&name.as_str()) {
                "[[authentication.issuer]]\n"
            } else {
                ""
            };
            format!("{default}\n{parent}{header}\nno_such_key = 1\n")
        };
        let below = sections.keys().filter_map(|other| other.strip_prefix(&format!("{name}.")));
        let mut wanted: BTreeSet<String> = below.filter(|rest| !rest.contains('.')).map(str::to_owned).collect();
        // A key `tls.key_file` is in the table `tls` of its section.
        wanted.extend(keys.iter().map(|key| key.split('.').next().unwrap().to_owned()));
        assert_eq!(
            expected_by(&error_of(&text)),
            wanted,
            "the section {name}: default.toml lacks a key, or has one that is not read"
        );
    }
    let mut wanted: BTreeSet<String> = sections.keys().filter(|name| !name.contains('.')).cloned().collect();
    // Only `demo` writes this key, which is therefore not in the default configuration.
    wanted.insert("demo".to_owned());
    assert_eq!(expected_by(&error_of(&format!("no_such_key = 1\n{default}"))), wanted);
}
