//! The schema of a database compared with the program's migrations, without any change of the database.

use std::path::Path;
use std::str::FromStr as _;

use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{ConnectOptions as _, Row as _};

use super::open::{postgres_connections, restore_marker};
use super::{failure, migrations};
use crate::error::CatalogueError;

/// The number and the name of a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaStep {
    /// The number, from 1.
    pub version: i64,
    /// The name, as in the migration's file name.
    pub name: String,
}

/// The schema of a database, and what this program would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaState {
    /// The number of the newest migration that was applied to the database; 0 for an absent or empty database.
    pub database: i64,
    /// The number of the newest migration that this program has.
    pub program: i64,
    /// The migrations that this program would apply, in order. Empty if the database has steps that this program does not know.
    pub pending: Vec<SchemaStep>,
    /// The numbers of the applied migrations that failed, or whose text differs from this program's. This program refuses such a database.
    pub different: Vec<i64>,
}

impl SchemaState {
    /// Whether a newer version of the gateway has migrated the database. This program refuses it.
    #[must_use]
    pub fn is_newer(&self) -> bool {
        self.database > self.program
    }
}

/// One applied migration: number, checksum, and whether it was completed.
type Applied = (i64, Vec<u8>, bool);

/// Reads the schema of the database at `sqlite:PATH` or `postgres://...`. The function creates and changes nothing.
///
/// # Errors
/// [`CatalogueError::BadUrl`] or [`CatalogueError::Unavailable`].
pub async fn schema_state(url: &str) -> Result<SchemaState, CatalogueError> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        let path = Path::new(path.strip_prefix("//").unwrap_or(path));
        return Ok(compared(&migrations::sqlite(), &applied_in_sqlite(path).await?));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        let options = PgConnectOptions::from_str(url).map_err(|_| CatalogueError::BadUrl)?;
        return Ok(compared(&migrations::postgres(), &applied_in_postgres(options).await?));
    }
    Err(CatalogueError::BadUrl)
}

async fn applied_in_sqlite(path: &Path) -> Result<Vec<Applied>, CatalogueError> {
    let marker = restore_marker(path);
    if marker.exists() {
        return Err(CatalogueError::RestoreInterrupted { marker });
    }
    // `init` and `serve` create an absent or empty file. A check must not.
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(_) => return Err(CatalogueError::Unavailable),
        Ok(_) => {}
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .disable_statement_logging();
    let pool: SqlitePool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await
        .map_err(failure)?;
    let exists: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'")
        .fetch_one(&pool)
        .await
        .map_err(failure)?;
    let mut applied = Vec::new();
    if exists > 0 {
        let rows = sqlx::query("SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version")
            .fetch_all(&pool)
            .await
            .map_err(failure)?;
        applied.extend(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))));
    }
    pool.close().await;
    Ok(applied)
}

async fn applied_in_postgres(options: PgConnectOptions) -> Result<Vec<Applied>, CatalogueError> {
    let options = options.application_name("gemj-gateway").disable_statement_logging();
    let pool = postgres_connections(1).connect_with(options).await.map_err(failure)?;
    let exists: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
        .fetch_one(&pool)
        .await
        .map_err(failure)?;
    let mut applied = Vec::new();
    if exists {
        let rows = sqlx::query("SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version")
            .fetch_all(&pool)
            .await
            .map_err(failure)?;
        applied.extend(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))));
    }
    pool.close().await;
    Ok(applied)
}

fn compared(migrator: &Migrator, applied: &[Applied]) -> SchemaState {
    let database = applied.last().map_or(0, |step| step.0);
    let program = migrations::newest();
    let of = |version: i64| applied.iter().find(|step| step.0 == version);
    let is_same = |version: i64, checksum: &[u8]| of(version).is_none_or(|step| step.2 && step.1 == checksum);
    let different = migrator.iter().filter(|step| !is_same(step.version, &step.checksum));
    let pending = migrator.iter().filter(|step| database <= program && of(step.version).is_none());
    SchemaState {
        database,
        program,
        different: different.map(|step| step.version).collect(),
        pending: pending
            .map(|step| SchemaStep {
                version: step.version,
                name: step.description.clone().into_owned(),
            })
            .collect(),
    }
}
