//! Numbers of stored records by kind or state, for the operators' monitoring.

use std::collections::BTreeMap;

use gemj_access::{Job, Upkeep};
use gemj_model::Timestamp;

use crate::catalogue::{Catalogue, check_job};
use crate::database::Transaction;
use crate::error::CatalogueError;
use crate::programme_state::{READ_STATE, state_of};

/// The totals of all `ingest` runs of one profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedTotals {
    /// The profile of the feed.
    pub profile: String,
    /// The number of runs.
    pub runs: u64,
    /// The number of units that were read.
    pub received: u64,
    /// The number of units that were stored: new ones and replaced ones.
    pub kept: u64,
    /// The number of units that were left out: already stored, or older than the stored ones.
    pub left_out: u64,
    /// The number of units that were refused (quarantined).
    pub refused: u64,
    /// The number of parts of the input that are deliberately not read.
    pub ignored: u64,
    /// The end of the last run.
    pub last_run: Timestamp,
}

/// Numbers of stored records by state or kind. A state without records is absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitored {
    /// The totals of each feed, by profile.
    pub feeds: Vec<FeedTotals>,
    /// The quarantined units of the last run of each feed and dataset, by reason.
    pub quarantined: BTreeMap<String, u64>,
    /// The registered participants.
    pub participants: u64,
    /// The consent events, by kind.
    pub consent_events: BTreeMap<String, u64>,
    /// The stored files, by status.
    pub files: BTreeMap<String, u64>,
    /// The workflow runs, by state.
    pub runs: BTreeMap<String, u64>,
    /// The outputs of runs, by state.
    pub outputs: BTreeMap<String, u64>,
    /// The recontact requests, by state.
    pub recontact_requests: BTreeMap<String, u64>,
    /// The recontact Tasks, by state.
    pub recontact_tasks: BTreeMap<String, u64>,
    /// The alarms about consent that are not cleared, by kind.
    pub alarms: BTreeMap<String, u64>,
    /// The withdrawal notices that no holder of data has acknowledged.
    pub open_notices: u64,
    /// The alleles of case reports that are in no segment yet.
    pub pending_observations: u64,
    /// The segments of the carrier index.
    pub segments: u64,
    /// The size of these segments in bytes.
    pub segment_bytes: u64,
    /// The generation of the carrier index.
    pub generation: u64,
    /// Whether the database is sealed.
    pub is_sealed: bool,
}

impl Catalogue {
    /// Counts stored records in one snapshot (job `Monitor`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn monitored(&self, upkeep: Upkeep) -> Result<Monitored, CatalogueError> {
        check_job(upkeep, &[Job::Monitor])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        let snapshot = &mut snapshot;
        let state = state_of(snapshot.fetch_first(READ_STATE, Vec::new()).await?.as_ref())?;
        // The sum of integers is a decimal number in PostgreSQL.
        let segments = "SELECT COUNT(*), CAST(COALESCE(SUM(size_bytes), 0) AS BIGINT) FROM segment";
        let segments = snapshot.fetch_first(segments, Vec::new()).await?;
        let segments = segments.ok_or(CatalogueError::Corrupt {
            what: "number of segments",
        })?;
        Ok(Monitored {
            feeds: feeds(snapshot).await?,
            // A unit that a later run received again is in the quarantine of that run, or in none.
            quarantined: by_name(
                snapshot,
                "SELECT reason, COUNT(*) FROM quarantined_unit WHERE resolved_by = '' AND name <> '' GROUP BY reason",
            )
            .await?,
            participants: number(snapshot, "SELECT COUNT(*) FROM participant").await?,
            consent_events: by_name(snapshot, "SELECT kind, COUNT(*) FROM consent_event GROUP BY kind").await?,
            files: by_name(snapshot, "SELECT status, COUNT(*) FROM data_object GROUP BY status").await?,
            runs: by_name(snapshot, "SELECT state, COUNT(*) FROM run GROUP BY state").await?,
            outputs: by_name(snapshot, "SELECT state, COUNT(*) FROM run_output GROUP BY state").await?,
            recontact_requests: by_name(snapshot, "SELECT state, COUNT(*) FROM recontact_request GROUP BY state").await?,
            recontact_tasks: by_name(snapshot, "SELECT state, COUNT(*) FROM recontact_task GROUP BY state").await?,
            alarms: by_name(snapshot, "SELECT kind, COUNT(*) FROM alarm WHERE cleared IS NULL GROUP BY kind").await?,
            open_notices: number(snapshot, "SELECT COUNT(*) FROM withdrawal_notice WHERE acknowledged IS NULL").await?,
            pending_observations: number(snapshot, "SELECT COUNT(*) FROM observation WHERE status = 'pending'").await?,
            segments: segments.count(0, "number of segments")?,
            segment_bytes: segments.count(1, "size of segments")?,
            generation: state.generation,
            is_sealed: state.sealed.is_some(),
        })
    }
}

async fn feeds(snapshot: &mut Transaction) -> Result<Vec<FeedTotals>, CatalogueError> {
    let sql = "SELECT profile, COUNT(*), CAST(SUM(received) AS BIGINT), CAST(SUM(committed + replaced) AS BIGINT), \
               CAST(SUM(unchanged + duplicate + superseded) AS BIGINT), CAST(SUM(quarantined) AS BIGINT), CAST(SUM(ignored) AS BIGINT), MAX(ended) \
               FROM ingest_run WHERE state <> 'begun' OR received > 0 GROUP BY profile ORDER BY profile";
    let rows = snapshot.fetch_all(sql, Vec::new()).await?;
    rows.iter()
        .map(|row| {
            Ok(FeedTotals {
                profile: row.text(0, "profile")?,
                runs: row.count(1, "runs")?,
                received: row.count(2, "received")?,
                kept: row.count(3, "kept")?,
                left_out: row.count(4, "left out")?,
                refused: row.count(5, "refused")?,
                ignored: row.count(6, "ignored")?,
                last_run: row.time(7, "ended")?,
            })
        })
        .collect()
}

/// The rows of a query for a name and a number.
async fn by_name(snapshot: &mut Transaction, sql: &'static str) -> Result<BTreeMap<String, u64>, CatalogueError> {
    let rows = snapshot.fetch_all(sql, Vec::new()).await?;
    rows.iter().map(|row| Ok((row.text(0, "name")?, row.count(1, "number")?))).collect()
}

async fn number(snapshot: &mut Transaction, sql: &'static str) -> Result<u64, CatalogueError> {
    let row = snapshot.fetch_first(sql, Vec::new()).await?;
    row.ok_or(CatalogueError::Corrupt { what: "number" })?.count(0, "number")
}
