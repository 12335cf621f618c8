use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::{RunId, State, UtcSeconds};

fn bare<S: Serializer>(id: &RunId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(id.as_str())
}

/// Answers GetRunStatus (WES 1.1.0 § RunStatus).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunStatus {
    /// The run.
    #[serde(serialize_with = "bare")]
    pub run_id: RunId,
    /// Its state.
    pub state: State,
}

/// A run in a list (WES 1.1.0 § RunSummary).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunSummary {
    /// The run.
    #[serde(serialize_with = "bare")]
    pub run_id: RunId,
    /// Its state.
    pub state: State,
    /// When it started executing; absent before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<UtcSeconds>,
    /// When it stopped executing; absent before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<UtcSeconds>,
    /// The client's tags; required, so `{}` where there are none.
    pub tags: BTreeMap<String, String>,
}

/// Answers ListRuns (WES 1.1.0 § RunListResponse). The list "is filtered to only include runs that the caller has permission
/// to see".
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunListResponse {
    /// One page of runs, in a stable order.
    pub runs: Vec<RunSummary>,
    /// Where the next page starts; "an empty string indicates there are no more items to return".
    pub next_page_token: String,
}
