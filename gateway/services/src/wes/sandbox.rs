//! The operator's limits for a run.

use std::path::PathBuf;

use gemj_engines::{Settings, memory_of_one};
use serde::Deserialize;

/// Limits of one run and of its sandbox: the section `[workflows.limits]` of the configuration. 0 means no limit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SandboxOptions {
    /// Bytes of memory of all processes together. If absent, each slot has an equal share of three quarters of the machine's memory.
    pub max_memory_bytes: Option<u64>,
    /// The number of processes and threads.
    pub max_processes: u64,
    /// Bytes of one file.
    pub max_file_bytes: u64,
    /// Bytes of all files that a run has on disk at one time.
    pub max_work_bytes: u64,
    /// The number of these files.
    pub max_work_files: u64,
    /// Bytes of `/tmp`, which is in memory.
    pub tmp_bytes: u64,
    /// Bytes of `/dev/shm`, which is in memory.
    pub shm_bytes: u64,
    /// Whether system calls are filtered.
    pub seccomp: bool,
    /// Whether each run has its own user id if the gateway runs as root.
    pub own_user: bool,
    /// The first of 65,536 user ids for runs. Nothing else on the machine may use these ids.
    pub first_user: u32,
    /// The cgroup v2 folder below which runs get their groups; if absent, the gateway's own group.
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
    /// `settings` with these limits, for `slots` runs at a time.
    pub(super) fn settings(&self, slots: usize, settings: Settings) -> Settings {
        let limit = |limit: u64| (limit > 0).then_some(limit);
        let or_all = |value: u64| limit(value).unwrap_or(u64::MAX);
        Settings {
            max_memory_bytes: limit(self.max_memory_bytes.unwrap_or_else(|| memory_of_one(slots))),
            max_processes: limit(self.max_processes),
            // Some systems store RLIMIT_FSIZE as a signed number.
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
