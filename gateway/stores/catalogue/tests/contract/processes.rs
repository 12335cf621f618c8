//! Tests with several processes. The test binary starts itself as the other processes.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use gemj_access::{CapabilityKey, Job, WriteAction};
use gemj_catalogue::{Catalogue, audit};

use crate::world::*;

const URL: &str = "GEMJ_CATALOGUE_CHILD_URL";
const ROLE: &str = "GEMJ_CATALOGUE_CHILD_ROLE";

fn child(world: &World, role: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "processes::the_work_of_a_child", "--nocapture"])
        .env(URL, &world.url)
        .env(ROLE, role)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Whether this process holds a lock on the database's file. Absent if the operating system does not list locks, and for a database on a
/// server.
fn holds_its_lock(world: &World) -> Option<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let inode = std::fs::metadata(world.url.strip_prefix("sqlite:")?).unwrap().ino();
    // The kernel returns the list of locks page by page. If another test takes or releases a lock in between, a lock of this process can move
    // past the end of a page. Therefore the list is read several times: a held lock is in at least one of the lists, and a released lock is in
    // none.
    (0..20).try_fold(false, |held, _| {
        let Ok(locks) = std::fs::read_to_string("/proc/locks") else {
            eprintln!("SKIPPED: the locks of a reopened SQLite file: this system does not list them");
            return None;
        };
        Some(held || is_listed(&locks, inode))
    })
}

/// Whether a list of locks contains a lock of this process on a file.
fn is_listed(locks: &str, inode: u64) -> bool {
    // `1: POSIX ADVISORY READ PID MAJOR:MINOR:INODE START END`
    let ours = format!(" {} ", std::process::id());
    locks
        .lines()
        .any(|line| line.contains(&ours) && line.contains(&format!(":{inode} ")))
}

/// The work of a child process that the other tests start. It does nothing when it runs as a test by itself.
#[tokio::test(flavor = "multi_thread")]
async fn the_work_of_a_child() {
    let (Ok(url), Ok(role)) = (std::env::var(URL), std::env::var(ROLE)) else {
        return;
    };
    let catalogue = Catalogue::open(&url, 4).await.unwrap();
    if let Some(name) = role.strip_prefix("visit ") {
        append(&catalogue, &[given(name)]).await;
        catalogue.close().await;
        return;
    }
    if role == "append" {
        for round in 0.. {
            let events: Vec<_> = (0..100).map(|n| given(&format!("P-{round}-{n}"))).collect();
            append(&catalogue, &events).await;
        }
    }
    // Both processes register the participants `shared-0` to `shared-59`. Each process also registers 60 participants of its own.
    for n in 0..60 {
        let samples = [sample("s", Some(&format!("shared-{n}"))), sample("t", Some(&format!("{role}-{n}")))];
        let load = mandate(WriteAction::Load);
        catalogue.ensure_participants(&load, &samples, &dataset("cancer")).await.unwrap();
    }
}

contract! {
    async fn two_processes_assign_dense_and_unique_ordinals(world: World) {
        let mut children = [child(&world, "left"), child(&world, "right")];
        for child in &mut children {
            assert!(child.wait().unwrap().success());
        }
        let changes = world.catalogue.policy_changes_since(upkeep(Job::FoldPolicy), 0).await.unwrap();
        let ordinals: Vec<u32> = changes.participants.iter().map(|p| p.ordinal.0).collect();
        assert_eq!(ordinals, (0..180).collect::<Vec<_>>());
    }

    // If a process opens and closes the file directly, it releases the locks of SQLite's connections in this process. Another process then
    // believes that it is the last one, and deletes the write-ahead log when it ends. Later writes of the first process are lost.
    async fn two_processes_on_one_file_keep_each_others_locks(world: World) {
        let mut names = Vec::new();
        for round in 0..4 {
            let again = world.open_again().await;
            assert_ne!(holds_its_lock(&world), Some(false), "the locks were released");
            names.push(format!("visitor-{round}"));
            let mut visitor = child(&world, &format!("visit visitor-{round}"));
            assert!(visitor.wait().unwrap().success());
            names.push(format!("host-{round}"));
            append(&world.catalogue, &[given(&format!("host-{round}"))]).await;
            if round % 2 == 0 {
                again.close().await;
            }
        }
        let mut last = child(&world, "visit last");
        assert!(last.wait().unwrap().success());
        names.push("last".into());
        for catalogue in [&world.catalogue, &world.open_again().await] {
            assert_eq!(catalogue.state().await.unwrap().epoch, names.len() as u64);
            for name in &names {
                let history = catalogue.consent_history(upkeep(Job::CompareConsent), &person(name)).await.unwrap();
                assert_eq!(history.map(|(_, events)| events.len()), Some(1), "{name}");
            }
        }
        let key = CapabilityKey::new([1; 32]);
        audit::verify(&world.catalogue, upkeep(Job::Audit), None, &key).await.unwrap();
    }

    async fn a_killed_process_leaves_only_complete_transactions(world: World) {
        let mut writer = child(&world, "append");
        let begun = std::time::Instant::now();
        while world.catalogue.state().await.unwrap().epoch < 300 {
            assert!(begun.elapsed() < Duration::from_secs(60));
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        // The server may still commit the transaction of the killed client. The test's own write comes after it.
        let epoch = append(&world.catalogue, &[given("after")]).await - 1;
        assert_eq!(epoch % 100, 0, "a call of 100 events is complete");
        let changes = world.catalogue.policy_changes_since(upkeep(Job::FoldPolicy), 0).await.unwrap();
        assert!(changes.events.iter().map(|e| e.sequence).eq(1..=epoch + 1));
        assert_eq!(changes.participants.len() as u64, epoch + 1);
        let key = CapabilityKey::new([1; 32]);
        let report = audit::verify(&world.catalogue, upkeep(Job::Audit), None, &key).await.unwrap();
        assert_eq!(report.rows, epoch / 100 + 1, "one audit row for each write");
    }

    async fn a_write_dropped_halfway_writes_nothing(world: World) {
        for n in 0..40u64 {
            let catalogue = world.catalogue.clone();
            let events: Vec<_> = (0..500).map(|m| given(&format!("P-{n}-{m}"))).collect();
            let write = tokio::spawn(async move { append(&catalogue, &events).await });
            tokio::time::sleep(Duration::from_micros(n * 400)).await;
            write.abort();
            let _ = write.await;
        }
        let epoch = append(&world.catalogue, &[given("after")]).await - 1;
        assert_eq!(epoch % 500, 0);
        let changes = world.catalogue.policy_changes_since(upkeep(Job::FoldPolicy), 0).await.unwrap();
        assert_eq!((changes.events.len() as u64, changes.participants.len() as u64), (epoch + 1, epoch + 1));
    }
}
