//! The progress of a run that its owner sees before a review: only the state, and only in coarse steps of time.
//!
//! A workflow can choose when it ends. If its owner saw the exact moment, each run could carry out as many bits as the clock has. So a
//! change of a run is shown at the end of the time step in which it happened. All runs share the same time steps, because the end of one
//! run starts the next.

use gemj_catalogue::{Run, RunState};
use gemj_model::Timestamp;

const MICROSECONDS: i64 = 1_000_000;

/// The time steps, all of one length, in which changes of runs are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    length_us: i64,
}

/// The state and the times of a run as its owner sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) state: RunState,
    pub(super) started: Option<Timestamp>,
    pub(super) ended: Option<Timestamp>,
}

impl Steps {
    /// Time steps of this length in seconds; 0 counts as one second.
    #[must_use]
    pub fn of_seconds(seconds: u32) -> Self {
        Self {
            length_us: i64::from(seconds.max(1)) * MICROSECONDS,
        }
    }

    /// The end of the last time step that is complete at `now`.
    #[must_use]
    pub fn last(self, now: Timestamp) -> Timestamp {
        Timestamp(now.0.div_euclid(self.length_us).saturating_mul(self.length_us))
    }

    /// The end of the time step that contains `time`. A time on the border of two steps is its own end.
    fn end_of(self, time: Timestamp) -> Timestamp {
        let into_the_step = time.0.rem_euclid(self.length_us);
        if into_the_step == 0 {
            time
        } else {
            Timestamp(time.0.saturating_add(self.length_us - into_the_step))
        }
    }

    /// The state and the times of the run as its owner sees them at `now`.
    ///
    /// A run in preparation is still shown as queued, because its start reveals when the previous run ended.
    pub(super) fn show(self, run: &Run, now: Timestamp) -> Shown {
        let last = self.last(now);
        let seen = |time: Option<Timestamp>| time.filter(|time| *time <= last).map(|time| self.end_of(time));
        let (started, ended) = (seen(run.started), seen(run.ended));
        let under_way = if started.is_some() { RunState::Running } else { RunState::Queued };
        let state = match run.state {
            RunState::Queued | RunState::Initializing => RunState::Queued,
            RunState::Running => under_way,
            // The state `Canceling` is shown at once, because the owner or a changed policy requested the cancellation, not the workflow.
            RunState::Canceling => RunState::Canceling,
            // The run was cancelled in the queue and never started, so its end reveals nothing about a workflow.
            RunState::Canceled if run.started.is_none() => RunState::Canceled,
            RunState::Canceled if ended.is_none() => RunState::Canceling,
            RunState::Complete | RunState::ExecutorError | RunState::SystemError if ended.is_none() => under_way,
            RunState::Complete | RunState::ExecutorError | RunState::SystemError | RunState::Canceled => run.state,
        };
        Shown { state, started, ended }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(state: RunState, started: Option<i64>, ended: Option<i64>) -> Run {
        Run {
            id: "r".to_owned(),
            sequence: 1,
            owner: "o".to_owned(),
            projects: Vec::new(),
            state,
            request: String::new(),
            note: String::new(),
            created: Timestamp(0),
            started: started.map(Timestamp::from_seconds),
            ended: ended.map(Timestamp::from_seconds),
            exit_code: None,
        }
    }

    #[test]
    fn a_run_end_is_shown_at_the_end_of_its_step_and_all_ends_in_one_step_look_the_same() {
        let steps = Steps::of_seconds(60);
        for ended in [121, 122, 150, 179, 180] {
            let run = run(RunState::Complete, Some(61), Some(ended));
            let at = |now| steps.show(&run, Timestamp::from_seconds(now));
            assert_eq!(at(119).state, RunState::Queued, "its start is not shown yet");
            let before = at(179);
            assert_eq!((before.state, before.ended), (RunState::Running, None));
            assert_eq!(before.started, Some(Timestamp::from_seconds(120)));
            let after = at(180);
            assert_eq!((after.state, after.ended), (RunState::Complete, Some(Timestamp::from_seconds(180))));
        }
        let error = steps.show(&run(RunState::ExecutorError, Some(61), Some(181)), Timestamp::from_seconds(239));
        assert_eq!((error.state, error.ended), (RunState::Running, None));
    }

    #[test]
    fn a_run_in_preparation_is_shown_as_queued_and_a_cancelled_run_as_canceling_until_its_step_ends() {
        let steps = Steps::of_seconds(60);
        let state = |run: &Run, now| steps.show(run, Timestamp::from_seconds(now)).state;
        assert_eq!(state(&run(RunState::Initializing, None, None), 500), RunState::Queued);
        assert_eq!(state(&run(RunState::Canceled, None, Some(70)), 71), RunState::Canceled);
        let cancelled = run(RunState::Canceled, Some(10), Some(70));
        assert_eq!(
            state(&cancelled, 71),
            RunState::Canceling,
            "the workflow chooses the moment of its end"
        );
        assert_eq!(state(&cancelled, 120), RunState::Canceled);
        assert_eq!(state(&run(RunState::SystemError, None, Some(70)), 71), RunState::Queued);
    }
}
