//! The write of one message of a listener: its units and its account are one transaction, so a message is stored and counted, or neither.

use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_model::fact::{CaseRecord, Committed, FactSource, StoredUnit};
use gemj_model::{DatasetId, ParticipantId, SiteId, Timestamp};

use super::write::{add_quarantined, resolve};
use super::{IngestCount, IngestResult, IngestState};
use crate::catalogue::{Catalogue, check_job};
use crate::database::{Value, placeholders};
use crate::error::CatalogueError;
use crate::facts::{Stored, hide_in, store_case, stored_unit_in};
use crate::linked_numbers::{linked_participant_in, released_in};
use crate::write::Write;

/// A message that is being written. If the value is dropped without [`MessageWrite::end`], nothing of the message is stored.
pub struct MessageWrite {
    catalogue: Catalogue,
    mandate: Mandate,
    write: Write,
    rows: u64,
}

/// The maximum number of counts that one SQL statement adds. The numbers are powers of two, so that there are few statements, each prepared once.
const COUNTS_AT_ONCE: usize = 32;

impl Catalogue {
    /// Begins the write of one message (action `Ingest`). No other write can run until the message ends.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn begin_message(&self, mandate: &Mandate) -> Result<MessageWrite, CatalogueError> {
        Ok(MessageWrite {
            catalogue: self.clone(),
            mandate: mandate.clone(),
            write: self.begin_write(mandate, &[WriteAction::Ingest]).await?,
            rows: 0,
        })
    }

    /// Stores that the run of a listener ended (action `Ingest`).
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`] if no such run is listening; the database does not answer.
    pub async fn end_listening_run(&self, mandate: &Mandate, run: &str, ended: Timestamp) -> Result<(), CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::Ingest]).await?;
        let sql = "UPDATE ingest_run SET state = $2, ended = $3 WHERE id = $1 AND state = 'listening'";
        let values = vec![Value::outside(run, "run")?, IngestState::Ended.as_str().into(), ended.into()];
        if write.transaction.execute(sql, values).await? != 1 {
            return Err(CatalogueError::NotFound { what: "listening run" });
        }
        write.commit(self, mandate, &format!("ingest-run:{run}"), 0).await?;
        Ok(())
    }
}

impl MessageWrite {
    /// The participant to whom a number is linked (job `ResolveNumbers`), as [`Catalogue::linked_participant`] finds it. The link cannot change before the
    /// message is stored.
    ///
    /// # Errors
    /// The errors of [`Catalogue::linked_participant`].
    pub async fn linked_participant(
        &mut self,
        upkeep: Upkeep,
        site: &SiteId,
        namespace: &str,
        digests: &[String; 3],
    ) -> Result<Option<ParticipantId>, CatalogueError> {
        check_job(upkeep, &[Job::ResolveNumbers])?;
        linked_participant_in(&mut self.write.transaction, site, namespace, digests).await
    }

    /// The time since when a number names its participant, as [`Catalogue::released_numbers`] finds it. `digest` is the present digest of the number.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn released_number(
        &mut self,
        upkeep: Upkeep,
        site: &SiteId,
        namespace: &str,
        digest: &str,
    ) -> Result<Option<Timestamp>, CatalogueError> {
        check_job(upkeep, &[Job::ResolveNumbers])?;
        released_in(&mut self.write.transaction, site, namespace, digest).await
    }

    /// Stores one case of the message, as [`Catalogue::commit_case`] does. A case that is refused leaves nothing, and the other cases of the message stay.
    ///
    /// # Errors
    /// The errors of [`Catalogue::commit_case`]. After any other error than `Conflict` and `Invalid`, the message cannot be stored.
    pub async fn commit_case(&mut self, record: &CaseRecord) -> Result<Committed, CatalogueError> {
        let write = &mut self.write;
        write.transaction.execute("SAVEPOINT one_case", Vec::new()).await?;
        let stored = store_case(write, self.catalogue.clock.now().0, record, None).await;
        let stored = match stored {
            Ok(stored @ (Stored::Version | Stored::Case { .. })) => Ok(stored),
            nothing @ (Ok(Stored::Nothing(_)) | Err(CatalogueError::Conflict { .. } | CatalogueError::Invalid { .. })) => {
                write.transaction.execute("ROLLBACK TO SAVEPOINT one_case", Vec::new()).await?;
                nothing
            }
            Err(error) => return Err(error),
        };
        write.transaction.execute("RELEASE SAVEPOINT one_case", Vec::new()).await?;
        Ok(match stored? {
            Stored::Nothing(outcome) => outcome,
            Stored::Version => Committed::Duplicate,
            Stored::Case { outcome, rows } => {
                self.rows += rows;
                outcome
            }
        })
    }

    /// What is stored of a unit, as [`Catalogue::stored_unit`] finds it. The units of this message count.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn stored_unit(&mut self, dataset: &DatasetId, unit: &str) -> Result<StoredUnit, CatalogueError> {
        stored_unit_in(&mut self.write.transaction, dataset, unit).await
    }

    /// Retires the units of a participant whose record the institution deleted, as [`Catalogue::hide_units`] does. Returns the number of retired units.
    ///
    /// # Errors
    /// The database does not answer or cannot be read. The message cannot be stored then.
    pub async fn hide_units(
        &mut self,
        dataset: &DatasetId,
        participant: &ParticipantId,
        source: &FactSource,
    ) -> Result<u64, CatalogueError> {
        let hidden = hide_in(&mut self.write, dataset, participant, source).await?;
        self.rows += hidden;
        Ok(hidden)
    }

    /// Adds the account of the message to its run, which is listening, and commits. `again` are the keyed names of the units that were rejected before and
    /// that this message has: see [`Catalogue::open_quarantine`]. The numbers of rejected units count from 1 in the message.
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`] for counts that do not add up or text that cannot be stored; [`CatalogueError::NotFound`] if no such run is listening.
    /// Nothing of the message is stored then. If the database does not answer, the message may have been stored, completely or not at all.
    pub async fn end(mut self, run: &str, at: Timestamp, result: &IngestResult, again: &[String]) -> Result<(), CatalogueError> {
        if !result.is_balanced() {
            return Err(CatalogueError::Invalid { field: "received" });
        }
        let write = &mut self.write;
        let sql = "SELECT dataset, site, namespace, received, \
                   (SELECT COALESCE(MAX(position), -1) + 1 FROM quarantined_unit WHERE run = $1) \
                   FROM ingest_run WHERE id = $1 AND state = 'listening'";
        let row = write.transaction.fetch_first(sql, vec![Value::outside(run, "run")?]).await?;
        let row = row.ok_or(CatalogueError::NotFound { what: "listening run" })?;
        let scope = [row.text(0, "dataset")?, row.text(1, "site")?, row.text(2, "namespace")?];
        let (before, position) = (row.count(3, "received")?, row.int(4, "position")?);
        let sql = "UPDATE ingest_run SET ended = $2, received = received + $3, committed = committed + $4, replaced = replaced + $5, \
                   duplicate = duplicate + $6, superseded = superseded + $7, quarantined = quarantined + $8, \
                   parts_refused = parts_refused + $9, ignored = ignored + $10, unchanged = unchanged + $11 WHERE id = $1";
        let values = vec![
            run.into(),
            at.into(),
            Value::count(result.received, "received")?,
            Value::count(result.committed, "committed")?,
            Value::count(result.replaced, "replaced")?,
            Value::count(result.duplicate, "duplicate")?,
            Value::count(result.superseded, "superseded")?,
            Value::count(result.units_refused(), "quarantined")?,
            Value::count(result.parts_refused(), "parts_refused")?,
            Value::count(result.ignored, "ignored")?,
            Value::count(result.unchanged, "unchanged")?,
        ];
        write.transaction.execute(sql, values).await?;
        let [dataset, site, namespace] = &scope;
        resolve(write, run, [dataset, site, namespace], again).await?;
        add_quarantined(write, run, &result.quarantined, (position, before)).await?;
        add_counts(write, run, &result.counts).await?;
        let about = format!("{dataset} message of ingest-run:{run}");
        self.write.commit(&self.catalogue, &self.mandate, &about, self.rows).await?;
        Ok(())
    }
}

/// Adds to the counts of a run.
async fn add_counts(write: &mut Write, run: &str, counts: &[IngestCount]) -> Result<(), CatalogueError> {
    let mut rest = counts;
    while !rest.is_empty() {
        let count = (1 << rest.len().ilog2()).min(COUNTS_AT_ONCE);
        let (part, after) = rest.split_at(count);
        rest = after;
        let mut values = Vec::with_capacity(part.len() * 4);
        let mut rows = Vec::with_capacity(part.len());
        for count in part {
            rows.push(format!("({})", placeholders(values.len() + 1, 4)));
            values.push(run.into());
            values.push(Value::outside(&count.kind, "kind")?);
            values.push(Value::outside(&count.name, "name")?);
            values.push(Value::count(count.count, "count")?);
        }
        let sql = format!(
            "INSERT INTO ingest_count (run, kind, name, count) VALUES {} \
             ON CONFLICT (run, kind, name) DO UPDATE SET count = ingest_count.count + excluded.count",
            rows.join(", ")
        );
        write.transaction.execute_of(sql, values).await?;
    }
    Ok(())
}
