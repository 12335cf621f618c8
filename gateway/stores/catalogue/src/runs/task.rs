//! The tasks (steps) of workflow runs, as the engines report them.

use gemj_model::Timestamp;

use crate::database::{Row, Value};
use crate::error::CatalogueError;
use crate::write::Write;

/// A task of a run, as the engine reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRunTask {
    /// The name of the task.
    pub name: String,
    /// The time at which the task started; absent if unknown.
    pub started: Option<Timestamp>,
    /// The time at which the task ended; absent if unknown.
    pub ended: Option<Timestamp>,
    /// The exit code of the task; absent if unknown.
    pub exit_code: Option<i64>,
}

/// A stored task of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunTask {
    /// The position of the task in the run, from 0.
    pub position: u64,
    /// The name of the task.
    pub name: String,
    /// The time at which the task started; absent if unknown.
    pub started: Option<Timestamp>,
    /// The time at which the task ended; absent if unknown.
    pub ended: Option<Timestamp>,
    /// The exit code of the task; absent if unknown.
    pub exit_code: Option<i64>,
}

/// The columns that `task_of` reads, in order.
pub(super) const TASK_COLUMNS: &str = "position, name, started, ended, exit_code";

/// Reads a task from a row with the columns [`TASK_COLUMNS`].
pub(super) fn task_of(row: &Row) -> Result<RunTask, CatalogueError> {
    Ok(RunTask {
        position: row.count(0, "task position")?,
        name: row.text(1, "task name")?,
        started: row.maybe_int(2, "task started")?.map(Timestamp),
        ended: row.maybe_int(3, "task ended")?.map(Timestamp),
        exit_code: row.maybe_int(4, "task exit code")?,
    })
}

/// Replaces the stored tasks of a run.
pub(super) async fn replace_tasks(write: &mut Write, run: &str, tasks: &[NewRunTask]) -> Result<(), CatalogueError> {
    let delete = "DELETE FROM run_task WHERE run = $1";
    write.transaction.execute(delete, vec![run.into()]).await?;
    let mut rows: Vec<[Value; 6]> = Vec::with_capacity(tasks.len());
    for (task, position) in tasks.iter().zip(0_u64..) {
        rows.push([
            run.into(),
            Value::count(position, "position")?,
            Value::outside(&task.name, "task name")?,
            task.started.map(|t| t.0).into(),
            task.ended.map(|t| t.0).into(),
            task.exit_code.into(),
        ]);
    }
    let into = "run_task (run, position, name, started, ended, exit_code)";
    write.transaction.insert(into, rows).await
}
