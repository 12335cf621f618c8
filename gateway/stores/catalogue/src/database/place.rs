//! The place of a database: the file, or the server and the database on it. A restored copy is at another place than the original.

use super::Database;
use crate::error::CatalogueError;

/// Whether the role may read the identity of the PostgreSQL server. Some providers forbid these functions.
const MAY_READ_SERVER: &str = "SELECT has_function_privilege('pg_control_system()', 'EXECUTE') \
     AND has_function_privilege('pg_current_wal_lsn()', 'EXECUTE') AND has_function_privilege('pg_walfile_name(pg_lsn)', 'EXECUTE')";

/// The identity of the server, its timeline, and the number of the database. A dump that is loaded elsewhere has another server or another number. A
/// base back-up that was recovered, and a standby that was promoted, have another timeline.
const SERVER: &str = "SELECT system_identifier::text || ':' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || ':' || \
     (SELECT oid::text FROM pg_database WHERE datname = current_database()) FROM pg_control_system()";

const DATABASE: &str = "SELECT oid::text FROM pg_database WHERE datname = current_database()";

impl Database {
    /// The place of the database. Two calls have the same result as long as no copy replaced the database.
    pub(crate) async fn place(&self) -> Result<String, CatalogueError> {
        let what = "place of the database";
        match self {
            Self::Sqlite { file, .. } => file.place(),
            Self::Postgres { .. } => {
                let rows = self.fetch_all(MAY_READ_SERVER, Vec::new()).await?;
                let may = rows.first().map(|row| row.bool(0, what)).transpose()?.unwrap_or(false);
                let (kind, sql) = if may { ("server", SERVER) } else { ("database", DATABASE) };
                let rows = self.fetch_all(sql, Vec::new()).await?;
                let row = rows.first().ok_or(CatalogueError::Corrupt { what })?;
                Ok(format!("{kind}:{}", row.text(0, what)?))
            }
        }
    }
}
