use gemj_model::Timestamp;
use serde::{Deserialize, Serialize};

/// The status of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineStatus {
    /// The run waits for a slot.
    Queued,
    /// The engine runs, or the executor is stopping it.
    Running {
        /// The pid of the wrapper, which leads the session of the run.
        pid: u32,
        /// The start of the run, to the second.
        started: Timestamp,
    },
    /// The run is over, and no process of the run exists.
    Finished {
        /// The exit code of the engine. If a signal ended the engine, the code is 128 plus the signal's number.
        exit_code: i32,
        /// The end of the run, to the second.
        ended: Timestamp,
        /// The reason why the run ended. If the reason is not [`RunEnd::Exited`], the gateway may have recorded the exit code instead of the engine.
        end: RunEnd,
    },
    /// The run is over, and it is not known how it ended.
    Lost {
        /// The reason why the end is not known.
        why: Lost,
    },
}

impl EngineStatus {
    /// Whether the status can no longer change.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Queued | Self::Running { .. } => false,
            Self::Finished { .. } | Self::Lost { .. } => true,
        }
    }
}

/// The reason why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunEnd {
    /// The engine exited by itself.
    Exited,
    /// The run was cancelled, in the queue or while running. This reason also applies if the engine ended between the cancellation and the signal.
    Cancelled,
    /// The run exceeded the wall-clock limit.
    WallClock,
    /// The run's `work` folder exceeded its limit of bytes or files.
    WorkSize,
    /// The run exceeded its limit of memory or of processes.
    Memory,
}

/// The reason why it is not known how a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lost {
    /// The run never started, because the gateway ended while the run waited. The run may be submitted again in the same directory. The
    /// first submission can then no longer start.
    NeverStarted,
    /// The wrapper or the engine could not be started.
    CannotStart,
    /// The process vanished without an exit record: it was killed from outside, memory ran out, or the machine restarted.
    Vanished,
    /// The run's records cannot be read.
    Unreadable,
    /// The processes of the run could not be killed and may still run.
    Unkillable,
}
