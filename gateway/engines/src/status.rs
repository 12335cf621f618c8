use gemj_model::Timestamp;
use serde::{Deserialize, Serialize};

/// The status of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineStatus {
    /// The run waits for a slot.
    Queued,
    /// The engine runs, or is being stopped.
    Running {
        /// The leader of the session.
        pid: u32,
        /// The start, to the second.
        started: Timestamp,
    },
    /// The run is over, and no process of it exists.
    Finished {
        /// The engine's exit code; 128 plus the signal's number if a signal ended the engine.
        exit_code: i32,
        /// The end, to the second.
        ended: Timestamp,
        /// The reason of the end. Only with [`RunEnd::Exited`] is the exit code the engine's own.
        end: RunEnd,
    },
    /// The run is over, and its end is unknown.
    Lost {
        /// The reason.
        why: Lost,
    },
}

impl EngineStatus {
    /// Whether the status is final.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Queued | Self::Running { .. } => false,
            Self::Finished { .. } | Self::Lost { .. } => true,
        }
    }
}

/// The reason of the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunEnd {
    /// The engine exited by itself.
    Exited,
    /// The run was cancelled, in the queue or while running. This also holds if the engine ended between the request and the signal.
    Cancelled,
    /// The run exceeded the wall-clock limit.
    WallClock,
    /// The run's work exceeded the size limit.
    WorkSize,
    /// The run exceeded the limit of memory or of processes.
    Memory,
}

/// The reason why the end of a run is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lost {
    /// The run never started: the gateway ended while the run waited. The run may be submitted again in the same directory and will not
    /// start twice.
    NeverStarted,
    /// The process could not be started.
    CannotStart,
    /// The process vanished without a record: killed from outside, out of memory, or by a restart of the machine.
    Vanished,
    /// The run's records cannot be read.
    Unreadable,
    /// The run could not be killed. Processes of it may still run.
    Unkillable,
}
