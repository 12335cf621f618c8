//! A connection that is kept for one small read, which every answer begins with. One from the pool would be asked whether it lives before and
//! after each use: three round trips for one.

use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{Database, Row, failure};
use crate::error::CatalogueError;

/// After this time a connection is made anew, so that what the pool checks of new ones is checked again.
const LONGEST_KEPT: Duration = Duration::from_secs(600);

/// A connection outside the pool, made by it at the first read.
#[derive(Default)]
pub(crate) struct KeptConnection {
    kept: Mutex<Option<(Connection, Instant)>>,
}

enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl KeptConnection {
    /// Reads all rows of a statement without arguments. Where the kept connection fails, a new one is asked: a read is never answered from before
    /// the call.
    pub(crate) async fn fetch_all(&self, database: &Database, sql: &'static str) -> Result<Vec<Row>, CatalogueError> {
        if database.is_closed() {
            return Err(CatalogueError::Unavailable);
        }
        let mut kept = self.kept.lock().await;
        // Taken out while it is asked: one that a call gave up in the middle of an answer is not asked again.
        if let Some((mut connection, since)) = kept.take()
            && since.elapsed() < LONGEST_KEPT
            && let Ok(rows) = connection.fetch_all(sql).await
        {
            *kept = Some((connection, since));
            return Ok(rows);
        }
        let mut connection = match database {
            Database::Sqlite { pool, .. } => Connection::Sqlite(pool.acquire().await.map_err(failure)?.detach()),
            Database::Postgres { pool, .. } => Connection::Postgres(pool.acquire().await.map_err(failure)?.detach()),
        };
        let rows = connection.fetch_all(sql).await?;
        *kept = Some((connection, Instant::now()));
        Ok(rows)
    }
}

impl Connection {
    async fn fetch_all(&mut self, sql: &'static str) -> Result<Vec<Row>, CatalogueError> {
        match self {
            Self::Sqlite(connection) => {
                let rows = sqlx::query::<sqlx::Sqlite>(sql).fetch_all(connection).await.map_err(failure)?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(connection) => {
                let rows = sqlx::query::<sqlx::Postgres>(sql).fetch_all(connection).await.map_err(failure)?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }
}
