//! Detects the reasons to stop an active run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gemj_catalogue::{Run, RunState};
use tokio::time::MissedTickBehavior;

use super::Supervision;

/// The interval between checks of an active run. A withdrawal or a ban stops a run within about this time.
const LOOK: Duration = Duration::from_secs(1);

/// The interval after which inputs are decided again although the policy has not changed, because approvals end.
const LOOK_ALL_THE_SAME: Duration = Duration::from_secs(30);

/// Why an active run must stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The run's owner cancelled it.
    Cancelled,
    /// The run may no longer use its inputs.
    Denied,
}

impl Supervision {
    /// Waits until a run must be stopped. A store failure is not a reason to stop, because no data leaves an active run.
    pub(super) async fn until_stopped(&self, run: &Run) -> Stop {
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut decided = None;
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
            let view = match self.watch.current().await {
                Ok(current) => current.view,
                Err(error) => {
                    tracing::error!(run = run.id, %error, "a run under way cannot be decided");
                    continue;
                }
            };
            // A different view means that the policy has changed: the epoch moved, or a scheduled change took effect. The view does not
            // contain bans, so their changes are compared separately.
            let bans = self.policy.now().bans().times_replaced();
            let same =
                |(seen, under, at): &(Arc<_>, u64, Instant)| Arc::ptr_eq(seen, &view) && *under == bans && at.elapsed() < LOOK_ALL_THE_SAME;
            if decided.as_ref().is_some_and(same) {
                continue;
            }
            match self.still_allowed(run).await {
                Ok(true) => decided = Some((view, bans, Instant::now())),
                Ok(false) => return Stop::Denied,
                Err(error) => tracing::error!(run = run.id, %error, "a run under way cannot be decided"),
            }
        }
    }
}
