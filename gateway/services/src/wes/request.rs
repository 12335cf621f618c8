//! The part of a run's request that the catalogue stores.

use ga4gh_wes::RunRequest;
use serde::{Deserialize, Serialize};

/// The request as received, and the path of its workflow document among the attachments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredRequest {
    /// The run request as received.
    pub request: RunRequest,
    /// The path of the workflow document, relative to the attachments.
    pub workflow: String,
    /// The process to run in the workflow document (the fragment of its URL); absent for the only or main process.
    pub fragment: Option<String>,
    /// The ids of the outputs that the workflow document declares. The list is empty for a request that was stored before this field
    /// existed.
    #[serde(default)]
    pub declared_outputs: Vec<String>,
}
