use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A run request (WES 1.1.0 § RunRequest) without the attached files. The run's [`crate::RunLog`] repeats the request. The request can be
/// stored as JSON and parsed again.
///
/// Parameters and tags are the caller's own text, so `Debug` shows neither.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRequest {
    /// The parameters of the workflow: "The workflow run parameterizations". The prose of the specification says that the member is required,
    /// but the schema does not. An absent member means `{}`.
    #[serde(default)]
    pub workflow_params: Map<String, Value>,
    /// The workflow language, such as `CWL`.
    pub workflow_type: String,
    /// The version of the workflow language, such as `v1.2`.
    pub workflow_type_version: String,
    /// The tags that the client attached to the run.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// The parameters of the engine. The server determines which parameters are allowed. The parameters are never raw command-line flags.
    #[serde(default)]
    pub workflow_engine_parameters: BTreeMap<String, String>,
    /// The workflow engine; if absent, the server selects an engine. "Required if workflow_engine_version is provided."
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_engine: Option<String>,
    /// The version of the engine; if absent, the server selects a version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_engine_version: Option<String>,
    /// The URL of the workflow, as received.
    pub workflow_url: String,
}

impl std::fmt::Debug for RunRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunRequest")
            .field("workflow_type", &self.workflow_type)
            .field("workflow_type_version", &self.workflow_type_version)
            .field("params_count", &self.workflow_params.len())
            .field("tag_count", &self.tags.len())
            .finish_non_exhaustive()
    }
}
