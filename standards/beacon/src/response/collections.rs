//! The answer that lists datasets or cohorts.

use serde::Serialize;
use serde_json::{Map, Value};

use super::count::CountSummary;
use super::handover::Handover;
use super::meta::{ResponseMeta, fallback_info};
use crate::granularity::Granularity;
use crate::record::Collection;
use crate::request::BeaconRequest;

/// An answer with a page of collections (`beaconCollectionsResponse.json`).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectionsResponse {
    meta: ResponseMeta,
    response_summary: CountSummary,
    response: Collections,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    beacon_handovers: Vec<Handover>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    info: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Collections {
    collections: Vec<Collection>,
}

impl CollectionsResponse {
    /// Answers `request` with one page of collections of the requested type. `total` is the number of collections on all pages. If it is less
    /// than the number on this page, the number on this page is used. Collections of another type are removed. The granularity of the answer is
    /// `record`.
    #[must_use]
    pub fn new(beacon_id: &str, request: &BeaconRequest, total: u64, mut page: Vec<Collection>) -> Self {
        page.retain(|collection| collection.entry_type() == request.entry);
        let total = total.max(u64::try_from(page.len()).unwrap_or(u64::MAX));
        page.truncate(usize::try_from(request.pagination.records_per_page()).unwrap_or(usize::MAX));
        Self {
            meta: ResponseMeta::answering(beacon_id, request, Granularity::Record),
            response_summary: CountSummary::exact(total),
            response: Collections { collections: page },
            beacon_handovers: Vec::new(),
            info: fallback_info(request),
        }
    }

    /// Adds handovers (links to further data) to the answer.
    #[must_use]
    pub fn with_handovers(mut self, handovers: Vec<Handover>) -> Self {
        self.beacon_handovers = handovers;
        self
    }

    /// Adds statements about the answer to its `info`.
    #[must_use]
    pub fn with_info(mut self, info: Map<String, Value>) -> Self {
        self.info.extend(info);
        self
    }
}
