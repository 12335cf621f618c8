//! The steps after the rows are erased: the sources of the carrier index, the stored files, and the end.

use std::collections::BTreeSet;

use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_model::Ordinal;

use super::People;
use crate::catalogue::{Catalogue, check_job};
use crate::database::{Transaction, Value};
use crate::error::CatalogueError;
use crate::segment_lease::{SegmentLease, replace_in_manifest};
use crate::segments::SegmentRow;
use crate::write::lock_state;

/// What is still to be erased from the carrier index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PurgedSources {
    /// The sources that can have entries of participants whose rows are erased.
    pub names: BTreeSet<String>,
    /// The participants whose rows are erased.
    pub participants: BTreeSet<Ordinal>,
}

const PURGED: &str = "SELECT ordinal FROM purge";

/// The participants whose rows are erased, as a transaction sees them.
pub(crate) async fn purged_in(transaction: &mut Transaction) -> Result<BTreeSet<Ordinal>, CatalogueError> {
    let rows = transaction.fetch_all(PURGED, Vec::new()).await?;
    rows.iter().map(|row| row.ordinal(0)).collect()
}

impl Catalogue {
    /// What is still to be erased from the carrier index, of all erasures (job `BuildSegments`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn purged_sources(&self, upkeep: Upkeep) -> Result<PurgedSources, CatalogueError> {
        check_job(upkeep, &[Job::BuildSegments])?;
        let mut found = PurgedSources::default();
        for row in self.database.fetch_all("SELECT name FROM purge_source", Vec::new()).await? {
            found.names.insert(row.text(0, "source")?);
        }
        // The sources of a person are noted under one of its participants. A repeated erasure notes sources of participants whose erasure has ended.
        for row in self.database.fetch_all(PURGED, Vec::new()).await? {
            found.participants.insert(row.ordinal(0)?);
        }
        Ok(found)
    }

    /// The participants whose rows are erased (job `BuildSegments`). A file that other participants need can have columns of them.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn purged_participants(&self, upkeep: Upkeep) -> Result<BTreeSet<Ordinal>, CatalogueError> {
        check_job(upkeep, &[Job::BuildSegments])?;
        let rows = self.database.fetch_all(PURGED, Vec::new()).await?;
        rows.iter().map(|row| row.ordinal(0)).collect()
    }

    /// Replaces segments by others without the entries of erased participants, in one transaction (action `Purge`).
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `lease` if another holder has leased the scope since, `segment` if a replaced segment is no longer in the manifest.
    pub async fn commit_purged_segments(
        &self,
        mandate: &Mandate,
        lease: &SegmentLease,
        replaced: &[String],
        segments: &[SegmentRow],
    ) -> Result<(), CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::Purge]).await?;
        let now = self.clock.now();
        replace_in_manifest(&mut write, lease, replaced, segments, now).await?;
        write.commit(self, mandate, "carrier-index", replaced.len() as u64).await?;
        Ok(())
    }

    /// Notes that no segment of the manifest has entries of these sources of erased participants any more (job `BuildSegments`).
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn forget_purged_sources(&self, upkeep: Upkeep, sources: &PurgedSources) -> Result<(), CatalogueError> {
        check_job(upkeep, &[Job::BuildSegments])?;
        let mut transaction = self.database.begin_write().await?;
        lock_state(&mut transaction).await?;
        for ordinal in &sources.participants {
            let sql = "DELETE FROM purge_source WHERE ordinal = $1";
            transaction.execute(sql, vec![ordinal.0.into()]).await?;
        }
        transaction.commit().await
    }

    /// The storage keys of files whose rows are erased and whose bytes may still be there (job `IndexFiles`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn purged_files(&self, upkeep: Upkeep) -> Result<Vec<String>, CatalogueError> {
        check_job(upkeep, &[Job::IndexFiles])?;
        let sql = "SELECT storage_key FROM purge_file ORDER BY storage_key";
        let rows = self.database.fetch_all(sql, Vec::new()).await?;
        rows.iter().map(|row| row.text(0, "storage key")).collect()
    }

    /// Notes that the bytes of a file are erased (job `IndexFiles`).
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn forget_purged_file(&self, upkeep: Upkeep, storage_key: &str) -> Result<(), CatalogueError> {
        check_job(upkeep, &[Job::IndexFiles])?;
        let mut transaction = self.database.begin_write().await?;
        lock_state(&mut transaction).await?;
        let sql = "DELETE FROM purge_file WHERE storage_key = $1";
        transaction.execute(sql, vec![Value::outside(storage_key, "storage_key")?]).await?;
        transaction.commit().await
    }

    /// Records that the last bytes of a person are erased (action `Purge`). Does nothing if that is recorded already.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn end_purge(&self, mandate: &Mandate, people: &[Ordinal]) -> Result<(), CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::Purge]).await?;
        let now = self.clock.now();
        let mut ended = 0;
        for ordinal in People::new(people).ordinals() {
            let sql = "UPDATE purge SET state = 'ended', ended = $2 WHERE ordinal = $1 AND state = 'begun'";
            ended += write.transaction.execute(sql, vec![ordinal.0.into(), now.into()]).await?;
        }
        if ended > 0 {
            let numbers: Vec<String> = people.iter().map(|person| person.0.to_string()).collect();
            write
                .commit(self, mandate, &format!("participant:{} erased", numbers.join(",")), ended)
                .await?;
        }
        Ok(())
    }
}
