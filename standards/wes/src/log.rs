use serde::Serialize;

use crate::UtcSeconds;

/// When and how a run was executed (WES 1.1.0 § Log). Absent members are omitted. The log of a run that has not started is `{}`.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct Log {
    /// The workflow's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The arguments of "the command line that was executed", one item for each argument.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmd: Option<Vec<String>>,
    /// The time when the execution started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<UtcSeconds>,
    /// The time when the execution ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<UtcSeconds>,
    /// A *URL* of the standard output, readable with "the same credentials used to access the WES endpoint". Absent if the caller may not read
    /// the output at present.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stdout: Option<String>,
    /// A *URL* of the standard error output, readable with "the same credentials used to access the WES endpoint". Absent if the caller may not
    /// read the output at present.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stderr: Option<String>,
    /// The exit code of the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// Messages of the server itself, such as the reason for SYSTEM_ERROR. They never contain text from the workflow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub system_logs: Vec<String>,
}
