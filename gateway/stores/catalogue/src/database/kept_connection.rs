//! A connection that is kept open for one small read at the start of every answer. The pool would test a connection before and after each use,
//! so a read would cost three round trips instead of one.

use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{Database, Row, failure};
use crate::error::CatalogueError;

/// The maximum age of a kept connection. After this time a new connection replaces it, and the pool's checks of new connections run again.
const LONGEST_KEPT: Duration = Duration::from_secs(600);

/// A connection that stays outside the pool. The pool creates it at the first read.
#[derive(Default)]
pub(crate) struct KeptConnection {
    kept: Mutex<Option<(Connection, Instant)>>,
}

enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl KeptConnection {
    /// Reads all rows of a statement without arguments. If the kept connection fails, the statement is repeated on a new connection. The result
    /// always contains data that was current after the call began.
    pub(crate) async fn fetch_all(&self, database: &Database, sql: &'static str) -> Result<Vec<Row>, CatalogueError> {
        if database.is_closed() {
            return Err(CatalogueError::Unavailable);
        }
        let mut kept = self.kept.lock().await;
        // The connection is removed from its place while it is used. If the call is cancelled, the connection is dropped, so that it is never
        // used again in the middle of an answer.
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
