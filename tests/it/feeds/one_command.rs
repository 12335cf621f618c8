//! `scripts/twenty-cases` takes three feeds to a FHIR report, a Beacon count and a DRS object.

use std::process::Command;

use gemj_tests::binary::{gateway, workspace};

#[test]
fn one_command_takes_three_feeds_to_a_report_a_count_and_an_object() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(workspace().join("scripts/twenty-cases"))
        .arg(folder.path().join("made"))
        .env("GEMJ_GATEWAY_BIN", gateway())
        .output()
        .unwrap();
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}\n{errors}");
    // The numbers of units are those of the files: 73 current messages in the storage, and 20 records and donors.
    for account in ["73 received: 73 committed", "20 received: 20 committed"] {
        assert!(text.contains(account), "no account {account:?} in {text}");
    }
    let line = |start: &str| {
        text.lines()
            .find(|line| line.starts_with(start))
            .unwrap_or_else(|| panic!("no line {start:?} in {text}"))
    };
    assert!(line("0 before the feeds, 4 now; 4 records").ends_with("confirmed diagnosis"));
    assert_eq!(line("[\"DiagnosticReport\""), "[\"DiagnosticReport\",\"51969-4\",\"final\"]");
    assert!(line("[\"gemj.").ends_with(",\"https\",\"htsget\"]"));
}
