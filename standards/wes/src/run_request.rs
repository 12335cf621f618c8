use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What to run (WES 1.1.0 § RunRequest), without the files attached. It is repeated in the run's [`crate::RunLog`], and can be
/// stored as JSON and read back.
///
/// Parameters and tags are the caller's own words: `Debug` shows neither.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRequest {
    /// "The workflow run parameterizations". The prose calls it required, the schema does not: absent means `{}`.
    #[serde(default)]
    pub workflow_params: Map<String, Value>,
    /// The workflow language, such as `CWL`.
    pub workflow_type: String,
    /// The version of the language, such as `v1.2`.
    pub workflow_type_version: String,
    /// Tags of the client's making.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Parameters of the engine. Which are allowed is the server's to say; they are never raw command-line flags.
    #[serde(default)]
    pub workflow_engine_parameters: BTreeMap<String, String>,
    /// The engine; absent means the server chooses. "Required if workflow_engine_version is provided."
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_engine: Option<String>,
    /// The engine's version; absent means the server chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_engine_version: Option<String>,
    /// Where the workflow is, as received.
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
