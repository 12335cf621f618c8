//! The same loss and restore with PostgreSQL and an S3 server, by the steps of `docs/backup.md`: pg_dump and pg_restore for the database, a copy of the
//! bucket, and `backup --keys-only` for the configuration and the keys.

use gemj_tests::Backend;
use gemj_tests::oracle::run;
use gemj_tests::postgres::PostgresDatabase;
use gemj_tests::s3_server::S3Server;
use gemj_tests::small_data::person;

use super::lost_machine::{Ids, NewMachine, answers, assert_same, assert_serves_nothing, back_up, programme, researcher};

#[test]
fn an_installation_on_postgresql_and_s3_is_restored_sealed_and_then_gives_the_same_answers() {
    let (Some(lost), Some(fresh)) = (PostgresDatabase::create(), PostgresDatabase::create()) else {
        return;
    };
    let (root, new_root) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let s3 = S3Server::start(root.path());
    let programme = programme(Backend::PostgresAndS3(&lost.url, &s3, root.path()));
    let served = programme.serve();
    let (token, ids) = (researcher(&programme), Ids::of(&programme));
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("monday");
    let refused = back_up(&programme, &backup, &[]);
    assert!(refused.code == Some(2) && refused.err.contains("docs/backup.md"), "{}", refused.err);
    let _ = back_up(&programme, &backup, &["--keys-only"]).good();
    let dump = folder.path().join("gateway.dump");
    run("pg_dump", ["-Fc", "-f", dump.to_str().unwrap(), &lost.url], b"");
    run(
        "cp",
        ["-a", &format!("{}/.", root.path().display()), new_root.path().to_str().unwrap()],
        b"",
    );

    let _ = programme.run(&["consent", "withdraw", &person(5)]).good();
    let before = answers(&served.client, &token, &ids);
    served.kill();
    drop(s3);
    let machine = NewMachine::after_loss_of(&programme);
    let restored = machine.restore(&backup, &[]).good();
    assert!(restored.out.contains("docs/backup.md"), "{}", restored.out);
    run("pg_restore", ["--no-owner", "-d", &fresh.url, dump.to_str().unwrap()], b"");
    let s3 = S3Server::start(new_root.path());
    let text = std::fs::read_to_string(machine.config()).unwrap();
    let endpoint = text.lines().find(|line| line.starts_with("endpoint = ")).unwrap();
    let text = text
        .replace(&lost.url, &fresh.url)
        .replace(endpoint, &format!("endpoint = \"{}\"", s3.endpoint));
    std::fs::write(machine.config(), text).unwrap();
    drop(lost);

    // No command sealed the database: `serve` finds that it is at another place.
    let sealed = machine.serve(true);
    assert_serves_nothing(&sealed.client, &token, &ids);
    let replayed = machine.replay().good();
    assert!(replayed.out.contains("1 consent events"), "{}", replayed.out);
    assert_same(&before, &answers(&sealed.client, &token, &ids));
    drop(sealed);
    drop(machine.serve(false));
    assert!(machine.run(&["audit", "verify"]).good().out.starts_with("good: "));
}
