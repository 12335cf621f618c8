//! Reasons to stop a run under way.

use std::time::Duration;

use gemj_catalogue::{Run, RunState};
use tokio::time::MissedTickBehavior;

use super::Supervision;

/// How often they are looked for: a withdrawal stops a run within about this time.
const LOOK: Duration = Duration::from_secs(1);

/// Why a run is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Its owner wants it no more.
    Cancelled,
    /// It may not use its inputs any more.
    Denied,
}

impl Supervision {
    /// Waits until a run is to be stopped. A store that does not answer is no reason: nothing leaves a run that is under way.
    pub(super) async fn until_stopped(&self, run: &Run) -> Stop {
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            match self.run(&run.id).await {
                Ok(Some(now)) if now.state == RunState::Canceling => return Stop::Cancelled,
                Ok(Some(_) | None) => {}
                Err(error) => {
                    tracing::error!(run = run.id, %error, "a run under way cannot be looked up");
                    continue;
                }
            }
            match self.still_allowed(run).await {
                Ok(true) => {}
                Ok(false) => return Stop::Denied,
                Err(error) => tracing::error!(run = run.id, %error, "a run under way cannot be decided"),
            }
        }
    }
}
