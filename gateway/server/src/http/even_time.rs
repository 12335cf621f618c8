//! Even timing of refusals about files. Refusals for hidden, withdrawn and unknown files are sent at the same time steps, so that the time of
//! an answer does not reveal whether a file exists.

use std::time::{Duration, Instant};

use actix_web::rt;

/// Refusals are sent at multiples of this time after the start of their request. The look-up of a file and the decision take only a fraction of
/// this time.
const STEP: Duration = Duration::from_millis(10);

/// The time at which the processing of a request started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TakenUp(Instant);

impl TakenUp {
    pub(crate) fn now() -> Self {
        Self(Instant::now())
    }

    /// Waits until the next time step, at which the refusal may be sent.
    pub(crate) async fn wait_for_step(self) {
        rt::time::sleep(until_step(self.0.elapsed())).await;
    }
}

/// The time until the next multiple of [`STEP`], if `elapsed` has passed since the start of the request.
fn until_step(elapsed: Duration) -> Duration {
    let steps = elapsed.as_nanos() / STEP.as_nanos() + 1;
    let end = u64::try_from(steps * STEP.as_nanos()).map_or(elapsed, Duration::from_nanos);
    end.saturating_sub(elapsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_sent_at_the_end_of_a_time_step() {
        for (micros, end_ms) in [(0, 10), (1, 10), (400, 10), (9_999, 10), (10_000, 20), (10_001, 20), (34_000, 40)] {
            let elapsed = Duration::from_micros(micros);
            assert_eq!(elapsed + until_step(elapsed), Duration::from_millis(end_ms), "{micros}");
        }
    }
}
