//! Reads the database rows of runs.

use gemj_model::Timestamp;

use super::state::RunState;
use crate::database::Row;
use crate::error::CatalogueError;

/// A stored workflow run. Its request is the caller's own text and is never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Run {
    /// The id of the run.
    pub id: String,
    /// The number of the run in the order of submission.
    pub sequence: u64,
    /// The pseudonym of the caller who submitted the run.
    pub owner: String,
    /// The approved projects under which the run was submitted.
    pub projects: Vec<String>,
    /// The state of the run.
    pub state: RunState,
    /// The submitted request, as JSON.
    pub request: String,
    /// The gateway's last message about the run, from a fixed set; empty if there is none.
    pub note: String,
    /// The time at which the run was submitted.
    pub created: Timestamp,
    /// The time at which the engine started; absent before.
    pub started: Option<Timestamp>,
    /// The time at which the run ended; absent before.
    pub ended: Option<Timestamp>,
    /// The exit code of the engine; absent before the engine ended, and if the engine was killed.
    pub exit_code: Option<i64>,
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run")
            .field("id", &self.id)
            .field("sequence", &self.sequence)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// The columns that `run_of` reads, in order.
pub(super) const RUN_COLUMNS: &str = "id, sequence, owner, projects, state, request, note, created, started, ended, exit_code";

/// Reads a run from a row with the columns [`RUN_COLUMNS`].
pub(super) fn run_of(row: &Row) -> Result<Run, CatalogueError> {
    Ok(Run {
        id: row.text(0, "run id")?,
        sequence: row.count(1, "run sequence")?,
        owner: row.text(2, "run owner")?,
        projects: projects_of(row, 3)?,
        state: state_of(row, 4)?,
        request: row.text(5, "run request")?,
        note: row.text(6, "run note")?,
        created: row.time(7, "run created")?,
        started: row.maybe_int(8, "run started")?.map(Timestamp),
        ended: row.maybe_int(9, "run ended")?.map(Timestamp),
        exit_code: row.maybe_int(10, "run exit code")?,
    })
}

/// Reads the projects of a run from a column.
pub(super) fn projects_of(row: &Row, index: usize) -> Result<Vec<String>, CatalogueError> {
    row.parsed(index, "run projects", |text| serde_json::from_str(text))
}

/// Reads the state of a run from a column.
pub(super) fn state_of(row: &Row, index: usize) -> Result<RunState, CatalogueError> {
    row.parsed(index, "run state", |text| RunState::parse(text).ok_or(()))
}
