//! Reads runs under a Grant. The run and its owner are determined by the Grant, not by an argument.

use gemj_access::{Action, Grant};

use super::output::{OUTPUT_COLUMNS, OutputState, RunOutput, output_of};
use super::row::{RUN_COLUMNS, Run, run_of};
use super::task::{RunTask, TASK_COLUMNS, task_of};
use crate::catalogue::Catalogue;
use crate::database::Value;
use crate::error::CatalogueError;

impl Catalogue {
    /// The run that a Grant for the action `ReadRun` covers. Absent if the run does not exist.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for another Grant; the database does not answer or cannot be read.
    pub async fn run(&self, grant: &Grant) -> Result<Option<Run>, CatalogueError> {
        let run = opened(grant, &[Action::ReadRun])?;
        let sql = format!("SELECT {RUN_COLUMNS} FROM run WHERE id = $1 AND owner = $2");
        let rows = self.database.fetch_all_of(sql, vec![run.into(), grant.holder().into()]).await?;
        rows.first().map(run_of).transpose()
    }

    /// The run that a Grant for the action `ReviewRunOutput` covers, for its reviewers. The calling code must not show the run's request to the
    /// reviewers.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for another Grant; the database does not answer or cannot be read.
    pub async fn reviewed_run(&self, grant: &Grant) -> Result<Option<Run>, CatalogueError> {
        let run = opened(grant, &[Action::ReviewRunOutput])?;
        let sql = format!("SELECT {RUN_COLUMNS} FROM run WHERE id = $1");
        let rows = self.database.fetch_all_of(sql, vec![run.into()]).await?;
        rows.first().map(run_of).transpose()
    }

    /// A page of the Grant holder's own runs, newest first, at most `limit`. The page contains the runs that were submitted before the run
    /// `before`. Requires a Grant for `ReadRun` that covers all of the holder's runs. Absent if the holder has no run with the id `before`. The
    /// page begins at an id and not at a sequence number, because a number would reveal how many runs all callers have submitted.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for another Grant; the database does not answer or cannot be read.
    pub async fn own_runs(&self, grant: &Grant, before: Option<&str>, limit: u32) -> Result<Option<Vec<Run>>, CatalogueError> {
        if grant.action() != Action::ReadRun || grant.run().is_some() || grant.holder().is_empty() {
            return Err(CatalogueError::WrongKey);
        }
        let before = match before {
            None => i64::MAX,
            Some(run) => {
                let sql = "SELECT sequence FROM run WHERE id = $1 AND owner = $2";
                let rows = self.database.fetch_all(sql, vec![run.into(), grant.holder().into()]).await?;
                let Some(row) = rows.first() else { return Ok(None) };
                row.int(0, "run sequence")?
            }
        };
        let sql = format!("SELECT {RUN_COLUMNS} FROM run WHERE owner = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT $3");
        let arguments = vec![grant.holder().into(), before.into(), limit.into()];
        let rows = self.database.fetch_all_of(sql, arguments).await?;
        rows.iter().map(run_of).collect::<Result<_, _>>().map(Some)
    }

    /// The tasks of the run that a Grant for `ReadRun` covers, in order. The list begins at the position `from` and contains at most `limit`
    /// tasks.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for another Grant; the database does not answer or cannot be read.
    pub async fn run_tasks(&self, grant: &Grant, from: u64, limit: u32) -> Result<Vec<RunTask>, CatalogueError> {
        let run = opened(grant, &[Action::ReadRun])?;
        let from = i64::try_from(from).unwrap_or(i64::MAX);
        let sql = format!("SELECT {TASK_COLUMNS} FROM run_task WHERE run = $1 AND position >= $2 ORDER BY position LIMIT $3");
        let rows = self.database.fetch_all_of(sql, vec![run.into(), from.into(), limit.into()]).await?;
        rows.iter().map(task_of).collect()
    }

    /// The outputs of the run that a Grant for `ReadRun` or `ReviewRunOutput` covers, in order.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for another Grant; the database does not answer or cannot be read.
    pub async fn run_outputs(&self, grant: &Grant) -> Result<Vec<RunOutput>, CatalogueError> {
        let run = opened(grant, &[Action::ReadRun, Action::ReviewRunOutput])?;
        let sql = format!("SELECT {OUTPUT_COLUMNS} FROM run_output o WHERE o.run = $1 ORDER BY o.position");
        let rows = self.database.fetch_all_of(sql, vec![run.into()]).await?;
        rows.iter().map(output_of).collect()
    }

    /// One output of the run that the Grant covers. A Grant for `ReadRunOutput` opens only a released output, a Grant for `ReviewRunOutput`
    /// opens any output.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for another Grant; the database does not answer or cannot be read.
    pub async fn run_output(&self, grant: &Grant, id: &str) -> Result<Option<RunOutput>, CatalogueError> {
        let run = opened(grant, &[Action::ReadRunOutput, Action::ReviewRunOutput])?;
        let sql = format!("SELECT {OUTPUT_COLUMNS} FROM run_output o WHERE o.id = $1 AND o.run = $2");
        let arguments: Vec<Value> = vec![Value::outside(id, "output id")?, run.into()];
        let rows = self.database.fetch_all_of(sql, arguments).await?;
        let output = rows.first().map(output_of).transpose()?;
        let released_only = grant.action() == Action::ReadRunOutput;
        Ok(output.filter(|o| !released_only || o.state == OutputState::Released))
    }
}

/// The id of the run that a Grant for one of these actions covers.
fn opened<'a>(grant: &'a Grant, actions: &[Action]) -> Result<&'a str, CatalogueError> {
    match grant.run() {
        Some(run) if actions.contains(&grant.action()) => Ok(run),
        _ => Err(CatalogueError::WrongKey),
    }
}
