//! The stored part of a run's request.

use ga4gh_wes::RunRequest;
use serde::{Deserialize, Serialize};

/// The request as received, and the place of its workflow among the attachments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredRequest {
    /// The request as received.
    pub request: RunRequest,
    /// The path of the workflow document, relative to the attachments.
    pub workflow: String,
    /// The process to run in that document; absent for the only or main process.
    pub fragment: Option<String>,
    /// The plain ids of the outputs that the document declares. The list is empty for a request that was stored before this field existed.
    #[serde(default)]
    pub declared_outputs: Vec<String>,
}
