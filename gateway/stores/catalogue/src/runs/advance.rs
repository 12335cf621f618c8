//! What the supervisor records of a run under way.

use gemj_access::{Mandate, WriteAction};

use super::output::{NewRunOutput, add_outputs};
use super::state::RunState;
use super::task::{NewRunTask, replace_tasks};
use crate::catalogue::Catalogue;
use crate::database::Value;
use crate::error::CatalogueError;

/// One step of a run's life.
#[derive(Clone, Debug)]
pub struct RunAdvance<'a> {
    /// Which run.
    pub run: &'a str,
    /// The state it must be in.
    pub from: RunState,
    /// The state it is to be in.
    pub to: RunState,
    /// What the gateway says of it: a fixed message; absent leaves what is there.
    pub note: Option<&'a str>,
    /// What the engine ended with; absent leaves what is there.
    pub exit_code: Option<i64>,
    /// What it made: only with a step into a state that is over.
    pub outputs: &'a [NewRunOutput],
    /// Its steps, in place of what was known of them; absent leaves what is there.
    pub tasks: Option<&'a [NewRunTask]>,
}

impl<'a> RunAdvance<'a> {
    /// A step that says nothing but the states.
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
    /// Moves a run on, with all that belongs to the step, in one transaction (action `AdvanceRun`). Answers whether it moved: false where
    /// the run is not in `from` any more, and nothing was changed then.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] with `state` where `to` cannot follow `from`, or where outputs come with a run that is not over.
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
