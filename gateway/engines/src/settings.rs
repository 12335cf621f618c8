use std::path::PathBuf;
use std::time::Duration;

use crate::OutcomeLimits;

/// Settings for engines on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The `cwltool` program, absolute.
    pub cwltool: PathBuf,
    /// The `bwrap` program, absolute; `None` if it is not installed.
    pub bwrap: Option<PathBuf>,
    /// Whether to refuse to start if runs cannot be isolated.
    pub require_isolation: bool,
    /// Further files and folders that the sandbox shows, read-only: tools installed outside `/usr`. The engine's own interpreter is found
    /// without this setting.
    pub read_only: Vec<PathBuf>,
    /// The maximum number of engines at a time.
    pub slots: usize,
    /// The maximum number of runs that wait for a slot.
    pub queue_length: usize,
    /// The wall-clock limit of a run, in seconds from its start.
    pub wall_clock_s: u64,
    /// Seconds between SIGTERM and SIGKILL.
    pub grace_s: u64,
    /// Seconds of processor time of one process; `None` for no limit.
    pub cpu_s: Option<u64>,
    /// The maximum size of one file in bytes (RLIMIT_FSIZE), log files included.
    pub max_file_bytes: u64,
    /// The maximum size in bytes of the run's `work`, scratch included. Checked every two seconds.
    pub max_work_bytes: u64,
    /// The maximum total size of the outputs in bytes.
    pub max_output_bytes: u64,
    /// The maximum number of outputs.
    pub max_outputs: usize,
    /// The maximum number of open files of one process.
    pub max_open_files: u64,
    /// The maximum number of files and folders below `work`. Checked every two seconds.
    pub max_work_files: u64,
    /// The maximum memory in bytes of all processes of a run together; `None` for no limit. With cgroup v2, the run's control group
    /// enforces the limit. Without it, the limit is checked every second, and is also the limit of private memory of each process
    /// (RLIMIT_DATA).
    pub max_memory_bytes: Option<u64>,
    /// The maximum number of processes and threads of a run; `None` for no limit. RLIMIT_NPROC and the run's control group enforce the
    /// limit. Without a control group, the limit is also checked every second.
    pub max_processes: Option<u64>,
    /// The maximum address space of one process in bytes (RLIMIT_AS); `None` for no limit. JavaScript interpreters reserve much more than
    /// they use.
    pub max_address_space_bytes: Option<u64>,
    /// The size in bytes of `/tmp` in the sandbox, which is memory.
    pub tmp_bytes: u64,
    /// The size in bytes of `/dev/shm` in the sandbox, which is memory.
    pub shm_bytes: u64,
    /// Whether the sandbox filters system calls.
    pub seccomp: bool,
    /// The first of 65,536 user ids for runs, if the gateway is root; `None` to run as the gateway's user.
    pub first_user: Option<u32>,
    /// The cgroup v2 folder for the groups of the runs; `None` for the gateway's own group.
    pub cgroup: Option<PathBuf>,
}

impl Settings {
    /// Settings for `cwltool`:
    ///
    /// * one slot for two processors, 64 waiting runs, 24 hours, 10 seconds of grace;
    /// * files of 64 GiB, work of 256 GiB and 500,000 files, outputs of 64 GiB;
    /// * three quarters of the machine's memory shared by the slots, 1,024 processes, 64 MiB of `/dev/shm`;
    /// * a filter of system calls, and users from 1,879,048,192 on (which systemd leaves free);
    /// * no limit of processor time and address space.
    #[must_use]
    pub fn new(cwltool: impl Into<PathBuf>, bwrap: Option<PathBuf>) -> Self {
        const GIB: u64 = 1 << 30;
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let slots = (processors / 2).max(1);
        Self {
            cwltool: cwltool.into(),
            bwrap,
            require_isolation: false,
            read_only: Vec::new(),
            slots,
            queue_length: 64,
            wall_clock_s: 24 * 3600,
            grace_s: 10,
            cpu_s: None,
            max_file_bytes: 64 * GIB,
            max_work_bytes: 256 * GIB,
            max_output_bytes: 64 * GIB,
            max_outputs: 10_000,
            max_open_files: 4096,
            max_work_files: 500_000,
            max_memory_bytes: Some(memory_of_one(slots)),
            max_processes: Some(1024),
            max_address_space_bytes: None,
            tmp_bytes: GIB / 4,
            shm_bytes: GIB / 16,
            seccomp: true,
            first_user: Some(1_879_048_192),
            cgroup: None,
        }
    }

    /// The limits of [`crate::outcome`] under these settings.
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

/// The memory limit of one run in bytes: its share of three quarters of the machine's memory, divided by `slots`; at least 1 GiB.
#[must_use]
pub fn memory_of_one(slots: usize) -> u64 {
    const GIB: u64 = 1 << 30;
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    // `MemTotal:       16384000 kB`
    let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = total.and_then(|total| total.split_whitespace().next()?.parse::<u64>().ok());
    let share = kib.unwrap_or(0).saturating_mul(1024) / 4 * 3 / u64::try_from(slots.max(1)).unwrap_or(1);
    share.max(GIB)
}
