//! The upgrade of a database from every earlier schema, with rows in every table. The rows are written by plain SQL, without the catalogue, because
//! the catalogue knows only the newest schema.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use gemj_catalogue::{Catalogue, CatalogueError, schema_state};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqlSafeStr as _};
use tokio::sync::Mutex;

use crate::world::*;

/// Columns and tables that a later schema replaces, and the tables to which their rows move. A migration that drops anything else fails the test.
const REPLACED: [(&str, &str); 6] = [
    ("approval.purpose", "approval.purposes and approval.commercial"),
    ("allele_name.files", "naming_list"),
    ("file_allele_names", "naming_file, if a stored file uses the names"),
    ("viewed_region", "viewed_part"),
    (
        "quarantined_unit.unit",
        "quarantined_unit.number and .name, because a name of a file can contain a person's number",
    ),
    (
        "recontact_request_release",
        "nothing: no participant is asked for such a request any more",
    ),
];

/// Columns whose values a later schema changes: `ingest_run.duplicate` moves to `ingest_run.unchanged`.
const CHANGED: [&str; 1] = ["ingest_run.duplicate"];

fn is_replaced(name: &str) -> bool {
    REPLACED.iter().any(|(old, _)| *old == name)
}

/// A database of an earlier schema, in its own file or PostgreSQL schema, with a connection that checks no references: rows are written in the order of
/// the tables' names.
struct Old {
    url: String,
    is_sqlite: bool,
    connection: Mutex<Connection>,
}

enum Connection {
    Sqlite(sqlx::SqliteConnection),
    Postgres(sqlx::PgConnection),
}

impl Old {
    async fn empty(world: &World, number: i64) -> Self {
        let is_sqlite = world.url.starts_with("sqlite:");
        let url = match is_sqlite {
            true => format!("sqlite:{}/at-{number}.db", world.folder.path().display()),
            false => {
                world.tamper(&format!("CREATE SCHEMA at_{number}")).await;
                format!("{}?options=-csearch_path%3Dat_{number}", world.url)
            }
        };
        let connection = match url.strip_prefix("sqlite:") {
            Some(path) => {
                // No test reads this file after a power cut, so nothing waits for the disk.
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(true)
                    .foreign_keys(false);
                let options = options.synchronous(SqliteSynchronous::Off);
                Connection::Sqlite(sqlx::SqliteConnection::connect_with(&options).await.unwrap())
            }
            None => {
                let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
                connection.execute("SET session_replication_role = replica").await.unwrap();
                Connection::Postgres(connection)
            }
        };
        Self {
            url,
            is_sqlite,
            connection: Mutex::new(connection),
        }
    }

    /// Applies the migrations up to a number from the files, as the program of that time did.
    async fn migrate_to(&self, number: i64) {
        let migrator = Migrator::with_migrations(steps(self.is_sqlite).into_iter().filter(|step| step.version <= number).collect());
        match &mut *self.connection.lock().await {
            Connection::Sqlite(connection) => migrator.run(connection).await.unwrap(),
            Connection::Postgres(connection) => migrator.run(connection).await.unwrap(),
        }
    }

    /// Runs a query with one text column.
    async fn ask(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        match &mut *self.connection.lock().await {
            Connection::Sqlite(connection) => sqlx::query_scalar(sql).fetch_all(connection).await.unwrap(),
            Connection::Postgres(connection) => sqlx::query_scalar(sql).fetch_all(connection).await.unwrap(),
        }
    }

    /// Runs statements.
    async fn write(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        match &mut *self.connection.lock().await {
            Connection::Sqlite(connection) => drop(connection.execute(sql).await.unwrap()),
            Connection::Postgres(connection) => drop(connection.execute(sql).await.unwrap()),
        }
    }

    async fn tables(&self) -> Vec<String> {
        let tables = match self.is_sqlite {
            true => {
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> '_sqlx_migrations' ORDER BY 1"
            }
            false => {
                "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema() AND table_name <> '_sqlx_migrations' \
                 ORDER BY 1"
            }
        };
        self.ask(tables).await
    }

    /// The columns of every table: name and type.
    async fn columns(&self) -> BTreeMap<String, Vec<(String, String)>> {
        let mut columns = BTreeMap::new();
        for table in self.tables().await {
            let sql = match self.is_sqlite {
                true => format!("SELECT name || ' ' || type FROM pragma_table_info('{table}') ORDER BY name"),
                false => format!(
                    "SELECT column_name || ' ' || data_type FROM information_schema.columns WHERE table_schema = current_schema() \
                     AND table_name = '{table}' ORDER BY column_name"
                ),
            };
            let read = self.ask(&sql).await;
            let pairs = read.iter().map(|line| line.split_once(' ').unwrap());
            columns.insert(table, pairs.map(|(name, kind)| (name.to_owned(), kind.to_lowercase())).collect());
        }
        columns
    }

    /// Writes two rows to every empty table. Row `i` has the number `i` or the text `v<i>` in every column, so that all references have a target.
    async fn fill(&self) {
        let mut statements = String::new();
        for (table, columns) in self.columns().await {
            if self.ask(&format!("SELECT CAST(count(*) AS TEXT) FROM {table}")).await != ["0"] {
                continue;
            }
            let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
            for row in 1..=2 {
                let values: Vec<String> = columns.iter().map(|(_, kind)| value(kind, row)).collect();
                statements += &format!("INSERT INTO {table} ({}) VALUES ({});\n", names.join(", "), values.join(", "));
            }
        }
        self.write(&statements).await;
    }

    /// Every row of a table with these columns, as text.
    async fn rows(&self, table: &str, columns: &[String]) -> Vec<String> {
        let parts: Vec<String> = columns
            .iter()
            .map(|column| match self.is_sqlite {
                true => format!("quote({column})"),
                false => format!("coalesce({column}::text, 'NULL')"),
            })
            .collect();
        self.ask(&format!("SELECT {} AS r FROM {table} ORDER BY r", parts.join(" || ',' || ")))
            .await
    }

    /// The whole schema as text: columns, keys, constraints and indexes.
    async fn schema(&self) -> Vec<String> {
        match self.is_sqlite {
            true => {
                self.ask("SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master ORDER BY 1")
                    .await
            }
            false => {
                let mut lines = self
                    .ask(
                        "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') \
                         FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1",
                    )
                    .await;
                let indexes =
                    "SELECT replace(indexdef, current_schema() || '.', '') FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1";
                lines.extend(self.ask(indexes).await);
                let constraints = "SELECT replace(conrelid::regclass::text || ' ' || conname || ' ' || pg_get_constraintdef(oid), \
                                   current_schema() || '.', '') FROM pg_constraint WHERE connamespace = current_schema()::regnamespace ORDER BY 1";
                lines.extend(self.ask(constraints).await);
                lines
            }
        }
    }
}

/// A value of a column's type for one row.
fn value(kind: &str, row: u32) -> String {
    match kind {
        "bigint" | "integer" => row.to_string(),
        "boolean" => "FALSE".to_owned(),
        "blob" => format!("x'0{row}'"),
        "bytea" => format!("'\\x0{row}'"),
        "text" => format!("'v{row}'"),
        other => panic!("a column of type {other}: add a value of this type"),
    }
}

/// The migrations, read from their files.
fn steps(is_sqlite: bool) -> Vec<Migration> {
    let folder = if is_sqlite { "sqlite" } else { "postgres" };
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../schemas/migrations")
        .join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let step = |file: &PathBuf| {
        let (number, name) = file.file_stem().unwrap().to_str().unwrap().split_once('_').unwrap();
        let sql = AssertSqlSafe(std::fs::read_to_string(file).unwrap()).into_sql_str();
        Migration::new(
            number.parse().unwrap(),
            Cow::Owned(name.to_owned()),
            MigrationType::Simple,
            sql,
            false,
        )
    };
    files.iter().map(step).collect()
}

fn newest() -> i64 {
    steps(true).last().unwrap().version
}

contract! {
    async fn every_earlier_schema_is_upgraded_to_the_newest_with_its_rows(world: World) {
        let fresh = Old::empty(&world, 1000).await;
        Catalogue::open(&fresh.url, 2).await.unwrap().close().await;
        let (newest_schema, newest_columns) = (fresh.schema().await, fresh.columns().await);
        assert!(newest_schema.len() > 60 && newest_columns.len() > 60);
        for number in 1..=newest() {
            let old = Old::empty(&world, number).await;
            old.migrate_to(number).await;
            old.fill().await;
            let before = schema_state(&old.url).await.unwrap();
            let numbers: Vec<i64> = before.pending.iter().map(|step| step.version).collect();
            assert_eq!((before.database, before.is_newer(), numbers), (number, false, (number + 1..=newest()).collect()));
            assert!(before.different.is_empty());
            let mut kept = Vec::new();
            for (table, columns) in old.columns().await {
                let Some(newer) = newest_columns.get(&table) else {
                    assert!(is_replaced(&table), "schema {number}: the table {table} disappears");
                    continue;
                };
                let lost = columns.iter().filter(|column| !newer.contains(column));
                for (name, kind) in lost {
                    assert!(is_replaced(&format!("{table}.{name}")), "schema {number}: {table}.{name} ({kind}) disappears");
                }
                let names: Vec<String> = columns
                    .iter()
                    .filter(|column| newer.contains(column) && !CHANGED.contains(&format!("{table}.{}", column.0).as_str()))
                    .map(|(name, _)| name.clone())
                    .collect();
                let rows = old.rows(&table, &names).await;
                assert!(!rows.is_empty(), "schema {number}: {table} was not filled");
                kept.push((table, names, rows));
            }
            Catalogue::open(&old.url, 2).await.unwrap_or_else(|error| panic!("schema {number}: {error}")).close().await;
            for (table, names, rows) in kept {
                let after = old.rows(&table, &names).await;
                for row in rows {
                    assert!(after.contains(&row), "schema {number}: {table}: {row} was lost or changed: {after:?}");
                }
            }
            assert_eq!(old.schema().await, newest_schema, "schema {number}");
            assert!(schema_state(&old.url).await.unwrap().pending.is_empty());
        }
    }

    async fn rows_of_replaced_tables_move_to_their_successors(world: World) {
        let old = Old::empty(&world, 19).await;
        old.migrate_to(19).await;
        old.fill().await;
        old.write("DELETE FROM viewed_region; INSERT INTO viewed_region (approval, object, contig, start_0, end_0) \
                   VALUES ('A', 'O', 'chr1', 10, 20), ('A', 'O', 'chr1', 40, 50), ('A', 'O', 'chr2', 1, 2);").await;
        old.migrate_to(newest()).await;
        let mut viewed = old.ask("SELECT contig || ' ' || intervals FROM viewed_part WHERE approval = 'A' ORDER BY 1").await;
        viewed[0] = viewed[0].replace("40-50 10-20", "10-20 40-50");
        assert_eq!(viewed, ["chr1 10-20 40-50", "chr2 1-2"]);
    }

    async fn links_of_numbers_get_the_site_of_their_namespace_or_of_the_enrolment(world: World) {
        let old = Old::empty(&world, 27).await;
        old.migrate_to(27).await;
        old.write("INSERT INTO participant (ordinal, id, sex, site, epoch) VALUES (0, 'P0', 'unknown', 'hospital-a', 1), \
                   (1, 'P1', 'unknown', 'hospital-b', 1), (2, 'P2', 'unknown', NULL, 1); \
                   INSERT INTO linked_number (namespace, digest, ordinal) VALUES ('hospital-a', 'd1', 0), ('hospital-a', 'd2', 1), \
                   ('gemj-edc', 'd3', 1), ('gemj-edc', 'd4', 2), ('hospital-c/phenopacket', 'd5', 0);").await;
        old.migrate_to(newest()).await;
        let links = old.ask("SELECT digest || ' ' || site || ' ' || namespace || ' ' || ordinal FROM linked_number ORDER BY 1").await;
        // The number d2 belongs to the namespace of hospital A, although hospital B enrolled the participant. Nothing states whose number d4 is.
        let expected = ["d1 hospital-a hospital-a 0", "d2 hospital-a hospital-a 1", "d3 hospital-b gemj-edc 1", "d4  gemj-edc 2",
                        "d5  hospital-c/phenopacket 0"];
        assert_eq!(links, expected);
    }

    async fn a_database_of_a_newer_program_is_refused_and_unchanged(world: World) {
        let state = schema_state(&world.url).await.unwrap();
        assert_eq!((state.database, state.is_newer(), state.pending.len()), (newest(), false, 0));
        let newer = newest() + 1;
        world.tamper(&format!("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                               SELECT {newer}, 'later', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1")).await;
        let error = Catalogue::open(&world.url, 2).await.err().unwrap();
        assert_eq!(error, CatalogueError::NewerSchema { database: newer, program: newest() });
        assert!(error.to_string().contains("Install the newer version again"));
        let state = schema_state(&world.url).await.unwrap();
        assert!(state.is_newer() && state.pending.is_empty() && state.different.is_empty());
    }

    async fn an_altered_step_is_named(world: World) {
        world.tamper("UPDATE _sqlx_migrations SET checksum = (SELECT checksum FROM _sqlx_migrations WHERE version = 1) WHERE version = 7").await;
        assert_eq!(schema_state(&world.url).await.unwrap().different, [7]);
        assert_eq!(Catalogue::open(&world.url, 2).await.err(), Some(CatalogueError::Schema));
    }
}

#[tokio::test]
async fn the_state_of_an_absent_database_is_empty_and_nothing_is_created() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("absent.db");
    let state = schema_state(&format!("sqlite:{}", path.display())).await.unwrap();
    assert_eq!((state.database, state.pending.len()), (0, usize::try_from(newest()).unwrap()));
    assert!(!path.exists());
    std::fs::write(&path, "").unwrap();
    assert_eq!(schema_state(&format!("sqlite:{}", path.display())).await.unwrap().database, 0);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(schema_state("mysql://x/y").await.err(), Some(CatalogueError::BadUrl));
}
