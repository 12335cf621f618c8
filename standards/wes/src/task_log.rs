use serde::Serialize;

use crate::{TaskId, UtcSeconds};

/// One task of a run (WES 1.1.0 § TaskLog): a [`crate::Log`] with an id and a name. Absent members are omitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskLog {
    /// "A unique identifier which may be used to reference the task".
    pub id: TaskId,
    /// The task's name.
    pub name: String,
    /// The arguments of "the command line that was executed", one item for each argument.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmd: Option<Vec<String>>,
    /// The time when the task started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<UtcSeconds>,
    /// The time when the task ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<UtcSeconds>,
    /// A *URL* of the task's standard output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stdout: Option<String>,
    /// A *URL* of the task's standard error output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stderr: Option<String>,
    /// The exit code of the task's command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// Messages of the server about the task.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub system_logs: Vec<String>,
    /// "An optional URL pointing to an extended task definition defined by a TES api".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tes_uri: Option<String>,
}

impl TaskLog {
    /// A task with the required members only.
    #[must_use]
    pub fn new(id: TaskId, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            cmd: None,
            start_time: None,
            end_time: None,
            stdout: None,
            stderr: None,
            exit_code: None,
            system_logs: Vec::new(),
            tes_uri: None,
        }
    }
}

/// The answer to ListTasks (WES 1.1.0 § TaskListResponse).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskListResponse {
    /// One page of tasks, in the order of their start.
    pub task_logs: Vec<TaskLog>,
    /// The token of the next page. On the last page it is empty: "an empty string indicates there are no more items to return".
    pub next_page_token: String,
}
