//! Checks each fault in `faults.toml`, which `scripts/two-worlds-faults` puts into a copy of the gateway: the text to replace is exactly once in its
//! file.

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
