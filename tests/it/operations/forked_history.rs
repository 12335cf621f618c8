//! A database that was set back has another history than the files outside it. A tail is replayed only if it continues the database's own history.

use std::path::Path;

use gemj_tests::gateway_process::Start;
use gemj_tests::oracle::run;
use gemj_tests::programme::run_gateway;
use gemj_tests::small_data::{everybody, person};
use gemj_tests::{Backend, GatewayProcess, Programme};

use super::lost_machine::{Ids, NewMachine, assert_serves_nothing, back_up, programme, researcher};

/// Copies an SQLite database with its log into another file, in place, as a restore into a running database does.
fn copy_database(from: &Path, to: &Path) {
    let copy = "import sqlite3,sys;a=sqlite3.connect(sys.argv[1]);b=sqlite3.connect(sys.argv[2]);a.backup(b);b.close();a.close()";
    run("python3", ["-c", copy, from.to_str().unwrap(), to.to_str().unwrap()], b"");
}

fn outside(programme: &Programme, name: &str) -> std::path::PathBuf {
    programme.path("audit-checkpoints").join(name)
}

#[test]
fn a_database_that_was_set_back_and_has_an_own_consent_event_refuses_the_tail_and_stays_sealed() {
    let programme = programme(Backend::Embedded);
    let (token, ids) = (researcher(&programme), Ids::of(&programme));
    drop(programme.serve());
    let (database, old) = (programme.path("gateway.db"), programme.path("old.db"));
    copy_database(&database, &old);
    let _ = programme.run(&["consent", "withdraw", &person(5)]).good();
    copy_database(&old, &database);
    // The command finds the loss before it writes, and closes the seal.
    let first = programme.run(&["consent", "withdraw", &person(6)]);
    assert!(
        first.code == Some(2) && first.err.contains("nothing was done") && first.err.contains("was set back"),
        "{}{}",
        first.out,
        first.err
    );
    // A sealed database accepts consent events. This one takes the number of the lost withdrawal.
    let _ = programme.run(&["consent", "withdraw", &person(6)]).good();
    let refused = programme.run(&["seal", "replay"]);
    assert!(
        refused.code == Some(2) && refused.err.contains("1 consent events that the ledger tail lacks"),
        "{}{}",
        refused.out,
        refused.err
    );
    let start = Start {
        sealed: true,
        ..Start::default()
    };
    let served = GatewayProcess::serve(&programme.config(), &programme.path(""), &start);
    assert_serves_nothing(&served.client, &token, &ids);
}

#[test]
fn a_tail_of_another_history_of_the_same_installation_is_refused() {
    let programme = programme(Backend::Embedded);
    drop(programme.serve());
    let folder = tempfile::tempdir().unwrap();
    run(
        "cp",
        ["-a", programme.path(".").to_str().unwrap(), folder.path().to_str().unwrap()],
        b"",
    );
    let config = folder.path().join("gateway.toml");
    let rehearsal = |arguments: &[&str]| run_gateway(arguments.iter().copied().chain(["--config", config.to_str().unwrap()]));
    let _ = rehearsal(&["consent", "withdraw", &person(3)]).good();
    let _ = rehearsal(&["consent", "withdraw", &person(4)]).good();
    let _ = programme.run(&["consent", "withdraw", &person(5)]).good();
    let _ = programme.run(&["seal", "close", "--reason", "an exercise"]).good();
    let theirs = folder.path().join("audit-checkpoints");
    let refused = programme.run(&["seal", "replay", "--tail", theirs.to_str().unwrap()]);
    assert!(
        refused.code == Some(2) && refused.err.contains("1 consent events that the ledger tail lacks"),
        "{}{}",
        refused.out,
        refused.err
    );
    assert_eq!(programme.run(&["seal", "status"]).code, Some(2));
}

#[test]
fn an_empty_list_and_a_list_from_before_the_back_up_do_not_reconcile_a_site() {
    let programme = programme(Backend::Embedded);
    let _ = programme.run(&["seal", "close", "--reason", "a drill"]).good();
    let list = programme.path("list.csv");
    let reconcile = |rows: &str| {
        std::fs::write(&list, format!("participant,state\n{rows}")).unwrap();
        for site in ["hospital-a", "hospital-b"] {
            let _ = programme.run(&["consent", "reconcile", site, list.to_str().unwrap()]);
        }
    };
    let lift = || {
        programme.run(&[
            "seal",
            "lift",
            "--reason",
            "compared",
            "--approvals-checked",
            "--participants-without-site-checked",
            "--files-checked",
        ])
    };
    for rows in ["", "TST-9999,given\n", ",given\n"] {
        reconcile(rows);
        let refused = lift();
        assert!(
            refused.code == Some(2) && refused.err.contains("hospital-a") && refused.err.contains("hospital-b"),
            "{rows}: {}{}",
            refused.out,
            refused.err
        );
    }
    // A state that cannot be read says nothing about the consent.
    let unreadable: String = everybody().iter().map(|id| format!("{id},maybe\n")).collect();
    reconcile(&unreadable);
    let refused = lift();
    assert!(
        refused.code == Some(2) && refused.err.contains("have no clear state there"),
        "{}{}",
        refused.out,
        refused.err
    );
    let all: String = everybody().iter().map(|id| format!("{id},given\n")).collect();
    reconcile(&all);
    // A back-up of the sealed database. The restored database has its own seal, and the lists must be compared again.
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("monday");
    let _ = back_up(&programme, &backup, &[]).good();
    let _ = lift().good();
    let machine = NewMachine::after_loss_of(&programme);
    let _ = machine.restore(&backup, &[]).good();
    let status = machine.run(&["seal", "status"]);
    assert!(
        status.out.contains("restored from the back-up") && status.out.contains("hospital-a") && status.out.contains("hospital-b"),
        "{}",
        status.out
    );
}

#[test]
fn a_tail_without_its_signed_head_is_refused_as_incomplete() {
    let programme = programme(Backend::Embedded);
    let _ = programme.run(&["seal", "close", "--reason", "an exercise"]).good();
    let folder = tempfile::tempdir().unwrap();
    let tail = folder.path().join("ledger.tail");
    let replay = || programme.run(&["seal", "replay", "--tail", folder.path().to_str().unwrap()]);
    std::fs::copy(outside(&programme, "ledger.tail"), &tail).unwrap();
    let alone = replay();
    assert!(
        alone.code == Some(2) && alone.err.contains("operations.head") && alone.err.contains("Reconcile every site"),
        "{}{}",
        alone.out,
        alone.err
    );
    let head = folder.path().join("operations.head");
    std::fs::write(&head, "").unwrap();
    let damaged = replay();
    assert!(
        damaged.code == Some(2) && damaged.err.contains("damaged") && damaged.err.contains("Reconcile every site"),
        "{}",
        damaged.err
    );
    std::fs::copy(outside(&programme, "operations.head"), &head).unwrap();
    let whole = std::fs::read(&tail).unwrap();
    std::fs::write(&tail, &whole[..whole.len() - 40]).unwrap();
    let cut = replay();
    assert!(cut.code == Some(2) && cut.err.contains("incomplete"), "{}", cut.err);
    std::fs::write(&tail, &whole).unwrap();
    let _ = replay().good();
}

#[test]
fn a_gateway_whose_database_is_set_back_answers_nothing_and_ends_when_the_seal_is_lifted() {
    let programme = programme(Backend::Embedded);
    let (token, ids) = (researcher(&programme), Ids::of(&programme));
    let served = programme.serve();
    let (database, old) = (programme.path("gateway.db"), programme.path("old.db"));
    copy_database(&database, &old);
    let _ = programme.run(&["consent", "withdraw", &person(5)]).good();
    // The gateway has answered with the withdrawal, so it knows the later epoch.
    let vcf = format!("/ga4gh/drs/v1/objects/{}", programme.object_of(&person(5), "VCF"));
    assert_eq!(served.client.get(&vcf, Some(&token)).status, 404);
    copy_database(&old, &database);
    assert_serves_nothing(&served.client, &token, &ids);
    assert_eq!(served.client.get(&vcf, Some(&token)).status, 503);
    let status = programme.run(&["seal", "status"]);
    assert!(
        status.code == Some(2) && (status.out.contains("lower than before") || status.out.contains("confirm writes")),
        "{}",
        status.out
    );
    let replayed = programme.run(&["seal", "replay"]).good();
    assert!(replayed.out.contains("1 consent events"), "{}", replayed.out);
    // The process may have facts of the lost history in memory. It ends, and a new process serves.
    let log = served.ends_by_itself();
    assert!(log.contains("the seal was lifted"), "{log}");
    let served = programme.serve();
    let bam = format!("/ga4gh/drs/v1/objects/{}", programme.object_of(&person(1), "BAM"));
    assert_eq!(served.client.get(&bam, Some(&token)).status, 200);
    assert_eq!(served.client.get(&vcf, Some(&token)).status, 404);
    drop(served);
    // The row of the first 404 went with the lost history. If the gateway had signed the head of its chain by then (it signs once in a second),
    // the verification reports the lost row, and only this row. The chain of the writes is verified first.
    let verified = programme.run(&["audit", "verify"]);
    let reports_the_lost_row = verified.code == Some(1) && verified.err.contains(": truncated") && !verified.err.contains("operations");
    assert!(
        verified.out.starts_with("good: ") || reports_the_lost_row,
        "{}{}",
        verified.out,
        verified.err
    );
}

#[test]
fn a_withdrawal_with_a_damaged_signed_head_is_recorded_and_reaches_the_tail_and_the_command_fails() {
    let programme = programme(Backend::Embedded);
    let before = std::fs::metadata(outside(&programme, "ledger.tail")).unwrap().len();
    let head = outside(&programme, "operations.head");
    std::fs::write(&head, "").unwrap();
    let withdrawn = programme.run(&["consent", "withdraw", &person(5)]);
    assert!(
        withdrawn.code == Some(2) && withdrawn.err.contains("operations.head"),
        "{}{}",
        withdrawn.out,
        withdrawn.err
    );
    assert!(withdrawn.err.contains("are recorded"), "{}", withdrawn.err);
    assert!(std::fs::metadata(outside(&programme, "ledger.tail")).unwrap().len() > before + 100);
    let shown = programme.run(&["consent", "show", &person(5), "--reason", "test"]);
    assert!(shown.out.contains("withdrawn"), "{}{}", shown.out, shown.err);
    // The remedy of the error text.
    std::fs::remove_file(&head).unwrap();
    let _ = programme.run(&["consent", "withdraw", &person(6)]).good();
    assert!(head.is_file());
    assert!(programme.run(&["audit", "verify"]).good().out.starts_with("good: "));
}

#[test]
fn a_damaged_line_of_the_tail_is_a_fault_of_audit_verify_and_of_doctor() {
    let programme = programme(Backend::Embedded);
    let tail = outside(&programme, "ledger.tail");
    let mut bytes = std::fs::read(&tail).unwrap();
    bytes[30] = if bytes[30] == b'A' { b'B' } else { b'A' };
    std::fs::write(&tail, bytes).unwrap();
    let verified = programme.run(&["audit", "verify"]);
    assert!(
        verified.code == Some(1) && verified.err.contains("line 1 is damaged"),
        "{}{}",
        verified.out,
        verified.err
    );
    let examined = programme.run(&["doctor"]);
    assert!(
        examined.code != Some(0) && examined.out.contains("line 1 is damaged"),
        "{}{}",
        examined.out,
        examined.err
    );
}
