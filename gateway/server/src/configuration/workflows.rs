//! The section about workflow runs.

use std::path::PathBuf;

use gemj_services::wes::SandboxOptions;
use serde::Deserialize;

/// The section about workflow runs. Without this section, WES answers that no workflow can be run.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkflowSettings {
    pub(crate) directory: PathBuf,
    pub(crate) cwltool: PathBuf,
    #[serde(default)]
    pub(crate) bwrap: Option<PathBuf>,
    #[serde(default = "yes")]
    pub(crate) require_isolation: bool,
    #[serde(default = "one")]
    pub(crate) slots: usize,
    #[serde(default = "a_day")]
    pub(crate) wall_clock_s: u64,
    #[serde(default = "ten_gib")]
    pub(crate) max_output_bytes: u64,
    /// The resource limits of a run.
    #[serde(default)]
    pub(crate) limits: SandboxOptions,
    /// The length in seconds of the time steps in which owners see changes of their runs.
    #[serde(default = "a_minute")]
    pub(crate) shown_every_s: u32,
    /// Seconds within which the body of a run's submission must arrive.
    #[serde(default = "two_minutes")]
    pub(crate) upload_timeout_s: u32,
    /// Maximum number of runs that one caller may submit within 24 hours; 0 for no limit.
    #[serde(default = "a_hundred")]
    pub(crate) runs_per_day: u32,
}

fn a_minute() -> u32 {
    60
}

fn two_minutes() -> u32 {
    120
}

fn a_hundred() -> u32 {
    100
}

fn yes() -> bool {
    true
}

fn one() -> usize {
    1
}

fn a_day() -> u64 {
    86_400
}

fn ten_gib() -> u64 {
    10 << 30
}
