//! Reads the accounts of `ingest` runs.

use gemj_access::{Job, Upkeep};
use gemj_model::{DatasetId, SiteId};

use super::{IngestCount, IngestResult, IngestRun, IngestState, QuarantinedUnit};
use crate::catalogue::{Catalogue, check_job};
use crate::database::{Row, Transaction, Value};
use crate::error::CatalogueError;

macro_rules! runs {
    ($rest:literal) => {
        concat!(
            "SELECT id, profile, mapping_version, dataset, site, namespace, began, state, ended, received, committed, replaced, duplicate, \
             superseded, ignored, exported, unchanged FROM ingest_run ",
            $rest
        )
    };
}

impl Catalogue {
    /// The last `limit` runs with their rejected units, latest first (job `Inventory`). The counts by name are not read.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn ingest_runs(&self, upkeep: Upkeep, limit: u32) -> Result<Vec<IngestRun>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        let sql = runs!("ORDER BY ended DESC, id LIMIT $1");
        let mut runs = Vec::new();
        for row in snapshot.fetch_all(sql, vec![limit.into()]).await? {
            let mut run = run_of(&row)?;
            run.result.quarantined = quarantined(&mut snapshot, &run.id).await?;
            runs.push(run);
        }
        Ok(runs)
    }

    /// One run with all its counts (job `Inventory`). Absent if there is no such run.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn ingest_run(&self, upkeep: Upkeep, id: &str) -> Result<Option<IngestRun>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        let Some(row) = snapshot
            .fetch_first(runs!("WHERE id = $1"), vec![Value::outside(id, "run")?])
            .await?
        else {
            return Ok(None);
        };
        let mut run = run_of(&row)?;
        run.result.quarantined = quarantined(&mut snapshot, &run.id).await?;
        let sql = "SELECT kind, name, count FROM ingest_count WHERE run = $1";
        for row in snapshot.fetch_all(sql, vec![id.into()]).await? {
            run.result.counts.push(IngestCount {
                kind: row.text(0, "kind")?,
                name: row.text(1, "name")?,
                count: row.count(2, "count")?,
            });
        }
        // The databases sort texts differently.
        run.result.counts.sort();
        Ok(Some(run))
    }
}

async fn quarantined(snapshot: &mut Transaction, run: &str) -> Result<Vec<QuarantinedUnit>, CatalogueError> {
    let sql = "SELECT number, name, part, reason, detail, resolved_by FROM quarantined_unit WHERE run = $1 ORDER BY position";
    let rows = snapshot.fetch_all(sql, vec![run.into()]).await?;
    rows.iter()
        .map(|row| {
            let again = row.text(5, "resolved_by")?;
            Ok(QuarantinedUnit {
                number: row.count(0, "number")?,
                unit: row.text(1, "unit")?,
                is_part: row.bool(2, "part")?,
                reason: row.text(3, "reason")?,
                detail: row.text(4, "detail")?,
                received_again_by: (!again.is_empty()).then_some(again),
            })
        })
        .collect()
}

fn run_of(row: &Row) -> Result<IngestRun, CatalogueError> {
    let site = row.text(4, "site")?;
    let state = row.text(7, "state")?;
    Ok(IngestRun {
        id: row.text(0, "run")?,
        profile: row.text(1, "profile")?,
        mapping_version: row.text(2, "mapping version")?,
        dataset: row.parsed(3, "dataset", DatasetId::parse)?,
        site: match site.as_str() {
            "" => None,
            _ => Some(row.parsed(4, "site", SiteId::parse)?),
        },
        namespace: row.text(5, "namespace")?,
        exported: row.maybe_time(15, "exported")?,
        began: row.maybe_time(6, "began")?,
        state: IngestState::parse(&state).ok_or(CatalogueError::Corrupt { what: "state of a run" })?,
        ended: row.time(8, "ended")?,
        result: IngestResult {
            received: row.count(9, "received")?,
            committed: row.count(10, "committed")?,
            replaced: row.count(11, "replaced")?,
            unchanged: row.count(16, "unchanged")?,
            duplicate: row.count(12, "duplicate")?,
            superseded: row.count(13, "superseded")?,
            quarantined: Vec::new(),
            ignored: row.count(14, "ignored")?,
            counts: Vec::new(),
        },
    })
}
