//! Checks that every fault of the list that `scripts/two-worlds-faults` injects is applicable: each text to replace is in its file exactly
//! once.

use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_fault_of_the_list_can_be_injected() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let list: toml::Table = std::fs::read_to_string(repository.join("tests/two_worlds/faults.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let faults = list["fault"].as_array().unwrap();
    let mut names = BTreeSet::new();
    for fault in faults {
        let text = |member: &str| fault[member].as_str().unwrap();
        let source = std::fs::read_to_string(repository.join(text("file"))).unwrap();
        assert_eq!(source.matches(text("find")).count(), 1, "{}", text("name"));
        assert!(text("replace").contains("INJECTED"), "{}", text("name"));
        names.insert(text("name"));
    }
    assert!(names.len() == faults.len() && faults.len() >= 25, "{}", faults.len());
}
