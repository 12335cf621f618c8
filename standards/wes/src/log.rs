use serde::Serialize;

use crate::UtcSeconds;

/// When and how a run was executed (WES 1.1.0 § Log). Absent members are left out; a log of nothing yet is `{}`.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct Log {
    /// The workflow's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// "The command line that was executed", by argument.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmd: Option<Vec<String>>,
    /// When it started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<UtcSeconds>,
    /// When it stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<UtcSeconds>,
    /// A *URL* of the standard output, open to "the same credentials used to access the WES endpoint". Absent while the text
    /// may not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stdout: Option<String>,
    /// A *URL* of the standard error; likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stderr: Option<String>,
    /// The exit code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// What the system itself has to say, such as why a run is in SYSTEM_ERROR. Never text of the workflow's making.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub system_logs: Vec<String>,
}
