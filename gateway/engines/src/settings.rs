use std::path::PathBuf;
use std::time::Duration;

use crate::OutcomeLimits;

/// Settings for the engines that run on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The absolute path of the program `cwltool`.
    pub cwltool: PathBuf,
    /// The absolute path of the program `bwrap`; `None` if it is not installed.
    pub bwrap: Option<PathBuf>,
    /// Whether the executor refuses to start if runs cannot be isolated.
    pub require_isolation: bool,
    /// Further files and folders that the sandbox shows read-only, such as tools that are installed outside `/usr`. The engine's own
    /// interpreter is found without this setting.
    pub read_only: Vec<PathBuf>,
    /// The maximum number of engines that run at the same time.
    pub slots: usize,
    /// The maximum number of runs that wait for a slot.
    pub queue_length: usize,
    /// The wall-clock limit of a run, in seconds from its start.
    pub wall_clock_s: u64,
    /// The time between SIGTERM and SIGKILL, in seconds.
    pub grace_s: u64,
    /// The limit of processor time of each process, in seconds; `None` for no limit.
    pub cpu_s: Option<u64>,
    /// The maximum size of each file that a run writes, in bytes (RLIMIT_FSIZE). Log files count too.
    pub max_file_bytes: u64,
    /// The maximum size of the run's `work` folder in bytes, including scratch files. The size is checked every two seconds.
    pub max_work_bytes: u64,
    /// The maximum total size of a run's outputs, in bytes.
    pub max_output_bytes: u64,
    /// The maximum number of outputs of a run.
    pub max_outputs: usize,
    /// The maximum number of open files of each process.
    pub max_open_files: u64,
    /// The maximum number of files and folders below the run's `work` folder. The number is checked every two seconds.
    pub max_work_files: u64,
    /// The maximum memory of all processes of a run together, in bytes; `None` for no limit. With cgroup v2, the run's control group enforces the
    /// limit. Without cgroup v2, the limit is checked every second. The private memory of each process then has the same limit (RLIMIT_DATA).
    pub max_memory_bytes: Option<u64>,
    /// The maximum number of processes and threads of a run; `None` for no limit. RLIMIT_NPROC and the run's control group enforce the limit. Without
    /// a control group, the number is also checked every second.
    pub max_processes: Option<u64>,
    /// The maximum address space of each process in bytes (RLIMIT_AS); `None` for no limit. JavaScript interpreters
    /// reserve much more address space than they use.
    pub max_address_space_bytes: Option<u64>,
    /// The size of `/tmp` in the sandbox, in bytes. This file system is in memory.
    pub tmp_bytes: u64,
    /// The size of `/dev/shm` in the sandbox, in bytes. This file system is in memory.
    pub shm_bytes: u64,
    /// Whether the sandbox filters the system calls of a run.
    pub seccomp: bool,
    /// The first of 65,536 user ids for runs, if the gateway is root. If `None`, runs use the gateway's user.
    pub first_user: Option<u32>,
    /// The cgroup v2 folder in which the groups of the runs are created. If `None`, the gateway's own group is used.
    pub cgroup: Option<PathBuf>,
}

impl Settings {
    /// The default settings for `cwltool`:
    ///
    /// * The executor has one slot for each two processors, and 64 runs may wait. A run may take 24 hours, and the grace time is 10 seconds.
    /// * A file may have 64 GiB, the `work` folder 256 GiB and 500,000 files, and the outputs 64 GiB in total. A run may have 10,000 outputs.
    /// * The slots share three quarters of the machine's memory, and each slot has at least 1 GiB. A run may have 1,024 processes, 256 MiB in
    ///   `/tmp` and 64 MiB in `/dev/shm`. A process may have 4,096 open files.
    /// * System calls are filtered. If the gateway is root, runs have user ids from 1,879,048,192 on, which systemd leaves free.
    /// * Processor time and address space are not limited.
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

    /// The limits that [`crate::outcome`] uses under these settings.
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

/// The memory limit of one run in bytes: three quarters of the machine's memory, divided by `slots`; at least 1 GiB.
#[must_use]
pub fn memory_of_one(slots: usize) -> u64 {
    const GIB: u64 = 1 << 30;
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    // The line in `/proc/meminfo` has the form `MemTotal:       16384000 kB`.
    let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = total.and_then(|total| total.split_whitespace().next()?.parse::<u64>().ok());
    let share = kib.unwrap_or(0).saturating_mul(1024) / 4 * 3 / u64::try_from(slots.max(1)).unwrap_or(1);
    share.max(GIB)
}
