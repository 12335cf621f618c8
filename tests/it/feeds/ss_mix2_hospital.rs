//! `scripts/ss-mix2-hospital` stores the storage of a hospital with 1,000 invented patients exactly, and without names or numbers of persons.

use std::process::Command;

use gemj_tests::binary::{gateway, workspace};

#[test]
fn the_storage_of_a_hospital_with_a_thousand_patients_is_stored_exactly_and_without_identifiers() {
    let output = Command::new(workspace().join("scripts/ss-mix2-hospital"))
        .args(["--patients", "1000"])
        .env("GEMJ_GATEWAY_BIN", gateway())
        .output()
        .unwrap();
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}\n{errors}");
    assert!(text.contains(": 0 differences, 0 faults of the account, 0 of "), "{text}");
}
