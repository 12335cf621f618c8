//! Transactions of either database. If a transaction is dropped without `commit`, nothing is written.

use std::time::Duration;

use sqlx::postgres::Postgres;
use sqlx::sqlite::Sqlite;
use sqlx::{AssertSqlSafe, SqlSafeStr};
use tokio::time::Instant;

use super::give_way::{give_way, gives_way};
use super::lanes::{Lane, Turn};
use super::{Database, Row, Value, bind, failure};
use crate::error::CatalogueError;

/// A transaction in progress on one of the two databases.
pub(crate) enum Transaction {
    Sqlite {
        transaction: sqlx::Transaction<'static, Sqlite>,
        /// The turn of a write; absent for a read. The turn is dropped after the transaction, so that the next write finds the database free.
        turn: Option<Turn>,
    },
    Postgres {
        transaction: sqlx::Transaction<'static, Postgres>,
        lane: Lane,
        /// The time of the last check whether a consent write waits.
        looked: Instant,
    },
}

/// The interval between two checks whether a consent write waits, on PostgreSQL. Each check costs a query.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// On PostgreSQL, the turns of writes are advisory locks. The select list is evaluated from left to right, so only one ordinary write at a time
/// waits for consent writes.
const TAKE_CONSENT_TURN: &str = "SELECT pg_advisory_xact_lock(1734506, 2)";
const TAKE_ORDINARY_TURN: &str = "SELECT pg_advisory_xact_lock(1734506, 1), pg_advisory_xact_lock_shared(1734506, 2)";
const CONSENT_WAITS: &str = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = 1734506 AND objid = 2 AND NOT granted \
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1";

impl Database {
    /// Begins an ordinary transaction that may write. On SQLite, no other write can run from the return of this call until the transaction
    /// ends.
    pub(crate) async fn begin_write(&self) -> Result<Transaction, CatalogueError> {
        self.begin_write_in(Lane::Ordinary).await
    }

    /// Begins a transaction that may write, in the given lane. On SQLite, no other write can run from the return of this call until the
    /// transaction ends.
    pub(crate) async fn begin_write_in(&self, lane: Lane) -> Result<Transaction, CatalogueError> {
        match self {
            Self::Sqlite { pool, consents, lanes, .. } => {
                let turn = lanes.turn(lane).await;
                let pool = match lane {
                    Lane::Consent => consents,
                    Lane::Ordinary => pool,
                };
                let transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(failure)?;
                Ok(Transaction::Sqlite {
                    transaction,
                    turn: Some(turn),
                })
            }
            Self::Postgres { pool, consents } => {
                let pool = match lane {
                    Lane::Consent => consents,
                    Lane::Ordinary => pool,
                };
                let transaction = pool.begin().await.map_err(failure)?;
                Ok(Transaction::Postgres {
                    transaction,
                    lane,
                    looked: Instant::now(),
                })
            }
        }
    }

    /// Begins a transaction that reads one snapshot.
    pub(crate) async fn begin_snapshot(&self) -> Result<Transaction, CatalogueError> {
        match self {
            Self::Sqlite { pool, .. } => Ok(Transaction::Sqlite {
                transaction: pool.begin().await.map_err(failure)?,
                turn: None,
            }),
            Self::Postgres { pool, .. } => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Ok(Transaction::Postgres {
                    transaction: pool.begin_with(begin).await.map_err(failure)?,
                    lane: Lane::Ordinary,
                    looked: Instant::now(),
                })
            }
        }
    }
}

impl Transaction {
    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres { .. })
    }

    /// Waits, on PostgreSQL, until this write may lock the state row. Ordinary writes pass one at a time, and none of them passes while a
    /// consent write waits. The turn ends with the transaction. On SQLite, the write has had its turn since it began.
    pub(crate) async fn take_turn(&mut self) -> Result<(), CatalogueError> {
        let sql = match self {
            Self::Sqlite { .. } => return Ok(()),
            Self::Postgres { lane: Lane::Consent, .. } => TAKE_CONSENT_TURN,
            Self::Postgres { lane: Lane::Ordinary, .. } => TAKE_ORDINARY_TURN,
        };
        self.execute(sql, Vec::new()).await.map(|_| ())
    }

    /// Runs a constant statement and returns the number of affected rows.
    pub(crate) async fn execute(&mut self, sql: &'static str, arguments: Vec<Value>) -> Result<u64, CatalogueError> {
        self.run(sql, arguments).await
    }

    /// Runs a statement that consists of constant parts and placeholders, and returns the number of affected rows.
    pub(crate) async fn execute_of(&mut self, sql: String, arguments: Vec<Value>) -> Result<u64, CatalogueError> {
        self.run(AssertSqlSafe(sql), arguments).await
    }

    /// Ends a long write with an error if a consent write waits. Does nothing for a write that does not give way.
    async fn pass_consent(&mut self) -> Result<(), CatalogueError> {
        if !gives_way() {
            return Ok(());
        }
        let waits = match self {
            Self::Sqlite { turn, .. } => turn.as_ref().is_some_and(Turn::holds_up_consent),
            Self::Postgres { looked, .. } if looked.elapsed() < LOOK_EVERY => false,
            Self::Postgres { lane: Lane::Consent, .. } => false,
            Self::Postgres { looked, .. } => {
                *looked = Instant::now();
                !self.fetch(CONSENT_WAITS, Vec::new()).await?.is_empty()
            }
        };
        if waits {
            give_way();
            return Err(CatalogueError::Unavailable);
        }
        Ok(())
    }

    async fn run(&mut self, sql: impl SqlSafeStr, arguments: Vec<Value>) -> Result<u64, CatalogueError> {
        self.pass_consent().await?;
        match self {
            Self::Sqlite { transaction, .. } => {
                let done = bind!(Sqlite, sql, arguments).execute(&mut **transaction).await;
                Ok(done.map_err(failure)?.rows_affected())
            }
            Self::Postgres { transaction, .. } => {
                let done = bind!(Postgres, sql, arguments).execute(&mut **transaction).await;
                Ok(done.map_err(failure)?.rows_affected())
            }
        }
    }

    /// Reads all rows of a constant statement.
    pub(crate) async fn fetch_all(&mut self, sql: &'static str, arguments: Vec<Value>) -> Result<Vec<Row>, CatalogueError> {
        self.fetch(sql, arguments).await
    }

    /// Reads all rows of a statement that consists of constant parts and placeholders.
    pub(crate) async fn fetch_all_of(&mut self, sql: String, arguments: Vec<Value>) -> Result<Vec<Row>, CatalogueError> {
        self.fetch(AssertSqlSafe(sql), arguments).await
    }

    /// Reads the first row of a constant statement. Absent if there is no row.
    pub(crate) async fn fetch_first(&mut self, sql: &'static str, arguments: Vec<Value>) -> Result<Option<Row>, CatalogueError> {
        Ok(self.fetch(sql, arguments).await?.into_iter().next())
    }

    async fn fetch(&mut self, sql: impl SqlSafeStr, arguments: Vec<Value>) -> Result<Vec<Row>, CatalogueError> {
        match self {
            Self::Sqlite { transaction, .. } => {
                let rows = bind!(Sqlite, sql, arguments).fetch_all(&mut **transaction).await.map_err(failure)?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres { transaction, .. } => {
                let rows = bind!(Postgres, sql, arguments)
                    .fetch_all(&mut **transaction)
                    .await
                    .map_err(failure)?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// Commits the transaction. If the database does not answer, the transaction may have been written completely or not at all.
    pub(crate) async fn commit(self) -> Result<(), CatalogueError> {
        match self {
            Self::Sqlite { transaction, turn: _turn } => transaction.commit().await.map_err(failure),
            Self::Postgres { transaction, .. } => transaction.commit().await.map_err(failure),
        }
    }
}
