use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use gemj_access::WriteAction;
use gemj_catalogue::{Catalogue, NewAlarm};
use gemj_model::{OntologyRelease, OntologyTerm};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _};

use crate::world::*;

/// The number of ordinary writes that wait at the same time.
const ORDINARY: usize = 40;

/// Holds the lock that all writes need, like a write in progress, until the test releases it.
enum Held {
    Sqlite(sqlx::SqliteConnection),
    Postgres(sqlx::PgConnection),
}

impl Held {
    async fn of(world: &World) -> Self {
        if let Some(path) = world.url.strip_prefix("sqlite:") {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
            let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
            connection.execute("BEGIN IMMEDIATE").await.unwrap();
            return Self::Sqlite(connection);
        }
        let mut connection = sqlx::PgConnection::connect(&world.url).await.unwrap();
        connection.execute("BEGIN").await.unwrap();
        connection.execute("SELECT * FROM programme_state FOR UPDATE").await.unwrap();
        Self::Postgres(connection)
    }

    async fn let_go(self) {
        match self {
            Self::Sqlite(mut connection) => drop(connection.execute("COMMIT").await.unwrap()),
            Self::Postgres(mut connection) => drop(connection.execute("COMMIT").await.unwrap()),
        }
    }
}

/// The actions in the rows of the chain `operations` after the row `sequence`, in order.
async fn writes_after(world: &World, sequence: i64) -> Vec<String> {
    let sql = format!("SELECT action FROM audit_row WHERE chain = 'operations' AND sequence > {sequence} ORDER BY sequence");
    let sql = AssertSqlSafe(sql);
    if let Some(path) = world.url.strip_prefix("sqlite:") {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        let rows = connection.fetch_all(sql).await.unwrap();
        return rows.iter().map(|row| row.get(0)).collect();
    }
    let mut connection = sqlx::PgConnection::connect(&world.url).await.unwrap();
    let rows = connection.fetch_all(sql).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// A small write that is not a consent write: it raises an alarm.
async fn ordinary(catalogue: &Catalogue, text: String) {
    let alarm = NewAlarm {
        kind: "test".into(),
        site: None,
        text,
    };
    catalogue.raise_alarm(&mandate(WriteAction::Ingest), &alarm, now()).await.unwrap();
}

/// Lets the started tasks run until they wait.
async fn settle() {
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
}

/// Waits until a consent write has, or waits for, its turn. The test holds the writer's lock, so the consent write cannot end meanwhile. On SQLite, the
/// wait is inside this process, and the task needs no answer of a server to get there.
async fn consent_waits(world: &World) {
    settle().await;
    if world.url.starts_with("sqlite:") {
        return;
    }
    let waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 1734506 AND objid = 2 AND mode = 'ExclusiveLock' \
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let mut connection = sqlx::PgConnection::connect(&world.url).await.unwrap();
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut connection).await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
}

fn withdrawal_among(actions: &[String]) -> usize {
    actions.iter().position(|a| a == WriteAction::RecordConsent.as_str()).unwrap()
}

/// Whether an ordinary write is in progress.
async fn a_write_is_in_course(world: &World) -> bool {
    if let Some(path) = world.url.strip_prefix("sqlite:") {
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(std::time::Duration::ZERO);
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        let begun = connection.execute("BEGIN IMMEDIATE").await;
        // A connection that is only dropped is closed later, in another thread. Until then, its own write would look like a write in progress.
        connection.close().await.unwrap();
        return begun.is_err();
    }
    let mut connection = sqlx::PgConnection::connect(&world.url).await.unwrap();
    let locks = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 1 AND granted \
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    !connection.fetch_all(locks).await.unwrap().is_empty()
}

/// An ontology that consists of chains of 20 terms, with about 200,000 pairs (ancestor, descendant).
fn large_ontology() -> OntologyRelease {
    let term = |n: usize| OntologyTerm {
        id: format!("HP:{n:07}"),
        label: format!("term {n}"),
        parents: if n.is_multiple_of(20) {
            Vec::new()
        } else {
            vec![format!("HP:{:07}", n - 1)]
        },
        alternative_ids: Vec::new(),
        obsolete: false,
        replaced_by: None,
    };
    OntologyRelease {
        prefix: "HP".into(),
        version: "1".into(),
        terms: (0..20_000).map(term).collect(),
    }
}

contract! {
    async fn the_load_of_an_ontology_gives_way_to_a_withdrawal(world: World) {
        world.consent_all(&["P0"]).await;
        let before = writes_after(&world, 0).await.len() as i64;
        let catalogue = world.catalogue.clone();
        let load = tokio::spawn(async move { catalogue.load_ontology(&mandate(WriteAction::LoadOntology), &large_ontology()).await });
        while !a_write_is_in_course(&world).await {
            assert!(!load.is_finished(), "the load ended unobserved");
        }
        append(&world.catalogue, &[withdrawn("P0")]).await;
        let other = world.open_again().await;
        append(&other, &[given("P0")]).await;
        load.await.unwrap().unwrap();
        other.close().await;
        let [consent, ontology] = [WriteAction::RecordConsent, WriteAction::LoadOntology].map(|action| action.as_str().to_owned());
        assert_eq!(writes_after(&world, before).await, [consent.clone(), consent, ontology]);
        assert_eq!(world.catalogue.expand_term("HP:0000000", true).await.unwrap().ids.len(), 20, "the ontology is completely loaded");
    }

    async fn a_load_gives_way_to_a_withdrawal_of_another_process_whose_own_write_waits_for_the_load(world: World) {
        world.consent_all(&["P0"]).await;
        let before = writes_after(&world, 0).await.len() as i64;
        // A second pool has its own connections and locks, so for the database it is like another process.
        let other = world.open_again().await;
        let catalogue = other.clone();
        let load = tokio::spawn(async move { catalogue.load_ontology(&mandate(WriteAction::LoadOntology), &large_ontology()).await });
        while !a_write_is_in_course(&world).await {
            assert!(!load.is_finished(), "the load ended unobserved");
        }
        // When the ordinary write waits for the first time, it already has the turn of its process.
        let mut waiting = std::pin::pin!(ordinary(&world.catalogue, "waits for the load".into()));
        let is_ready = std::future::poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context).is_ready())).await;
        assert!(!is_ready);
        let withdrawal = [withdrawn("P0")];
        tokio::join!(waiting, append(&world.catalogue, &withdrawal));
        load.await.unwrap().unwrap();
        other.close().await;
        let actions = writes_after(&world, before).await;
        assert_eq!(actions.len(), 3, "{actions:?}");
        assert_eq!(actions[2], WriteAction::LoadOntology.as_str(), "{actions:?}");
    }

    async fn at_most_two_of_many_waiting_writes_come_before_a_withdrawal(world: World) {
        world.consent_all(&["P0"]).await;
        let before = writes_after(&world, 0).await.len();
        let held = Held::of(&world).await;
        let waiting: Vec<_> = (0..ORDINARY).map(|n| {
            let catalogue = world.catalogue.clone();
            tokio::spawn(async move { ordinary(&catalogue, n.to_string()).await })
        }).collect();
        settle().await;
        let catalogue = world.catalogue.clone();
        let withdrawal = tokio::spawn(async move { append(&catalogue, &[withdrawn("P0")]).await });
        consent_waits(&world).await;
        held.let_go().await;
        withdrawal.await.unwrap();
        for write in waiting {
            write.await.unwrap();
        }
        let actions = writes_after(&world, before as i64).await;
        assert_eq!(actions.len(), ORDINARY + 1);
        let place = withdrawal_among(&actions);
        assert!(place <= 2, "{place} writes came before the withdrawal");
    }

    async fn a_busy_process_lets_a_withdrawal_of_another_process_pass(world: World) {
        world.consent_all(&["P0"]).await;
        // A second pool has its own connections, so for the database it is like another process.
        let other = world.open_again().await;
        let stop = Arc::new(AtomicBool::new(false));
        let busy: Vec<_> = (0..16u64).map(|writer| {
            let (catalogue, stop) = (world.catalogue.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut n = 0u64;
                while !stop.load(Ordering::Relaxed) {
                    ordinary(&catalogue, format!("{writer} {n}")).await;
                    n += 1;
                }
            })
        }).collect();
        for round in 0..5 {
            let before = writes_after(&world, 0).await.len();
            append(&other, &[if round % 2 == 0 { withdrawn("P0") } else { given("P0") }]).await;
            let place = withdrawal_among(&writes_after(&world, before as i64).await);
            // Some writes of the busy process begin before the withdrawal is announced.
            assert!(place <= 60, "{place} writes of the busy process came first");
        }
        stop.store(true, Ordering::Relaxed);
        for writer in busy {
            writer.await.unwrap();
        }
        other.close().await;
    }
}
