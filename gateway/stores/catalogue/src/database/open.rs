//! Opens an SQLite or a PostgreSQL database.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::Executor as _;
use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::lanes::Lanes;
use super::sqlite_file::SqliteFile;
use super::{Database, failure, migrations};
use crate::error::CatalogueError;

/// The maximum time that a call waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

/// The maximum time that SQLite waits until another connection's write has ended.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// The number of PostgreSQL connections in one process that are only for consent writes, in addition to the configured number. Several consent
/// writes can prepare at the same time, until they wait for the locked state row.
const CONSENT_CONNECTIONS: u32 = 2;

impl Database {
    /// Opens `sqlite:PATH` or `postgres://...` and migrates the schema.
    pub(crate) async fn open(url: &str, max_connections: u32) -> Result<Self, CatalogueError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path.contains('\0') || path == ":memory:" {
                return Err(CatalogueError::BadUrl);
            }
            return open_sqlite(Path::new(path), max_connections).await;
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let options = PgConnectOptions::from_str(url).map_err(|_| CatalogueError::BadUrl)?;
            return open_postgres(options, max_connections).await;
        }
        Err(CatalogueError::BadUrl)
    }
}

/// The file beside an SQLite database that exists while a back-up is restored. While it exists, the database is not opened.
#[must_use]
pub fn restore_marker(database: &Path) -> PathBuf {
    PathBuf::from(format!("{}.restore-unfinished", database.display()))
}

async fn open_sqlite(path: &Path, max_connections: u32) -> Result<Database, CatalogueError> {
    // SQLite has no lock that spans several migrations. Therefore a file beside the database is locked while one process creates or migrates
    // the database.
    let marker = restore_marker(path);
    if marker.exists() {
        return Err(CatalogueError::RestoreInterrupted { marker });
    }
    let lock_path = PathBuf::from(format!("{}.lock", path.display()));
    let database_path = path.to_owned();
    let lock = tokio::task::spawn_blocking(move || -> std::io::Result<std::fs::File> {
        let lock = private(std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(false)).open(&lock_path)?;
        lock.lock()?;
        // The database file is created here with private permissions, so that other users can never read it. An existing file is not opened
        // here. To close a file would release all locks of this process on the file, also the locks of SQLite's connections. Another process
        // would then delete the write-ahead log that these connections use.
        match private(std::fs::OpenOptions::new().write(true).create_new(true)).open(&database_path) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        Ok(lock)
    })
    .await
    .map_err(|_| CatalogueError::Unavailable)?
    .map_err(|error| {
        tracing::error!(kind = ?error.kind(), "catalogue: the database file cannot be opened");
        CatalogueError::Unavailable
    })?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .disable_statement_logging();
    let connections = |most| {
        SqlitePoolOptions::new()
            .max_connections(most)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            // A connection to a file does not fail while it is unused, so the pool need not test it before use.
            .test_before_acquire(false)
    };
    let pool = connections(max_connections.max(2))
        .connect_with(options.clone())
        .await
        .map_err(failure)?;
    migrations::sqlite().run(&pool).await.map_err(migration_failure)?;
    let file = Arc::new(SqliteFile::at(path)?);
    let lanes = Lanes::open(Path::new(&format!("{}.consent", path.display())))?;
    drop(lock);
    Ok(Database::Sqlite {
        pool,
        // SQLite permits one write at a time, so one connection for consent writes suffices.
        consents: connections(1).connect_lazy_with(options),
        lanes: Arc::new(lanes),
        file,
    })
}

/// Restricts a new file's permissions to the owner.
fn private(options: &mut std::fs::OpenOptions) -> &mut std::fs::OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

async fn open_postgres(options: PgConnectOptions, max_connections: u32) -> Result<Database, CatalogueError> {
    let options = options.application_name("gemj-gateway").disable_statement_logging();
    let connected = postgres_connections(max_connections.max(2)).connect_with(options.clone()).await;
    let pool = match connected {
        Ok(pool) => pool,
        Err(error) => return Err(not_connected(error, &options).await),
    };
    // The migrator holds an advisory lock of the database during the migration.
    migrations::postgres().run(&pool).await.map_err(migration_failure)?;
    Ok(Database::Postgres {
        pool,
        consents: postgres_connections(CONSENT_CONNECTIONS).connect_lazy_with(options),
    })
}

/// The reason why no connection could be made. The pool waits for a server that starts later, and then reports only that time is up, so the reason
/// comes from one more attempt.
async fn not_connected(error: sqlx::Error, options: &PgConnectOptions) -> CatalogueError {
    let error = match error {
        sqlx::Error::PoolTimedOut => match tokio::time::timeout(ACQUIRE_TIMEOUT, options.connect()).await {
            Ok(Err(error)) => error,
            Ok(Ok(_)) | Err(_) => sqlx::Error::PoolTimedOut,
        },
        error => error,
    };
    let why = match &error {
        // Codes of PostgreSQL, Appendix A: 28 invalid authorization, 3D000 invalid catalog name, 53300 too many connections.
        sqlx::Error::Database(refused) => match refused.code().as_deref() {
            Some("3D000") => "the server has no database of this name",
            Some("28000" | "28P01") => "the server refuses this user or password",
            Some("53300") => "the server has no connection left for this user",
            _ => return failure(error),
        },
        sqlx::Error::Io(fault) => match fault.kind() {
            std::io::ErrorKind::ConnectionRefused => "no server listens at the address and port of the URL",
            std::io::ErrorKind::ReadOnlyFilesystem => "the server is a standby, and the primary is needed",
            _ => "the server's address cannot be reached",
        },
        sqlx::Error::Tls(_) => "TLS to the server failed",
        sqlx::Error::PoolTimedOut => "no connection was made in time",
        _ => return failure(error),
    };
    CatalogueError::NotConnected { why }
}

pub(super) fn postgres_connections(most: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(|connection, _| {
            Box::pin(async move {
                // A replica can lag behind a withdrawal. Therefore only the primary is accepted.
                let standby: bool = sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(&mut *connection).await?;
                if standby {
                    tracing::error!("catalogue: the database is a standby; the primary is needed");
                    return Err(sqlx::Error::Io(std::io::ErrorKind::ReadOnlyFilesystem.into()));
                }
                // Writes lock the state row and then read committed data. A stricter isolation level would show an older snapshot.
                connection.execute("SET default_transaction_isolation = 'read committed'").await?;
                // A process that stops in the middle of a write must not block the other processes forever.
                connection
                    .execute("SET lock_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s'")
                    .await?;
                // An acknowledged withdrawal must survive a crash. Therefore a weaker default of the database is overridden.
                connection
                    .execute("SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')")
                    .await?;
                Ok(())
            })
        })
}

fn migration_failure(error: MigrateError) -> CatalogueError {
    match error {
        MigrateError::Execute(error) => failure(error),
        MigrateError::VersionMissing(database) if database > migrations::newest() => CatalogueError::NewerSchema {
            database,
            program: migrations::newest(),
        },
        MigrateError::VersionMissing(version) | MigrateError::VersionMismatch(version) | MigrateError::Dirty(version) => {
            tracing::error!(version, "catalogue: the database has a migration of another version");
            CatalogueError::Schema
        }
        _ => {
            tracing::error!("catalogue: the database could not be migrated");
            CatalogueError::Schema
        }
    }
}
