//! Changes of a run in progress that the supervisor records.

use gemj_access::{Mandate, WriteAction};

use super::output::{NewRunOutput, add_outputs};
use super::state::RunState;
use super::task::{NewRunTask, replace_tasks};
use crate::catalogue::Catalogue;
use crate::database::Value;
use crate::error::CatalogueError;

/// One change of a run's state, with the data that belongs to it.
#[derive(Clone, Debug)]
pub struct RunAdvance<'a> {
    /// The id of the run.
    pub run: &'a str,
    /// The state that the run must have before the change.
    pub from: RunState,
    /// The state after the change.
    pub to: RunState,
    /// The gateway's message about the run, from a fixed set. If absent, the stored message is kept.
    pub note: Option<&'a str>,
    /// The exit code of the engine. If absent, the stored code is kept.
    pub exit_code: Option<i64>,
    /// The outputs of the run. They are allowed only if `to` is a final state.
    pub outputs: &'a [NewRunOutput],
    /// The tasks that replace the stored tasks. If absent, the stored tasks are kept.
    pub tasks: Option<&'a [NewRunTask]>,
}

impl<'a> RunAdvance<'a> {
    /// A change of the state without any other data.
    #[must_use]
    pub fn new(run: &'a str, from: RunState, to: RunState) -> Self {
        Self {
            run,
            from,
            to,
            note: None,
            exit_code: None,
            outputs: &[],
            tasks: None,
        }
    }
}

impl Catalogue {
    /// Changes a run's state and stores all data that belongs to the change, in one transaction (action `AdvanceRun`). If the run is no longer
    /// in the state `from`, returns false and changes nothing.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `state` if `to` cannot follow `from`, or if outputs are passed and `to` is not a final state.
    pub async fn advance_run(&self, mandate: &Mandate, step: &RunAdvance<'_>) -> Result<bool, CatalogueError> {
        if !step.from.may_become(step.to) || (!step.outputs.is_empty() && !step.to.is_over()) {
            return Err(CatalogueError::Conflict { field: "state" });
        }
        let mut write = self.begin_write(mandate, &[WriteAction::AdvanceRun]).await?;
        let now = self.clock.now();
        let started = (step.to == RunState::Running).then_some(now.0);
        let ended = step.to.is_over().then_some(now.0);
        let sql = "UPDATE run SET state = $1, note = COALESCE($2, note), started = COALESCE(started, $3), ended = COALESCE(ended, $4), \
                   exit_code = COALESCE($5, exit_code) WHERE id = $6 AND state = $7";
        let arguments = vec![
            step.to.as_str().into(),
            Value::maybe_outside(step.note, "note")?,
            started.into(),
            ended.into(),
            step.exit_code.into(),
            Value::outside(step.run, "run")?,
            step.from.as_str().into(),
        ];
        if write.transaction.execute(sql, arguments).await? == 0 {
            return Ok(false);
        }
        add_outputs(&mut write, step.run, step.outputs).await?;
        if let Some(tasks) = step.tasks {
            replace_tasks(&mut write, step.run, tasks).await?;
        }
        let resource = format!("run:{}:{}", step.run, step.to.as_str());
        write.commit(self, mandate, &resource, 1 + step.outputs.len() as u64).await?;
        Ok(true)
    }
}
