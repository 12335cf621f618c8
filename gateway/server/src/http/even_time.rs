//! One time for every refusal about a file: what is hidden, withdrawn or unknown is answered as late as everything else, so that the time of an answer does not
//! tell whether a file is there.

use std::time::{Duration, Instant};

use actix_web::rt;

/// Refusals leave at multiples of this time since their request was taken up. Looking up a file and deciding on it takes a fraction of it.
const STEP: Duration = Duration::from_millis(10);

/// When a request was taken up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TakenUp(Instant);

impl TakenUp {
    pub(crate) fn now() -> Self {
        Self(Instant::now())
    }

    /// Waits until a refusal may leave.
    pub(crate) async fn wait_for_step(self) {
        rt::time::sleep(until_step(self.0.elapsed())).await;
    }
}

/// How long it is from some time since the beginning to the end of the step that this is in.
fn until_step(elapsed: Duration) -> Duration {
    let steps = elapsed.as_nanos() / STEP.as_nanos() + 1;
    let end = u64::try_from(steps * STEP.as_nanos()).map_or(elapsed, Duration::from_nanos);
    end.saturating_sub(elapsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_refusal_cost_it_leaves_at_the_end_of_a_step() {
        for (micros, end_ms) in [(0, 10), (1, 10), (400, 10), (9_999, 10), (10_000, 20), (10_001, 20), (34_000, 40)] {
            let elapsed = Duration::from_micros(micros);
            assert_eq!(elapsed + until_step(elapsed), Duration::from_millis(end_ms), "{micros}");
        }
    }
}
