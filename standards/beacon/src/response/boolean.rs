//! The boolean answer. It states whether anything matches.

use serde::Serialize;
use serde_json::{Map, Value};

use super::meta::{ResponseMeta, fallback_info};
use crate::granularity::Granularity;
use crate::request::BeaconRequest;

/// A boolean answer (`beaconBooleanResponse.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BooleanResponse {
    meta: ResponseMeta,
    response_summary: BooleanSummary,
    #[serde(skip_serializing_if = "Map::is_empty")]
    info: Map<String, Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct BooleanSummary {
    exists: bool,
}

impl BooleanResponse {
    /// Answers `request` with true or false. The granularity of the answer is boolean, whatever granularity the request names.
    #[must_use]
    pub fn new(beacon_id: &str, request: &BeaconRequest, exists: bool) -> Self {
        Self {
            meta: ResponseMeta::answering(beacon_id, request, Granularity::Boolean),
            response_summary: BooleanSummary { exists },
            info: fallback_info(request),
        }
    }

    /// Adds statements about the answer, such as the release of an ontology. The statements must not depend on whether data is hidden from the
    /// caller.
    #[must_use]
    pub fn with_info(mut self, info: Map<String, Value>) -> Self {
        self.info.extend(info);
        self
    }
}
