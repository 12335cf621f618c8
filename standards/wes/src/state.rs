use serde::{Deserialize, Serialize};

/// The state of a run (WES 1.1.0 § State). Five states are terminal. A terminal state never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// The state is not stated: "A safe default for messages where this field is missing". A run never becomes unknown.
    Unknown,
    /// The run waits in the queue.
    Queued,
    /// "Currently preparing to run": the server checks and stages the inputs.
    Initializing,
    /// The engine is running.
    Running,
    /// The run is paused and can continue.
    Paused,
    /// Terminal: the engine ended without error, and the outputs are stored.
    Complete,
    /// Terminal: "an Executor exited with a non-zero exit code".
    ExecutorError,
    /// Terminal: "stopped due to a system error, but not from an Executor".
    SystemError,
    /// Terminal: cancelled by the user. No process of the run is left.
    Canceled,
    /// Cancelled by the user, and still stopping.
    Canceling,
    /// Terminal: stopped by the system to reclaim its capacity.
    Preempted,
}

/// A change of state that is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a run that is {} cannot become {}", .from.as_str(), .to.as_str())]
pub struct IllegalTransition {
    /// The present state of the run.
    pub from: State,
    /// The requested state of the run.
    pub to: State,
}

impl State {
    /// All states, in the order of the specification.
    pub const ALL: [Self; 11] = [
        Self::Unknown,
        Self::Queued,
        Self::Initializing,
        Self::Running,
        Self::Paused,
        Self::Complete,
        Self::ExecutorError,
        Self::SystemError,
        Self::Canceled,
        Self::Canceling,
        Self::Preempted,
    ];

    /// The value of `state` in the JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN",
            Self::Queued => "QUEUED",
            Self::Initializing => "INITIALIZING",
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Complete => "COMPLETE",
            Self::ExecutorError => "EXECUTOR_ERROR",
            Self::SystemError => "SYSTEM_ERROR",
            Self::Canceled => "CANCELED",
            Self::Canceling => "CANCELING",
            Self::Preempted => "PREEMPTED",
        }
    }

    /// The state with exactly this name; `None` if no state has this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Whether the state is terminal.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        match self {
            Self::Complete | Self::ExecutorError | Self::SystemError | Self::Canceled | Self::Preempted => true,
            Self::Unknown | Self::Queued | Self::Initializing | Self::Running | Self::Paused | Self::Canceling => false,
        }
    }

    /// Whether a run in this state may change to the state `next`. No state may change to itself.
    ///
    /// A run in CANCELING ends as CANCELED, even if its engine ended by itself before the signal. A client that received CANCELING therefore
    /// never receives COMPLETE. If the run cannot be stopped, it becomes SYSTEM_ERROR.
    #[must_use]
    pub const fn can_become(self, next: Self) -> bool {
        use State::{Canceled, Canceling, Complete, ExecutorError, Initializing, Paused, Preempted, Queued, Running, SystemError, Unknown};
        match self {
            Unknown => !matches!(next, Unknown),
            Queued => matches!(next, Initializing | Canceling | Canceled | SystemError | Preempted),
            Initializing => matches!(next, Running | Canceling | Canceled | ExecutorError | SystemError | Preempted),
            Running => matches!(next, Paused | Complete | ExecutorError | SystemError | Canceling | Preempted),
            Paused => matches!(next, Running | SystemError | Canceling | Preempted),
            Canceling => matches!(next, Canceled | SystemError),
            Complete | ExecutorError | SystemError | Canceled | Preempted => false,
        }
    }

    /// Returns `next` if a run in this state may change to `next`.
    ///
    /// # Errors
    /// [`IllegalTransition`] if the change is not allowed.
    pub const fn transition(self, next: Self) -> Result<Self, IllegalTransition> {
        if self.can_become(next) {
            Ok(next)
        } else {
            Err(IllegalTransition { from: self, to: next })
        }
    }
}
