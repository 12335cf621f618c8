//! Used client assertions (SMART Backend Services). All replicas share one table, so that no replica accepts an assertion that another replica
//! accepted.

use gemj_access::{Job, Upkeep};
use gemj_model::Timestamp;

use crate::catalogue::{Catalogue, check_job};
use crate::database::Value;
use crate::error::CatalogueError;

impl Catalogue {
    /// Records an assertion as used until it expires (job `RememberAssertions`). Returns false if the assertion was already used. Also deletes
    /// assertions that expired more than 60 s ago.
    ///
    /// # Errors
    /// The database does not answer or cannot be written. The calling code must then reject the assertion.
    pub async fn use_assertion(&self, upkeep: Upkeep, digest: &str, expires: Timestamp) -> Result<bool, CatalogueError> {
        check_job(upkeep, &[Job::RememberAssertions])?;
        let mut transaction = self.database.begin_write().await?;
        let forget = "DELETE FROM used_assertion WHERE expires < $1";
        transaction.execute(forget, vec![self.clock.now().plus_seconds(-60).into()]).await?;
        let insert = "INSERT INTO used_assertion (digest, expires) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING";
        let taken = transaction
            .execute(insert, vec![Value::outside(digest, "digest")?, expires.into()])
            .await?;
        transaction.commit().await?;
        Ok(taken == 1)
    }
}
