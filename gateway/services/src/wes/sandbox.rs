//! The operator's limits for the sandbox of a run.

use std::path::PathBuf;

use gemj_engines::{Settings, memory_of_one};
use serde::Deserialize;

/// Limits of one run and of its sandbox: the section `[workflows.limits]` of the configuration. For each field `max_...`, 0 means no limit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SandboxOptions {
    /// The memory limit in bytes, for all processes of a run together. If absent, the runs that can be executed at one time share three
    /// quarters of the machine's memory equally, and each run may use at least 1 GiB.
    pub max_memory_bytes: Option<u64>,
    /// The maximum number of processes and threads of a run.
    pub max_processes: u64,
    /// The maximum size of one file, in bytes.
    pub max_file_bytes: u64,
    /// The maximum size of all files that a run has on disk at one time, in bytes.
    pub max_work_bytes: u64,
    /// The maximum number of files that a run has on disk at one time.
    pub max_work_files: u64,
    /// The size of `/tmp` in bytes; a value below 1 MiB counts as 1 MiB. The folder is in memory.
    pub tmp_bytes: u64,
    /// The size of `/dev/shm` in bytes; a value below 4 KiB counts as 4 KiB. The folder is in memory.
    pub shm_bytes: u64,
    /// Whether a filter limits the system calls of a run.
    pub seccomp: bool,
    /// Whether each run gets its own user id. This is possible only if the gateway runs as root.
    pub own_user: bool,
    /// The first of 65,536 user ids for runs. No other program on the machine may use these ids.
    pub first_user: u32,
    /// The cgroup v2 folder below which each run gets its own group. If absent, the groups are below the gateway's own group.
    pub cgroup: Option<PathBuf>,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        let settings = Settings::new("", None);
        Self {
            max_memory_bytes: None,
            max_processes: settings.max_processes.unwrap_or(0),
            max_file_bytes: settings.max_file_bytes,
            max_work_bytes: settings.max_work_bytes,
            max_work_files: settings.max_work_files,
            tmp_bytes: settings.tmp_bytes,
            shm_bytes: settings.shm_bytes,
            seccomp: settings.seccomp,
            own_user: true,
            first_user: settings.first_user.unwrap_or(0),
            cgroup: None,
        }
    }
}

impl SandboxOptions {
    /// The engine's `settings` with these limits, for `slots` runs at a time.
    pub(super) fn settings(&self, slots: usize, settings: Settings) -> Settings {
        let limit = |limit: u64| (limit > 0).then_some(limit);
        let or_all = |value: u64| limit(value).unwrap_or(u64::MAX);
        Settings {
            max_memory_bytes: limit(self.max_memory_bytes.unwrap_or_else(|| memory_of_one(slots))),
            max_processes: limit(self.max_processes),
            // Some systems store RLIMIT_FSIZE as a signed number, so the limit must not exceed `i64::MAX`.
            max_file_bytes: or_all(self.max_file_bytes).min(i64::MAX.unsigned_abs()),
            max_work_bytes: or_all(self.max_work_bytes),
            max_work_files: or_all(self.max_work_files),
            tmp_bytes: self.tmp_bytes.max(1 << 20),
            shm_bytes: self.shm_bytes.max(1 << 12),
            seccomp: self.seccomp,
            first_user: self.own_user.then_some(self.first_user),
            cgroup: self.cgroup.clone(),
            ..settings
        }
    }
}
