//! Records reviews of outputs.

use gemj_access::{Mandate, Scope, WriteAction};

use super::output::OutputState;
use crate::catalogue::Catalogue;
use crate::database::Value;
use crate::error::CatalogueError;

/// The decision of a reviewer about an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputVerdict {
    /// The output is released, and the run's owner may download it.
    Release,
    /// The output is rejected, and the run's owner may not download it.
    Reject,
}

impl OutputVerdict {
    fn state(self) -> OutputState {
        match self {
            Self::Release => OutputState::Released,
            Self::Reject => OutputState::Rejected,
        }
    }
}

impl Catalogue {
    /// Records the review of an output of the run in the mandate's scope (action `ReviewOutput`). An output can be reviewed only once.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`] if the run has no output with this id, [`CatalogueError::Conflict`] `state` if the output was already
    /// reviewed.
    pub async fn review_run_output(
        &self,
        mandate: &Mandate,
        output: &str,
        verdict: OutputVerdict,
        reason: &str,
    ) -> Result<OutputState, CatalogueError> {
        let Scope::Run(run) = mandate.scope() else {
            return Err(CatalogueError::WrongKey);
        };
        let mut write = self.begin_write(mandate, &[WriteAction::ReviewOutput]).await?;
        let output_value = Value::outside(output, "output id")?;
        let sql = "SELECT state FROM run_output WHERE id = $1 AND run = $2";
        let found = write
            .transaction
            .fetch_first(sql, vec![output_value.clone(), run.as_str().into()])
            .await?;
        let found = found.ok_or(CatalogueError::NotFound { what: "output" })?;
        let state = found.parsed(0, "output state", |text| OutputState::parse(text).ok_or(()))?;
        if state != OutputState::Held {
            return Err(CatalogueError::Conflict { field: "state" });
        }
        let sql = "UPDATE run_output SET state = $1, reviewer = $2, reason = $3, decided = $4 WHERE id = $5";
        let arguments = vec![
            verdict.state().as_str().into(),
            mandate.actor().into(),
            Value::outside(reason, "reason")?,
            self.clock.now().into(),
            output_value,
        ];
        write.transaction.execute(sql, arguments).await?;
        let resource = format!("run-output:{output}:{}", verdict.state().as_str());
        write.commit(self, mandate, &resource, 1).await?;
        Ok(verdict.state())
    }
}
