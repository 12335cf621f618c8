//! The clock of the database's machine.

use gemj_model::Timestamp;

use crate::catalogue::Catalogue;
use crate::database::Database;
use crate::error::CatalogueError;

impl Catalogue {
    /// The time of the database server's clock. Absent for SQLite, which has no server. The time is no protected data, so no key is needed.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn database_time(&self) -> Result<Option<Timestamp>, CatalogueError> {
        if let Database::Sqlite { .. } = &self.database {
            return Ok(None);
        }
        let sql = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)";
        let rows = self.database.fetch_all(sql, Vec::new()).await?;
        let row = rows.first().ok_or(CatalogueError::Corrupt { what: "database time" })?;
        Ok(i64::try_from(row.count(0, "time")?).ok().map(Timestamp))
    }
}
