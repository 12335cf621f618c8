//! A database that is a copy, or an earlier state of itself, is sealed when it is served.

use gemj_tests::Backend;
use gemj_tests::gateway_process::Start;
use gemj_tests::oracle::run;
use gemj_tests::programme::run_gateway;
use gemj_tests::small_data::person;
use gemj_tests::{GatewayProcess, Programme};

use super::lost_machine::{Ids, assert_serves_nothing, programme, researcher};

fn sealed(programme: &Programme) -> GatewayProcess {
    let start = Start {
        sealed: true,
        ..Start::default()
    };
    GatewayProcess::serve(&programme.config(), &programme.path(""), &start)
}

/// Moves the write-ahead log into the database file and removes it, so that the file alone is the whole database.
pub(super) fn without_log(programme: &Programme) {
    let fold = "import sqlite3,sys;c=sqlite3.connect(sys.argv[1]);c.execute('PRAGMA wal_checkpoint(TRUNCATE)');c.close()";
    run("python3", ["-c", fold, programme.path("gateway.db").to_str().unwrap()], b"");
    for beside in ["gateway.db-wal", "gateway.db-shm"] {
        let _ = std::fs::remove_file(programme.path(beside));
    }
}

#[test]
fn a_database_that_was_set_back_in_place_is_sealed_and_the_tail_restores_its_withdrawals() {
    let programme = programme(Backend::Embedded);
    let (token, ids) = (researcher(&programme), Ids::of(&programme));
    drop(programme.serve());
    let (database, old) = (programme.path("gateway.db"), programme.path("old.db"));
    without_log(&programme);
    std::fs::copy(&database, &old).unwrap();
    let _ = programme.run(&["consent", "withdraw", &person(5)]).good();
    without_log(&programme);
    // `std::fs::copy` keeps the inode of the existing file, like a snapshot of the whole volume. Only the files outside the database show the loss.
    std::fs::copy(&old, &database).unwrap();
    let served = sealed(&programme);
    assert_serves_nothing(&served.client, &token, &ids);
    drop(served);
    let status = programme.run(&["seal", "status"]);
    assert!(
        status.code == Some(2) && status.out.contains("confirm writes that the database lacks"),
        "{}",
        status.out
    );
    let replayed = programme.run(&["seal", "replay"]).good();
    assert!(replayed.out.contains("1 consent events"), "{}", replayed.out);
    let served = programme.serve();
    let vcf = programme.object_of(&person(5), "VCF");
    assert_eq!(served.client.get(&format!("/ga4gh/drs/v1/objects/{vcf}"), Some(&token)).status, 404);
    drop(served);
    assert!(programme.run(&["audit", "verify"]).good().out.starts_with("good: "));
}

#[test]
fn a_copied_folder_is_sealed_and_the_original_is_not() {
    let programme = programme(Backend::Embedded);
    let (token, ids) = (researcher(&programme), Ids::of(&programme));
    drop(programme.serve());
    let folder = tempfile::tempdir().unwrap();
    run(
        "cp",
        ["-a", programme.path(".").to_str().unwrap(), folder.path().to_str().unwrap()],
        b"",
    );
    let start = Start {
        sealed: true,
        ..Start::default()
    };
    let config = folder.path().join("gateway.toml");
    let copy = GatewayProcess::serve(&config, folder.path(), &start);
    assert_serves_nothing(&copy.client, &token, &ids);
    drop(copy);
    let replayed = run_gateway(["seal", "replay", "--config", config.to_str().unwrap()]).good();
    assert!(replayed.out.contains("0 consent events"), "{}", replayed.out);
    drop(GatewayProcess::serve(&config, folder.path(), &Start::default()));
    drop(programme.serve());
}

#[test]
fn a_tail_of_another_installation_or_with_later_events_in_the_database_is_refused() {
    let (ours, other) = (programme(Backend::Embedded), programme(Backend::Embedded));
    let _ = ours.run(&["seal", "close", "--reason", "an exercise"]).good();
    let theirs = other.path("audit-checkpoints");
    let refused = ours.run(&["seal", "replay", "--tail", theirs.to_str().unwrap()]);
    assert!(refused.code == Some(2) && refused.err.contains("another key"), "{}", refused.err);
    let kept = tempfile::tempdir().unwrap();
    for name in ["ledger.tail", "operations.head"] {
        std::fs::copy(ours.path("audit-checkpoints").join(name), kept.path().join(name)).unwrap();
    }
    let _ = ours.run(&["consent", "withdraw", &person(3)]).good();
    let refused = ours.run(&["seal", "replay", "--tail", kept.path().to_str().unwrap()]);
    assert!(
        refused.code == Some(2) && refused.err.contains("after the restore"),
        "{}",
        refused.err
    );
    let tail = ours.path("audit-checkpoints/ledger.tail");
    let text = std::fs::read_to_string(&tail).unwrap();
    assert!(!text.contains("TST-"), "the tail names no participant in plain text");
    let without_first: Vec<&str> = text.lines().skip(1).collect();
    std::fs::write(&tail, without_first.join("\n") + "\n").unwrap();
    let refused = ours.run(&["seal", "replay"]);
    assert!(
        refused.code == Some(2) && refused.err.contains("line 1 is missing"),
        "{}",
        refused.err
    );
    let config = ours.config();
    let none = run_gateway(["seal", "replay", "--tail", "/nowhere", "--config", config.to_str().unwrap()]);
    assert!(none.code == Some(2) && none.err.contains("ledger.tail"), "{}", none.err);
}
