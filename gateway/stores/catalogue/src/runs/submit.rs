//! Records new runs.

use std::num::NonZeroU32;

use gemj_access::{Mandate, Scope, WriteAction};
use gemj_model::ObjectId;

use super::state::RunState;
use crate::catalogue::Catalogue;
use crate::database::Value;
use crate::error::CatalogueError;

/// The maximum number of waiting runs of all owners together. Waiting runs take space, so the queue is bounded.
pub const MAX_QUEUED_RUNS: u64 = 10_000;

/// The maximum number of waiting runs of one owner, so that one owner cannot fill the queue.
pub const MAX_QUEUED_RUNS_OF_ONE_OWNER: u64 = 1_000;

/// The number of seconds in a day.
const DAY_S: i64 = 24 * 3600;

/// A new workflow run.
#[derive(Clone, PartialEq, Eq)]
pub struct NewRunRow {
    /// The id of the run, unique in the programme and not guessable.
    pub id: String,
    /// The submitted request, as JSON.
    pub request: String,
    /// The input files, each with the sealed capability from the decision about the file.
    pub inputs: Vec<(ObjectId, String)>,
    /// The maximum number of runs that the owner may submit within 24 hours; absent for no limit.
    pub day_limit: Option<NonZeroU32>,
}

impl std::fmt::Debug for NewRunRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewRunRow").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Catalogue {
    /// Records a run with the state `Queued`, for the mandate's actor and under the mandate's projects (action `SubmitRun`, scope `NewRun`).
    ///
    /// # Errors
    /// * [`CatalogueError::Conflict`] `run` if a run with the id exists, `queue` if the queue is full, `own-queue` if too many runs of this
    ///   owner wait, `day` if the owner submitted too many runs within 24 hours.
    /// * [`CatalogueError::NotFound`] for an input that is not a served file.
    pub async fn submit_run(&self, mandate: &Mandate, run: &NewRunRow) -> Result<(), CatalogueError> {
        let Scope::NewRun(terms) = mandate.scope() else {
            return Err(CatalogueError::WrongKey);
        };
        let projects = serde_json::to_string(&terms.projects).map_err(|_| CatalogueError::Invalid { field: "projects" })?;
        let mut write = self.begin_write(mandate, &[WriteAction::SubmitRun]).await?;
        let id = Value::outside(&run.id, "run")?;
        let taken = "SELECT 1 FROM run WHERE id = $1";
        if write.transaction.fetch_first(taken, vec![id.clone()]).await?.is_some() {
            return Err(CatalogueError::Conflict { field: "run" });
        }
        let waiting = "SELECT COUNT(*), COUNT(CASE WHEN owner = $2 THEN 1 END) FROM run WHERE state = $1";
        let arguments = vec![RunState::Queued.as_str().into(), mandate.actor().into()];
        let waiting = write.transaction.fetch_first(waiting, arguments).await?;
        let waiting = waiting.ok_or(CatalogueError::Corrupt { what: "run count" })?;
        if waiting.count(0, "run count")? >= MAX_QUEUED_RUNS {
            return Err(CatalogueError::Conflict { field: "queue" });
        }
        if waiting.count(1, "run count")? >= MAX_QUEUED_RUNS_OF_ONE_OWNER {
            return Err(CatalogueError::Conflict { field: "own-queue" });
        }
        if let Some(limit) = run.day_limit {
            // The query returns the oldest of the owner's last `limit` runs. It returns no row if the owner has submitted fewer runs.
            let sql = "SELECT created FROM run WHERE owner = $1 ORDER BY sequence DESC LIMIT 1 OFFSET $2";
            let arguments = vec![mandate.actor().into(), (limit.get() - 1).into()];
            let oldest = write.transaction.fetch_first(sql, arguments).await?;
            let oldest = oldest.map(|row| row.time(0, "run created")).transpose()?;
            if oldest.is_some_and(|oldest| oldest.plus_seconds(DAY_S) > self.clock.now()) {
                return Err(CatalogueError::Conflict { field: "day" });
            }
        }
        // The state row is locked, so no other write takes the next sequence number.
        let last = "SELECT COALESCE(MAX(sequence), 0) FROM run";
        let last = write.transaction.fetch_first(last, Vec::new()).await?;
        let last = last
            .ok_or(CatalogueError::Corrupt { what: "run sequence" })?
            .int(0, "run sequence")?;
        let row = [
            id.clone(),
            (last + 1).into(),
            mandate.actor().into(),
            Value::outside(&projects, "projects")?,
            RunState::Queued.as_str().into(),
            Value::outside(&run.request, "request")?,
            "".into(),
            self.clock.now().into(),
        ];
        let into = "run (id, sequence, owner, projects, state, request, note, created)";
        write.transaction.insert(into, [row]).await?;
        let mut inputs: Vec<[Value; 4]> = Vec::with_capacity(run.inputs.len());
        for ((object, capability), position) in run.inputs.iter().zip(0_u64..) {
            let known = "SELECT 1 FROM data_object WHERE id = $1 AND status = 'served'";
            if write.transaction.fetch_first(known, vec![object.as_str().into()]).await?.is_none() {
                return Err(CatalogueError::NotFound { what: "file" });
            }
            inputs.push([
                id.clone(),
                Value::count(position, "position")?,
                object.as_str().into(),
                Value::outside(capability, "capability")?,
            ]);
        }
        write
            .transaction
            .insert("run_input (run, position, object, capability)", inputs)
            .await?;
        write.commit(self, mandate, &format!("run:{}", run.id), 1).await?;
        Ok(())
    }
}
