//! The results of `ingest` runs.

use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_model::{DatasetId, Timestamp};

use crate::catalogue::{Catalogue, check_job};
use crate::database::{Row, Value, giving_way};
use crate::error::CatalogueError;

/// A rejected unit of a feed. No field contains a value of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantinedUnit {
    /// The position of the unit in the input.
    pub unit: String,
    /// The reason for the rejection, as a short stable code.
    pub reason: String,
    /// The reason for the rejection, as a text for people.
    pub detail: String,
}

/// The result of one `ingest` run. `received` is the sum of `committed`, `replaced`, `duplicate`, `superseded` and the number of `quarantined`
/// units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngestRun {
    /// The random id of the run.
    pub id: String,
    /// The profile that the run used.
    pub profile: String,
    /// The version of the profile's mapping.
    pub mapping_version: String,
    /// The dataset of the ingested facts.
    pub dataset: DatasetId,
    /// The time when the run ended.
    pub ended: Timestamp,
    /// The number of units in the input.
    pub received: u64,
    /// The number of units that were stored for the first time.
    pub committed: u64,
    /// The number of units that replaced an earlier version.
    pub replaced: u64,
    /// The number of units that were already stored.
    pub duplicate: u64,
    /// The number of units that were not stored because a later version is already in the catalogue.
    pub superseded: u64,
    /// Rejected units, in the order of the input.
    pub quarantined: Vec<QuarantinedUnit>,
    /// The number of parts of the input that are deliberately not read.
    pub ignored: u64,
}

impl Catalogue {
    /// Stores the result of an `ingest` run (action `Ingest`).
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`] for counts that do not add up or text that cannot be stored.
    pub async fn record_ingest_run(&self, mandate: &Mandate, run: &IngestRun) -> Result<(), CatalogueError> {
        giving_way!(self.record_run_once(mandate, run))
    }

    async fn record_run_once(&self, mandate: &Mandate, run: &IngestRun) -> Result<(), CatalogueError> {
        let refused = run.quarantined.len() as u64;
        if run.received != run.committed + run.replaced + run.duplicate + run.superseded + refused {
            return Err(CatalogueError::Invalid { field: "received" });
        }
        let mut write = self.begin_write(mandate, &[WriteAction::Ingest]).await?;
        let row = [
            Value::outside(&run.id, "run")?,
            Value::outside(&run.profile, "profile")?,
            Value::outside(&run.mapping_version, "mapping_version")?,
            run.dataset.as_str().into(),
            run.ended.into(),
            Value::count(run.received, "received")?,
            Value::count(run.committed, "committed")?,
            Value::count(run.replaced, "replaced")?,
            Value::count(run.duplicate, "duplicate")?,
            Value::count(run.superseded, "superseded")?,
            Value::count(refused, "quarantined")?,
            Value::count(run.ignored, "ignored")?,
        ];
        let into = "ingest_run (id, profile, mapping_version, dataset, ended, received, committed, replaced, duplicate, superseded, \
                    quarantined, ignored)";
        write.transaction.insert(into, [row]).await?;
        let mut rows: Vec<[Value; 5]> = Vec::with_capacity(run.quarantined.len());
        for (unit, position) in run.quarantined.iter().zip(0i64..) {
            rows.push([
                run.id.as_str().into(),
                position.into(),
                Value::outside(&unit.unit, "unit")?,
                Value::outside(&unit.reason, "reason")?,
                Value::outside(&unit.detail, "detail")?,
            ]);
        }
        let into = "quarantined_unit (run, position, unit, reason, detail)";
        write.transaction.insert(into, rows).await?;
        write.commit(self, mandate, &format!("ingest-run:{}", run.id), run.received).await?;
        Ok(())
    }

    /// The results of the last `limit` runs, latest first (job `Inventory`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn ingest_runs(&self, upkeep: Upkeep, limit: u32) -> Result<Vec<IngestRun>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        let sql = "SELECT id, profile, mapping_version, dataset, ended, received, committed, replaced, duplicate, superseded, ignored \
                   FROM ingest_run ORDER BY ended DESC, id LIMIT $1";
        let mut runs = Vec::new();
        for row in snapshot.fetch_all(sql, vec![limit.into()]).await? {
            let mut run = run_of(&row)?;
            let sql = "SELECT unit, reason, detail FROM quarantined_unit WHERE run = $1 ORDER BY position";
            for row in snapshot.fetch_all(sql, vec![run.id.as_str().into()]).await? {
                run.quarantined.push(QuarantinedUnit {
                    unit: row.text(0, "unit")?,
                    reason: row.text(1, "reason")?,
                    detail: row.text(2, "detail")?,
                });
            }
            runs.push(run);
        }
        Ok(runs)
    }
}

fn run_of(row: &Row) -> Result<IngestRun, CatalogueError> {
    Ok(IngestRun {
        id: row.text(0, "run")?,
        profile: row.text(1, "profile")?,
        mapping_version: row.text(2, "mapping version")?,
        dataset: row.parsed(3, "dataset", DatasetId::parse)?,
        ended: row.time(4, "ended")?,
        received: row.count(5, "received")?,
        committed: row.count(6, "committed")?,
        replaced: row.count(7, "replaced")?,
        duplicate: row.count(8, "duplicate")?,
        superseded: row.count(9, "superseded")?,
        quarantined: Vec::new(),
        ignored: row.count(10, "ignored")?,
    })
}
