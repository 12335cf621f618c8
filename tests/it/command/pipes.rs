//! A reader that closes the pipe is no panic: the command completes its work, and ends as other Unix tools do.

use std::process::{Command, Stdio};

use gemj_tests::Backend;
use gemj_tests::binary::gateway;
use gemj_tests::programme::Programme;

use crate::small::loaded;

/// 128 + SIGPIPE, as shells report it.
const CLOSED_PIPE: i32 = 141;

/// Runs a command whose standard output is a pipe that its reader closed before the start. Returns the exit code and standard error.
fn run_into_closed_pipe(programme: &Programme, arguments: &[&str]) -> (Option<i32>, String) {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let config = programme.config();
    let output = Command::new(gateway())
        .args(arguments)
        .args(["--config", config.to_str().unwrap()])
        .env_remove("GEMJ_LOG")
        .stdin(Stdio::null())
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_closed_pipe_is_no_panic_in_any_command_that_prints() {
    let programme = loaded(Backend::Embedded);
    let _ = programme.run(&["release", "create", "cancer-2026.1", "--dataset", "cancer"]).good();
    let commands: &[&[&str]] = &[
        &["objects", "list"],
        &["objects", "list", "--json"],
        &["participants", "list"],
        &["participants", "list", "--json"],
        &["participants", "show", "TST-01"],
        &["datasets", "list"],
        &["datasets", "show", "cancer", "--json"],
        &["feeds", "list"],
        &["feeds", "list", "--json"],
        &["feeds", "show", "phenopacket"],
        &["quarantine"],
        &["quarantine", "--json"],
        &["quarantine", "list"],
        &["consent", "show", "TST-01"],
        &["consent", "history", "TST-01"],
        &["consent", "history", "TST-01", "--json"],
        &["approval", "list"],
        &["approval", "list", "--json"],
        &["approval", "expiring", "--days", "4000"],
        &["release", "list"],
        &["release", "show", "cancer-2026.1"],
        &["disclosures", "TST-01"],
        &["disclosures", "notices"],
        &["index", "status"],
        &["index", "status", "--json"],
        &["seal", "status"],
        &["audit", "verify"],
    ];
    for command in commands {
        let (code, said) = run_into_closed_pipe(&programme, command);
        assert_eq!(code, Some(CLOSED_PIPE), "{command:?}: {said}");
        assert!(said.is_empty(), "{command:?}: {said}");
    }
    for help in [&["--help"][..], &["consent", "record", "--help"]] {
        let (_, said) = run_into_closed_pipe(&programme, help);
        assert!(!said.contains("panicked"), "{help:?}: {said}");
    }
}

#[test]
fn a_command_completes_its_work_although_the_reader_closed_the_pipe() {
    let programme = loaded(Backend::Embedded);
    let sheet = programme.path("more.csv");
    std::fs::write(&sheet, "participant\nTST-90\nTST-91\n").unwrap();
    let (code, said) = run_into_closed_pipe(&programme, &["participants", "register", sheet.to_str().unwrap()]);
    assert_eq!(code, Some(CLOSED_PIPE), "{said}");
    for person in ["TST-90", "TST-91"] {
        let _ = programme.run(&["participants", "show", person]).good();
    }
    // A refusal keeps its own exit code.
    let sheet = programme.path("bad.csv");
    std::fs::write(&sheet, "dataset,participant,assembly,path\ncancer,TST-99,GRCh38,a.bam\n").unwrap();
    assert_eq!(run_into_closed_pipe(&programme, &["load", sheet.to_str().unwrap()]).0, Some(1));
}

#[test]
fn output_to_a_full_disk_is_an_error_of_every_command_that_prints() {
    let programme = loaded(Backend::Embedded);
    let packets = programme.path("packets");
    std::fs::create_dir_all(&packets).unwrap();
    let packets = packets.to_str().unwrap();
    let ingest = ["ingest", "--dataset", "cancer", "--profile", "phenopacket", "--site", "hospital-a"];
    let commands: Vec<Vec<&str>> = vec![
        [&ingest[..], &[packets]].concat(),
        [&ingest[..], &["--json", packets]].concat(),
        vec!["quarantine", "list"],
        vec!["participants", "list"],
        vec!["consent", "show", "TST-01"],
        vec!["index", "status"],
        vec!["map", "check", "--profile", "odm"],
    ];
    for arguments in commands {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = Command::new(gateway());
        command.args(&arguments);
        if arguments.first() != Some(&"map") {
            command.args(["--config", programme.config().to_str().unwrap()]);
        }
        let output = command.stdin(Stdio::null()).stdout(full).stderr(Stdio::piped()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(
            said.contains("No space left on device") && !said.contains("panicked"),
            "{arguments:?}: {said}"
        );
    }
}

#[test]
fn head_reads_the_first_line_of_a_list() {
    let programme = loaded(Backend::Embedded);
    let line = format!(
        "{} objects list --config {} | head -1; echo ${{PIPESTATUS[0]}}",
        gateway().display(),
        programme.config().display()
    );
    let output = Command::new("bash").args(["-c", &line]).output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines.len() == 2 && lines[0].starts_with("id "), "{out}{err}");
    // A short list can be written completely before `head` exits.
    assert!(matches!(lines[1], "0" | "141") && err.is_empty(), "{out}{err}");
}
