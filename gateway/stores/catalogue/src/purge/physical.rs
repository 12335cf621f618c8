//! Removes the bytes of deleted rows from the files of the database.

use gemj_access::{Mandate, WriteAction};
use sqlx::{AssertSqlSafe, Row as _};

use super::rows::{CHANGED, ROWS};
use crate::catalogue::Catalogue;
use crate::database::{Database, failure};
use crate::error::CatalogueError;

impl Catalogue {
    /// Writes the database's files again without the bytes of deleted and changed rows (actions `Purge`, `KeepVault`). SQLite rewrites the whole file and
    /// empties its journal. PostgreSQL rewrites the tables from which an erasure deletes; other processes wait for a table while it is rewritten.
    ///
    /// The bytes stay in places outside these files: PostgreSQL's write-ahead log until it is recycled, replicas, back-ups, and blocks of the disk that
    /// are free.
    ///
    /// # Errors
    /// [`CatalogueError::Unavailable`] also if another process reads an earlier state of the database for too long. The call can be repeated.
    pub async fn rewrite_files(&self, mandate: &Mandate) -> Result<(), CatalogueError> {
        if !matches!(mandate.action(), WriteAction::Purge | WriteAction::KeepVault) {
            return Err(CatalogueError::WrongKey);
        }
        match &self.database {
            Database::Sqlite { pool, .. } => {
                let mut connection = pool.acquire().await.map_err(failure)?;
                sqlx::query("VACUUM").execute(&mut *connection).await.map_err(failure)?;
                let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
                    .fetch_one(&mut *connection)
                    .await
                    .map_err(failure)?;
                // SQLite, PRAGMA wal_checkpoint: the first column is 1 if the journal could not be emptied.
                let busy: i64 = row.try_get(0).map_err(failure)?;
                if busy != 0 {
                    tracing::error!(
                        "catalogue: the journal of the database could not be emptied, because another process reads the database"
                    );
                    return Err(CatalogueError::Unavailable);
                }
                Ok(())
            }
            Database::Postgres { pool, .. } => {
                let mut tables: Vec<&str> = ROWS.iter().map(|rows| rows.table).chain(CHANGED).collect();
                tables.sort_unstable();
                tables.dedup();
                for table in tables {
                    let sql = format!("VACUUM (FULL) {table}");
                    sqlx::query(AssertSqlSafe(sql)).execute(pool).await.map_err(failure)?;
                }
                Ok(())
            }
        }
    }
}
