use std::path::PathBuf;
use std::time::Duration;

use crate::OutcomeLimits;

/// How engines run on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The `cwltool` program, absolute.
    pub cwltool: PathBuf,
    /// The `bwrap` program, absolute; `None` where there is none.
    pub bwrap: Option<PathBuf>,
    /// Whether to refuse to start where runs cannot be isolated.
    pub require_isolation: bool,
    /// Further files and folders the sandbox shows, read-only: tools installed outside `/usr`. The engine's own interpreter is
    /// found without.
    pub read_only: Vec<PathBuf>,
    /// The most engines at a time.
    pub slots: usize,
    /// The most runs that wait for a slot.
    pub queue_length: usize,
    /// Seconds from its start after which a run is ended.
    pub wall_clock_s: u64,
    /// Seconds between SIGTERM and SIGKILL.
    pub grace_s: u64,
    /// Seconds of processor time of one process; `None` for no limit.
    pub cpu_s: Option<u64>,
    /// The most bytes of one file (RLIMIT_FSIZE); of a log too.
    pub max_file_bytes: u64,
    /// The most bytes that the run's `work` may hold, scratch included; looked at every two seconds.
    pub max_work_bytes: u64,
    /// The most bytes of all outputs together.
    pub max_output_bytes: u64,
    /// The most outputs.
    pub max_outputs: usize,
    /// Open files of one process.
    pub max_open_files: u64,
    /// Processes of the user that runs the gateway (RLIMIT_NPROC), which counts all of that user's; `None` for no limit.
    pub max_processes: Option<u64>,
    /// Bytes of address space of one process (RLIMIT_AS); `None` for no limit. Interpreters of JavaScript reserve much more
    /// than they use.
    pub max_address_space_bytes: Option<u64>,
    /// Bytes of `/tmp` in the sandbox, which is memory.
    pub tmp_bytes: u64,
}

impl Settings {
    /// Settings for `cwltool`: one slot for two processors, 64 waiting, 24 hours, 10 seconds of grace, files of 64 GiB, work of
    /// 256 GiB, outputs of 64 GiB, no limit of processor time, processes and address space.
    #[must_use]
    pub fn new(cwltool: impl Into<PathBuf>, bwrap: Option<PathBuf>) -> Self {
        const GIB: u64 = 1 << 30;
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            cwltool: cwltool.into(),
            bwrap,
            require_isolation: false,
            read_only: Vec::new(),
            slots: (processors / 2).max(1),
            queue_length: 64,
            wall_clock_s: 24 * 3600,
            grace_s: 10,
            cpu_s: None,
            max_file_bytes: 64 * GIB,
            max_work_bytes: 256 * GIB,
            max_output_bytes: 64 * GIB,
            max_outputs: 10_000,
            max_open_files: 4096,
            max_processes: None,
            max_address_space_bytes: None,
            tmp_bytes: GIB / 4,
        }
    }

    /// What [`crate::outcome`] is to accept under these settings.
    #[must_use]
    pub fn outcome_limits(&self) -> OutcomeLimits {
        OutcomeLimits {
            max_outputs: self.max_outputs,
            max_file_bytes: self.max_file_bytes,
            max_total_bytes: self.max_output_bytes,
        }
    }

    pub(crate) fn grace(&self) -> Duration {
        Duration::from_secs(self.grace_s)
    }
}
