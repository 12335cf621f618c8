//! Reading runs' rows.

use gemj_model::Timestamp;

use super::state::RunState;
use crate::database::Row;
use crate::error::CatalogueError;

/// A stored run. The request is the caller's own text and is never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Run {
    /// The id.
    pub id: String,
    /// The order of submission.
    pub sequence: u64,
    /// The pseudonym of the submitter.
    pub owner: String,
    /// The approved projects of the run.
    pub projects: Vec<String>,
    /// The state.
    pub state: RunState,
    /// The request, as JSON.
    pub request: String,
    /// The gateway's own messages: one fixed message on each line; empty if there is none.
    pub note: String,
    /// The time of submission.
    pub created: Timestamp,
    /// The time when the engine started; absent before.
    pub started: Option<Timestamp>,
    /// The time when the run was over; absent before.
    pub ended: Option<Timestamp>,
    /// The exit code of the engine; absent before the end, and if the engine was killed.
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

/// The columns that `run_of` reads.
pub(super) const RUN_COLUMNS: &str = "id, sequence, owner, projects, state, request, note, created, started, ended, exit_code";

/// Reads [`RUN_COLUMNS`].
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

/// Reads a column of projects.
pub(super) fn projects_of(row: &Row, index: usize) -> Result<Vec<String>, CatalogueError> {
    row.parsed(index, "run projects", |text| serde_json::from_str(text))
}

/// Reads a column of a state.
pub(super) fn state_of(row: &Row, index: usize) -> Result<RunState, CatalogueError> {
    row.parsed(index, "run state", |text| RunState::parse(text).ok_or(()))
}
