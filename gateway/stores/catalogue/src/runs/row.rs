//! Reading runs' rows.

use gemj_model::Timestamp;

use super::state::RunState;
use crate::database::Row;
use crate::error::CatalogueError;

/// A run as it is stored. The request is the caller's own words: it is in no log.
#[derive(Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: String,
    /// The order of submission.
    pub sequence: u64,
    /// The pseudonym of whoever submitted it.
    pub owner: String,
    /// The approved projects it runs under.
    pub projects: Vec<String>,
    /// How far it came.
    pub state: RunState,
    /// What was asked for, as JSON.
    pub request: String,
    /// What the gateway itself says of it: one fixed message on a line; empty where it says nothing.
    pub note: String,
    /// When it was submitted.
    pub created: Timestamp,
    /// When its engine was started; absent before.
    pub started: Option<Timestamp>,
    /// When it was over; absent before.
    pub ended: Option<Timestamp>,
    /// What the engine ended with; absent before, and where it was killed.
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
