use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{Log, RunId, RunRequest, State};

/// The answer to GetRunLog (WES 1.1.0 § RunLog). The deprecated `task_logs` is never written. `task_logs_url` lists the tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct RunLog {
    /// The id of the run.
    pub run_id: RunId,
    /// The run request as received. It contains the client's references, not the paths of staged files.
    pub request: RunRequest,
    /// The run's state.
    pub state: State,
    /// When and how the engine executed the run.
    pub run_log: Log,
    /// The complete URL of ListTasks for this run.
    pub task_logs_url: String,
    /// The outputs, by name; `None` until the run has outputs.
    pub outputs: Option<Map<String, Value>>,
}

impl Serialize for RunLog {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Members<'a> {
            run_id: &'a str,
            request: &'a RunRequest,
            state: State,
            run_log: &'a Log,
            task_logs_url: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            outputs: Option<&'a Map<String, Value>>,
        }
        let members = Members {
            run_id: self.run_id.as_str(),
            request: &self.request,
            state: self.state,
            run_log: &self.run_log,
            task_logs_url: &self.task_logs_url,
            outputs: self.outputs.as_ref(),
        };
        members.serialize(serializer)
    }
}
