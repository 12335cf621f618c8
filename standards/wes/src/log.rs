use serde::Serialize;

use crate::UtcSeconds;

/// When and how a run was executed (WES 1.1.0 § Log). Absent members are omitted. The log of a run that has not started is `{}`.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct Log {
    /// The workflow's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// "The command line that was executed", by argument.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmd: Option<Vec<String>>,
    /// The start time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<UtcSeconds>,
    /// The end time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<UtcSeconds>,
    /// A *URL* of the standard output, readable with "the same credentials used to access the WES endpoint". Absent while the output may not
    /// be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stdout: Option<String>,
    /// A *URL* of the standard error; the same rules apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stderr: Option<String>,
    /// The exit code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// Messages of the system itself, such as the reason for SYSTEM_ERROR. They never contain text from the workflow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub system_logs: Vec<String>,
}
