//! The two supported databases behind one enum. Each statement is written once, with `$1` placeholders and plain types, and runs on both
//! databases.

mod failure;
mod give_way;
mod insert;
mod kept_connection;
mod lanes;
mod migrations;
mod open;
mod place;
mod row;
mod schema_state;
mod sqlite_file;
mod transaction;
mod value;

use sqlx::postgres::{PgPool, Postgres};
use sqlx::sqlite::{Sqlite, SqlitePool};
use sqlx::{AssertSqlSafe, SqlSafeStr};

use crate::error::CatalogueError;

pub(crate) use failure::failure;
pub(crate) use give_way::{Attempt, MOST_BEGINNINGS, giving_way};
pub(crate) use insert::{MAX_PARAMETERS, placeholders};
pub(crate) use kept_connection::KeptConnection;
pub(crate) use lanes::Lane;
use lanes::Lanes;
pub use open::restore_marker;
pub(crate) use row::Row;
pub use schema_state::{SchemaState, SchemaStep, schema_state};
use sqlite_file::SqliteFile;
pub(crate) use transaction::Transaction;
pub(crate) use value::Value;

/// Connections to one of the two supported databases. Clones share the connections.
#[derive(Clone)]
pub(crate) enum Database {
    Sqlite {
        pool: SqlitePool,
        /// A connection only for consent writes. Without it, a consent write could wait for a free connection of the other pool.
        consents: SqlitePool,
        /// The order of writes: a waiting consent write is executed before other waiting writes.
        lanes: std::sync::Arc<Lanes>,
        /// The database file that the connections have open.
        file: std::sync::Arc<SqliteFile>,
    },
    Postgres {
        pool: PgPool,
        /// Connections only for consent writes, so that a consent write does not wait for a free connection of the other pool.
        consents: PgPool,
    },
}

/// Binds a list of [`Value`] to a query for one of the two databases.
macro_rules! bind {
    ($database:ty, $sql:expr, $arguments:expr) => {{
        let mut query = sqlx::query::<$database>($sql);
        for argument in $arguments {
            query = match argument {
                Value::Int(value) => query.bind(value),
                Value::MaybeInt(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::MaybeText(value) => query.bind(value),
                Value::Bool(value) => query.bind(value),
                Value::Bytes(value) => query.bind(value),
                Value::MaybeBytes(value) => query.bind(value),
            };
        }
        query
    }};
}
pub(crate) use bind;

impl Database {
    /// Reads all rows of one constant statement, outside a transaction.
    pub(crate) async fn fetch_all(&self, sql: &'static str, arguments: Vec<Value>) -> Result<Vec<Row>, CatalogueError> {
        self.fetch(sql, arguments).await
    }

    /// Reads all rows of one statement that consists of constant parts and placeholders, outside a transaction.
    pub(crate) async fn fetch_all_of(&self, sql: String, arguments: Vec<Value>) -> Result<Vec<Row>, CatalogueError> {
        self.fetch(AssertSqlSafe(sql), arguments).await
    }

    async fn fetch(&self, sql: impl SqlSafeStr, arguments: Vec<Value>) -> Result<Vec<Row>, CatalogueError> {
        match self {
            Self::Sqlite { pool, .. } => {
                let rows = bind!(Sqlite, sql, arguments).fetch_all(pool).await.map_err(failure)?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres { pool, .. } => {
                let rows = bind!(Postgres, sql, arguments).fetch_all(pool).await.map_err(failure)?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// Whether the database was closed.
    pub(crate) fn is_closed(&self) -> bool {
        match self {
            Self::Sqlite { pool, .. } => pool.is_closed(),
            Self::Postgres { pool, .. } => pool.is_closed(),
        }
    }

    /// Closes all connections. Later calls fail.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { pool, consents, .. } => {
                pool.close().await;
                consents.close().await;
            }
            Self::Postgres { pool, consents } => {
                pool.close().await;
                consents.close().await;
            }
        }
    }
}
