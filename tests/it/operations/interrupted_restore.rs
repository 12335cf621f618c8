//! A restore or a replay that is killed can be repeated, and no other command opens or makes a database meanwhile.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use gemj_demo::personas::approvals;
use gemj_tests::oracle::run;
use gemj_tests::small_data::person;
use gemj_tests::{Backend, binary};
use serde_json::Value;

use super::lost_machine::{Ids, NewMachine, answers, assert_same, back_up, programme, researcher};

/// The time limit of a wait.
const PATIENCE: Duration = Duration::from_secs(120);

/// The number of approvals that a replay records.
const MANY: usize = 200;

fn start(machine: &NewMachine, arguments: &[&str]) -> Child {
    Command::new(binary::gateway())
        .args(arguments)
        .args(["--config", machine.config().to_str().unwrap()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills a command as soon as a condition is met. Returns false if the command ended before.
fn killed_when(mut command: Child, mut is_met: impl FnMut() -> bool) -> bool {
    let until = Instant::now() + PATIENCE;
    while !is_met() {
        assert!(Instant::now() < until, "the condition is never met");
        if command.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::yield_now();
    }
    command.kill().unwrap();
    command.wait().unwrap().code().is_none()
}

fn files_below(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| if entry.path().is_dir() { files_below(&entry.path()) } else { 1 })
        .sum()
}

/// Asserts that no command opens the unfinished installation, and that none makes a database.
fn assert_refused(machine: &NewMachine, point: &str) {
    let database = machine.config().with_file_name("gateway.db");
    let had_database = database.exists();
    for command in [
        &["seal", "status"][..],
        &["audit", "verify"],
        &["serve"],
        &["consent", "withdraw", "TST-01"],
        &["migrate"],
    ] {
        let refused = machine.run(command);
        assert_eq!(refused.code, Some(2), "{point}: {command:?}: {}{}", refused.out, refused.err);
        // Before the configuration is restored, every command misses it.
        if machine.config().exists() {
            assert!(
                refused.err.contains("was interrupted") && refused.err.contains("gemj-gateway restore"),
                "{point}: {command:?}: {}",
                refused.err
            );
        }
    }
    assert_eq!(database.exists(), had_database, "{point}");
}

#[test]
fn a_restore_that_is_killed_at_any_point_is_continued_and_gives_the_same_answers() {
    let programme = programme(Backend::Embedded);
    let served = programme.serve();
    let (token, ids) = (researcher(&programme), Ids::of(&programme));
    let folder = tempfile::tempdir().unwrap();
    let (backup, other) = (folder.path().join("monday"), folder.path().join("tuesday"));
    let _ = back_up(&programme, &backup, &[]).good();
    let _ = back_up(&programme, &other, &[]).good();
    let _ = programme.run(&["consent", "withdraw", &person(5)]).good();
    let before = answers(&served.client, &token, &ids);
    served.kill();
    let machine = NewMachine::after_loss_of(&programme);

    let installation = machine.config().parent().unwrap().to_owned();
    let marker = installation.join("gateway.db.restore-unfinished");
    let objects = installation.join("objects");
    let passphrase = machine.folder.path().join("passphrase");
    let restore = [
        "restore",
        "--from",
        backup.to_str().unwrap(),
        "--passphrase-file",
        passphrase.to_str().unwrap(),
    ];
    let points: [(&str, &dyn Fn() -> bool); 6] = [
        ("marker", &|| marker.exists()),
        ("configuration", &|| machine.config().exists()),
        ("first object", &|| files_below(&objects) >= 1),
        ("some objects", &|| files_below(&objects) >= 7),
        ("copy of the database", &|| installation.join("gateway.db.restoring").exists()),
        ("database", &|| installation.join("gateway.db").exists()),
    ];
    let mut kills = 0;
    for (point, is_met) in points {
        if !killed_when(start(&machine, &restore), is_met) || !marker.exists() {
            // The last steps are short, so the command can end before it is killed.
            assert_eq!(point, "database");
            break;
        }
        kills += 1;
        assert_refused(&machine, point);
    }
    assert!(kills >= 5);
    if marker.exists() {
        let refused = machine.restore(&other, &[]);
        assert!(
            refused.code == Some(2) && refused.err.contains("another back-up"),
            "{}",
            refused.err
        );
        let restored = machine.restore(&backup, &[]).good();
        assert!(restored.out.contains("continued"), "{}", restored.out);
    }
    assert!(!marker.exists());
    assert_eq!(machine.run(&["seal", "status"]).code, Some(2));
    let replayed = machine.replay().good();
    assert!(replayed.out.contains("1 consent events"), "{}", replayed.out);
    let served = machine.serve(false);
    assert_same(&before, &answers(&served.client, &token, &ids));
    drop(served);
    assert!(machine.run(&["audit", "verify"]).good().out.starts_with("good: "));
    let left = run(
        "find",
        [installation.to_str().unwrap(), "-name", "*.restoring*", "-o", "-name", "*.partial"],
        b"",
    );
    assert!(left.is_empty(), "{}", String::from_utf8_lossy(&left));
}

#[test]
fn a_command_that_reads_makes_no_database_between_the_two_steps_of_a_restore() {
    let programme = programme(Backend::Embedded);
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("monday");
    let _ = back_up(&programme, &backup, &[]).good();
    let machine = NewMachine::after_loss_of(&programme);
    let _ = machine.restore(&backup, &["--keys-only"]).good();
    for command in [
        &["seal", "status"][..],
        &["seal", "replay"],
        &["audit", "verify"],
        &["objects", "list"],
        &["approval", "list"],
        &["participants", "list"],
    ] {
        let refused = machine.run(command);
        assert!(
            refused.code == Some(2) && refused.err.contains("does not exist") && refused.err.contains("gemj-gateway restore"),
            "{command:?}: {}{}",
            refused.out,
            refused.err
        );
    }
    assert!(!machine.config().with_file_name("gateway.db").exists());
    let _ = machine.restore(&backup, &[]).good();
}

/// The number of bytes that a process has written to files and pipes.
fn written_bytes(process: u32) -> u64 {
    let counters = std::fs::read_to_string(format!("/proc/{process}/io")).unwrap_or_default();
    let line = counters.lines().find_map(|line| line.strip_prefix("wchar: "));
    line.map_or(0, |number| number.parse().unwrap())
}

fn rows_of(database: &Path, table: &str) -> usize {
    let script = "import sqlite3,sys;print(sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM '+sys.argv[2]).fetchone()[0])";
    let out = run("python3", ["-c", script, database.to_str().unwrap(), table], b"");
    String::from_utf8(out).unwrap().trim().parse().unwrap()
}

#[test]
fn a_replay_that_is_killed_is_continued_and_records_everything_once() {
    let programme = programme(Backend::Embedded);
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("monday");
    let _ = back_up(&programme, &backup, &[]).good();
    for number in [3, 5, 9] {
        let _ = programme.run(&["consent", "withdraw", &person(number)]).good();
    }
    let one = serde_json::to_value(approvals().unwrap()).unwrap()[0].clone();
    let many: Vec<Value> = (0..MANY)
        .map(|number| {
            let mut approval = one.clone();
            approval["id"] = format!("2026-9{number:03}").into();
            approval["visa_value"] = format!("https://gemj.example/approvals/2026-9{number:03}").into();
            approval
        })
        .collect();
    let file = programme.path("many.json");
    std::fs::write(&file, Value::Array(many).to_string()).unwrap();
    let _ = programme.run(&["approval", "import", file.to_str().unwrap()]).good();
    let _ = programme.run(&["approval", "revoke", "2026-9100", "--reason", "ended"]).good();
    let lost = programme.path("gateway.db");
    let counts = [rows_of(&lost, "consent_event"), rows_of(&lost, "approval")];
    let machine = NewMachine::after_loss_of(&programme);
    let _ = machine.restore(&backup, &[]).good();
    let database = machine.config().with_file_name("gateway.db");
    let restored = [rows_of(&database, "consent_event"), rows_of(&database, "approval")];
    assert_eq!(restored, [counts[0] - 3, counts[1] - MANY]);

    let replay = ["seal", "replay", "--tail", machine.outside.to_str().unwrap()];
    // How far a replay comes before its kill depends on the machine. Everything is recorded, or nothing; and while something is missing, the database is
    // sealed.
    let mut interrupted = 0;
    for bytes in [1, 20_000, 100_000, 200_000, 400_000, 600_000, 800_000] {
        let command = start(&machine, &replay);
        let process = command.id();
        if !killed_when(command, || written_bytes(process) >= bytes) {
            break;
        }
        let is_sealed = machine.run(&["seal", "status"]).code == Some(2);
        let rows = [rows_of(&database, "consent_event"), rows_of(&database, "approval")];
        if rows == counts && !is_sealed {
            break;
        }
        assert!(is_sealed && (rows == restored || rows == counts), "{rows:?} after {bytes} bytes");
        interrupted += 1;
    }
    assert!(interrupted > 0, "every replay ended before its kill");
    if machine.run(&["seal", "status"]).code == Some(2) {
        let _ = machine.replay().good();
    }
    assert_eq!([rows_of(&database, "consent_event"), rows_of(&database, "approval")], counts);
    assert_eq!(machine.run(&["seal", "status"]).good().out, "not sealed\n");
    let listed = machine.run(&["approval", "list", "--all"]).good();
    let line = listed.out.lines().find(|line| line.contains("2026-9100")).unwrap();
    assert!(line.contains("revoked"), "{line}");
    assert!(machine.run(&["audit", "verify"]).good().out.starts_with("good: "));
}
