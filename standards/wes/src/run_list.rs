use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::{RunId, State, UtcSeconds};

fn bare<S: Serializer>(id: &RunId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(id.as_str())
}

/// The answer to GetRunStatus (WES 1.1.0 § RunStatus).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunStatus {
    /// The id of the run.
    #[serde(serialize_with = "bare")]
    pub run_id: RunId,
    /// The run's state.
    pub state: State,
}

/// A run in a list (WES 1.1.0 § RunSummary).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunSummary {
    /// The id of the run.
    #[serde(serialize_with = "bare")]
    pub run_id: RunId,
    /// The run's state.
    pub state: State,
    /// The time when the execution started; absent before the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<UtcSeconds>,
    /// The time when the execution ended; absent before the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<UtcSeconds>,
    /// The tags that the client attached to the run. The member is required: a run without tags has `{}`.
    pub tags: BTreeMap<String, String>,
}

/// The answer to ListRuns (WES 1.1.0 § RunListResponse). The list "is filtered to only include runs that the caller has permission to see".
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunListResponse {
    /// One page of runs, in a stable order.
    pub runs: Vec<RunSummary>,
    /// The token of the next page. On the last page it is empty: "an empty string indicates there are no more items to return".
    pub next_page_token: String,
}
