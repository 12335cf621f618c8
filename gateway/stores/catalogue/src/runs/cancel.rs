//! Cancels a run on behalf of its owner.

use gemj_access::{Mandate, Scope, WriteAction};

use super::row::state_of;
use super::state::RunState;
use crate::catalogue::Catalogue;
use crate::error::CatalogueError;

impl Catalogue {
    /// Cancels the run in the mandate's scope (action `CancelRun`) and returns its new state: `Canceled` if the run had not begun, `Canceling`
    /// if it had. A run that is over or is already being cancelled does not change.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`] for an unknown run.
    pub async fn cancel_run(&self, mandate: &Mandate) -> Result<RunState, CatalogueError> {
        let Scope::Run(id) = mandate.scope() else {
            return Err(CatalogueError::WrongKey);
        };
        let mut write = self.begin_write(mandate, &[WriteAction::CancelRun]).await?;
        let sql = "SELECT state FROM run WHERE id = $1";
        let row = write.transaction.fetch_first(sql, vec![id.as_str().into()]).await?;
        let state = state_of(&row.ok_or(CatalogueError::NotFound { what: "run" })?, 0)?;
        let next = match state {
            RunState::Queued => RunState::Canceled,
            RunState::Initializing | RunState::Running => RunState::Canceling,
            RunState::Canceling | RunState::Complete | RunState::ExecutorError | RunState::SystemError | RunState::Canceled => {
                return Ok(state);
            }
        };
        let ended = next.is_over().then_some(self.clock.now().0);
        let sql = "UPDATE run SET state = $1, ended = $2 WHERE id = $3";
        let arguments = vec![next.as_str().into(), ended.into(), id.as_str().into()];
        write.transaction.execute(sql, arguments).await?;
        write.commit(self, mandate, &format!("run:{id}:{}", next.as_str()), 1).await?;
        Ok(next)
    }
}
