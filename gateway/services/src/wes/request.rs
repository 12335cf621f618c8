//! What is kept of a run's request.

use ga4gh_wes::RunRequest;
use serde::{Deserialize, Serialize};

/// The request as it was received, and where its workflow is among the files attached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredRequest {
    /// As it was received.
    pub request: RunRequest,
    /// The workflow document, relative to the files attached.
    pub workflow: String,
    /// Which process of it; absent for the only or main one.
    pub fragment: Option<String>,
    /// The plain ids of the outputs that the document declares; empty where it was stored before they were read.
    #[serde(default)]
    pub declared_outputs: Vec<String>,
}
