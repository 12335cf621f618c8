//! The feeds of an installation: what was ingested by each profile into each dataset.

use std::collections::BTreeMap;

use gemj_access::{Job, Upkeep};
use gemj_model::{DatasetId, Timestamp};

use crate::catalogue::{Catalogue, check_job};
use crate::error::CatalogueError;

/// The totals over all runs of one feed (a profile and a dataset). A unit is a packet, message, subject or record of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedCounts {
    /// The profile that reads the feed.
    pub profile: String,
    /// The dataset of the feed's facts.
    pub dataset: DatasetId,
    /// The number of runs.
    pub runs: u64,
    /// The end of the last run.
    pub last_run: Timestamp,
    /// The number of units whose facts are stored and in use now.
    pub kept: u64,
    /// The number of units that all runs received.
    pub received: u64,
    /// The number of units that were stored for the first time.
    pub committed: u64,
    /// The number of units that replaced an earlier version.
    pub replaced: u64,
    /// The number of units whose content was already stored.
    pub unchanged: u64,
    /// The number of units that an input contained a second time, with the same content.
    pub duplicate: u64,
    /// The number of units that were older than the stored version.
    pub superseded: u64,
    /// The number of rejected units.
    pub quarantined: u64,
    /// The number of rejected parts of committed units.
    pub parts_refused: u64,
    /// The number of parts of the input that are deliberately not read.
    pub ignored: u64,
    /// The rejected units and parts by the code of their reason.
    pub reasons: BTreeMap<String, u64>,
}

impl Catalogue {
    /// The totals of all feeds, in order of profile and dataset (job `Inventory`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn feeds(&self, upkeep: Upkeep) -> Result<Vec<FeedCounts>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        // SUM of BIGINT is NUMERIC in PostgreSQL, so each sum is cast back.
        let sql = "SELECT profile, dataset, COUNT(*), MAX(ended), CAST(SUM(received) AS BIGINT), CAST(SUM(committed) AS BIGINT), \
                   CAST(SUM(replaced) AS BIGINT), CAST(SUM(duplicate) AS BIGINT), CAST(SUM(superseded) AS BIGINT), \
                   CAST(SUM(quarantined) AS BIGINT), CAST(SUM(ignored) AS BIGINT), CAST(SUM(parts_refused) AS BIGINT), \
                   CAST(SUM(unchanged) AS BIGINT) FROM ingest_run WHERE state <> 'begun' OR received > 0 GROUP BY profile, dataset ORDER BY profile, dataset";
        let mut feeds = Vec::new();
        for row in snapshot.fetch_all(sql, Vec::new()).await? {
            feeds.push(FeedCounts {
                profile: row.text(0, "profile")?,
                dataset: row.parsed(1, "dataset", DatasetId::parse)?,
                runs: row.count(2, "runs")?,
                last_run: row.time(3, "ended")?,
                kept: 0,
                received: row.count(4, "received")?,
                committed: row.count(5, "committed")?,
                replaced: row.count(6, "replaced")?,
                unchanged: row.count(12, "unchanged")?,
                duplicate: row.count(7, "duplicate")?,
                superseded: row.count(8, "superseded")?,
                quarantined: row.count(9, "quarantined")?,
                ignored: row.count(10, "ignored")?,
                parts_refused: row.count(11, "parts refused")?,
                reasons: BTreeMap::new(),
            });
        }
        for feed in &mut feeds {
            let key = || vec![feed.profile.as_str().into(), feed.dataset.as_str().into()];
            let kept = "SELECT COUNT(*) FROM fact_source WHERE profile = $1 AND dataset = $2 AND retired = FALSE";
            let row = snapshot.fetch_first(kept, key()).await?;
            let kept = row.ok_or(CatalogueError::Corrupt { what: "count" })?.count(0, "kept")?;
            let sql = "SELECT q.reason, COUNT(*) FROM quarantined_unit q JOIN ingest_run r ON r.id = q.run \
                       WHERE r.profile = $1 AND r.dataset = $2 GROUP BY q.reason";
            let rows = snapshot.fetch_all(sql, key()).await?;
            let reasons = rows.iter().map(|row| Ok((row.text(0, "reason")?, row.count(1, "units")?)));
            let reasons = reasons.collect::<Result<_, CatalogueError>>()?;
            feed.kept = kept;
            feed.reasons = reasons;
        }
        Ok(feeds)
    }
}
