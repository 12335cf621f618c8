//! A consistent copy of an SQLite database for a back-up, and the stored files that a database needs.

use std::path::Path;

use gemj_access::{Job, Upkeep};

use crate::catalogue::{Catalogue, check_job};
use crate::database::{Database, failure};
use crate::error::CatalogueError;
use crate::programme_state::{ProgrammeState, READ_STATE, state_of};

/// The state of a database, and all bytes in the object store that it refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKeys {
    /// The state of the database.
    pub state: ProgrammeState,
    /// The bytes, in no particular order.
    pub keys: Vec<StoredKey>,
}

/// The bytes that a row of the database refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// The key of the bytes in the object store.
    pub key: String,
    /// The size and the SHA-256 in lower-case hex. Absent for the index of a file, of which the database stores no checksum.
    pub content: Option<(u64, String)>,
}

impl Catalogue {
    /// Writes a copy of the database to a file that does not exist yet, while other processes read and write (job `BackUp`). The copy contains
    /// exactly the writes that were committed before the copy began. Returns false for PostgreSQL, which has its own tools.
    ///
    /// # Errors
    /// The file exists or cannot be written, or the database cannot be read ([`CatalogueError::Unavailable`]).
    pub async fn copy_to(&self, upkeep: Upkeep, path: &Path) -> Result<bool, CatalogueError> {
        check_job(upkeep, &[Job::BackUp])?;
        let Database::Sqlite { pool, .. } = &self.database else {
            return Ok(false);
        };
        let path = path.to_str().ok_or(CatalogueError::Invalid { field: "path" })?;
        // VACUUM INTO reads one snapshot and writes the copy with its own journal. It needs no place for the write-ahead log.
        sqlx::query("VACUUM INTO $1").bind(path).execute(pool).await.map_err(failure)?;
        Ok(true)
    }

    /// The keys of all bytes that the database refers to, and the state of the database in the same snapshot (job `BackUp`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn stored_keys(&self, upkeep: Upkeep) -> Result<StoredKeys, CatalogueError> {
        check_job(upkeep, &[Job::BackUp])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        let state = state_of(snapshot.fetch_first(READ_STATE, Vec::new()).await?.as_ref())?;
        let mut keys = Vec::new();
        // A file whose bytes were erased has empty keys.
        let sql = "SELECT storage_key, size_bytes, sha256 FROM data_object WHERE storage_key <> '' \
                   UNION ALL SELECT storage_key, size_bytes, sha256 FROM segment";
        for row in snapshot.fetch_all(sql, Vec::new()).await? {
            keys.push(StoredKey {
                key: row.text(0, "storage key")?,
                content: Some((row.count(1, "size")?, row.text(2, "checksum")?)),
            });
        }
        for row in snapshot
            .fetch_all("SELECT index_key FROM data_object WHERE index_key <> ''", Vec::new())
            .await?
        {
            keys.push(StoredKey {
                key: row.text(0, "index key")?,
                content: None,
            });
        }
        Ok(StoredKeys { state, keys })
    }
}
