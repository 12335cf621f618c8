//! Reads that the supervisor of runs needs.

use gemj_access::{Job, Upkeep};
use gemj_model::{ObjectId, Timestamp};

use super::row::{RUN_COLUMNS, Run, run_of, state_of};
use super::state::RunState;
use crate::catalogue::{Catalogue, check_job};
use crate::error::CatalogueError;

/// An input file of a run, as it was stored at submission.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredInput {
    /// The id of the file.
    pub object: ObjectId,
    /// The sealed capability from the decision at submission.
    pub capability: String,
}

impl std::fmt::Debug for StoredInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredInput").field("object", &self.object).finish_non_exhaustive()
    }
}

impl Catalogue {
    /// The runs that have begun and are not over, each with its state, oldest first (job `SuperviseRuns`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn runs_begun(&self, upkeep: Upkeep) -> Result<Vec<(String, RunState)>, CatalogueError> {
        check_job(upkeep, &[Job::SuperviseRuns])?;
        let sql = "SELECT id, state FROM run WHERE state IN ($1, $2, $3) ORDER BY sequence";
        let begun = [RunState::Initializing, RunState::Running, RunState::Canceling];
        let rows = self.database.fetch_all(sql, begun.map(|s| s.as_str().into()).to_vec()).await?;
        rows.iter().map(|row| Ok((row.text(0, "run id")?, state_of(row, 1)?))).collect()
    }

    /// The waiting runs in the order in which they must start, at most `limit` (job `SuperviseRuns`):
    ///
    /// * Owners take turns, so that a caller with many runs does not delay other callers. Runs in progress count as turns.
    /// * The runs of one owner start in the order of submission.
    /// * If two owners have the same number of turns, the owner whose last run started earlier comes first. If only one run can be in progress
    ///   at a time, no owner has two turns while another owner waits.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn runs_waiting(&self, upkeep: Upkeep, limit: u32) -> Result<Vec<String>, CatalogueError> {
        check_job(upkeep, &[Job::SuperviseRuns])?;
        let sql = "SELECT w.id FROM (SELECT id, owner, sequence, ROW_NUMBER() OVER (PARTITION BY owner ORDER BY sequence) AS turn \
                                     FROM run WHERE state = $1) w \
                   LEFT JOIN (SELECT owner, COUNT(*) AS turns FROM run WHERE state IN ($3, $4, $5) GROUP BY owner) b ON b.owner = w.owner \
                   LEFT JOIN (SELECT owner, MAX(started) AS latest FROM run WHERE owner IN (SELECT owner FROM run WHERE state = $1) \
                              GROUP BY owner) l ON l.owner = w.owner \
                   ORDER BY w.turn + COALESCE(b.turns, 0), COALESCE(l.latest, 0), w.sequence LIMIT $2";
        let begun = [RunState::Initializing, RunState::Running, RunState::Canceling].map(|state| state.as_str().into());
        let arguments = [RunState::Queued.as_str().into(), limit.into()].into_iter().chain(begun);
        let rows = self.database.fetch_all(sql, arguments.collect()).await?;
        rows.iter().map(|row| row.text(0, "run id")).collect()
    }

    /// A run by its id, for the supervisor (job `SuperviseRuns`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn supervised_run(&self, upkeep: Upkeep, id: &str) -> Result<Option<Run>, CatalogueError> {
        check_job(upkeep, &[Job::SuperviseRuns])?;
        let sql = format!("SELECT {RUN_COLUMNS} FROM run WHERE id = $1");
        let rows = self.database.fetch_all_of(sql, vec![id.into()]).await?;
        rows.first().map(run_of).transpose()
    }

    /// The input files of a run, in order (job `SuperviseRuns`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn run_inputs(&self, upkeep: Upkeep, id: &str) -> Result<Vec<StoredInput>, CatalogueError> {
        check_job(upkeep, &[Job::SuperviseRuns])?;
        let sql = "SELECT object, capability FROM run_input WHERE run = $1 ORDER BY position";
        let rows = self.database.fetch_all(sql, vec![id.into()]).await?;
        let stored = |row: &crate::database::Row| {
            Ok(StoredInput {
                object: row.parsed(0, "run input", ObjectId::parse)?,
                capability: row.text(1, "run capability")?,
            })
        };
        rows.iter().map(stored).collect()
    }

    /// The number of runs in each state at the instant `until`. States without runs are omitted. The numbers are public and need no key,
    /// because WES 1.1 lists them as `system_state_counts` in `GET /service-info`.
    ///
    /// * A run that had ended by `until` counts in its final state.
    /// * A run that is now being cancelled counts as `Canceling`.
    /// * Any other run counts as `Running` if it had started by `until`, otherwise as `Queued`.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn public_run_counts(&self, until: Timestamp) -> Result<Vec<(RunState, u64)>, CatalogueError> {
        let sql = "SELECT CASE WHEN ended <= $1 OR state = $2 THEN state WHEN started <= $1 THEN $3 ELSE $4 END AS shown, COUNT(*) \
                   FROM run GROUP BY 1 ORDER BY 1";
        let states = [RunState::Canceling, RunState::Running, RunState::Queued].map(|state| state.as_str().into());
        let arguments = [until.into()].into_iter().chain(states).collect();
        let rows = self.database.fetch_all(sql, arguments).await?;
        rows.iter().map(|row| Ok((state_of(row, 0)?, row.count(1, "run count")?))).collect()
    }
}
