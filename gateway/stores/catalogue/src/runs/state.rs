//! The states of a run, and the allowed changes between them.

/// The state of a run. The names are eight of the states in WES 1.1.0 § State.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunState {
    /// The run waits for its turn.
    Queued,
    /// The access to the input files is decided again, and the files are staged.
    Initializing,
    /// The engine executes the workflow.
    Running,
    /// The run is being cancelled.
    Canceling,
    /// The run is over: the engine ended without error.
    Complete,
    /// The run is over: a command of the workflow failed.
    ExecutorError,
    /// The run is over: the system failed, or refused to execute the run.
    SystemError,
    /// The run is over: it was cancelled, and no process of the run exists any more.
    Canceled,
}

impl RunState {
    /// All eight states.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Initializing,
        Self::Running,
        Self::Canceling,
        Self::Complete,
        Self::ExecutorError,
        Self::SystemError,
        Self::Canceled,
    ];

    /// The name of the state in WES.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Initializing => "INITIALIZING",
            Self::Running => "RUNNING",
            Self::Canceling => "CANCELING",
            Self::Complete => "COMPLETE",
            Self::ExecutorError => "EXECUTOR_ERROR",
            Self::SystemError => "SYSTEM_ERROR",
            Self::Canceled => "CANCELED",
        }
    }

    /// Parses the output of [`RunState::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether the run is over. A final state never changes.
    #[must_use]
    pub fn is_over(self) -> bool {
        match self {
            Self::Complete | Self::ExecutorError | Self::SystemError | Self::Canceled => true,
            Self::Queued | Self::Initializing | Self::Running | Self::Canceling => false,
        }
    }

    /// Whether a run in this state may change to `next`. A run in CANCELING never changes to COMPLETE.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Queued => matches!(next, Self::Initializing | Self::Canceled | Self::SystemError),
            Self::Initializing => matches!(next, Self::Running | Self::Canceling | Self::SystemError),
            Self::Running => matches!(next, Self::Complete | Self::ExecutorError | Self::SystemError | Self::Canceling),
            Self::Canceling => matches!(next, Self::Canceled | Self::SystemError),
            Self::Complete | Self::ExecutorError | Self::SystemError | Self::Canceled => false,
        }
    }
}
