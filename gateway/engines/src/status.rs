use gemj_model::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineStatus {
    /// It waits for a slot.
    Queued,
    /// Its engine runs, or is being stopped.
    Running {
        /// The leader of its session.
        pid: u32,
        /// Since when, to the second.
        started: Timestamp,
    },
    /// It is over, and no process of it is left.
    Finished {
        /// The engine's exit code; 128 and the signal's number if a signal ended it.
        exit_code: i32,
        /// When, to the second.
        ended: Timestamp,
        /// Why it ended. Only a run that [`RunEnd::Exited`] has an exit code of its own.
        end: RunEnd,
    },
    /// It is over, and nobody knows how it ended.
    Lost {
        /// Why not.
        why: Lost,
    },
}

impl EngineStatus {
    /// Whether it will not change any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Queued | Self::Running { .. } => false,
            Self::Finished { .. } | Self::Lost { .. } => true,
        }
    }
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunEnd {
    /// By itself.
    Exited,
    /// It was cancelled, in the queue or running. This holds even if the engine happened to end between request and signal.
    Cancelled,
    /// It ran longer than the wall-clock limit.
    WallClock,
    /// Its work grew beyond the limit.
    WorkSize,
    /// It used more memory, or more processes, than it may.
    Memory,
}

/// Why nobody knows how a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lost {
    /// It never started: the gateway ended while the run waited. It may be submitted again, in the same directory, and will not
    /// start twice.
    NeverStarted,
    /// The process could not be started.
    CannotStart,
    /// The process is gone without a word: killed by another hand, out of memory, or the machine restarted.
    Vanished,
    /// What it left behind cannot be read.
    Unreadable,
    /// It could not be killed; processes of it may still run.
    Unkillable,
}
