//! The count answer. It states how many records match.

use serde::Serialize;
use serde_json::{Map, Value};

use super::meta::{ResponseMeta, fallback_info};
use crate::granularity::Granularity;
use crate::request::BeaconRequest;

/// A count answer (`beaconCountResponse.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CountResponse {
    meta: ResponseMeta,
    response_summary: CountSummary,
    #[serde(skip_serializing_if = "Map::is_empty")]
    info: Map<String, Value>,
}

/// The summary of a count answer (`sections/beaconCountResponseSection.json`), with the members that v2.2.0 added.
///
/// `exists` always agrees with the number. If a summary had the number 0 and `exists` true, or 10 and false, it would reveal the data that the
/// number hides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CountSummary {
    exists: bool,
    num_total_results: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    count_precision: Option<CountPrecision>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    count_adjusted_to: Vec<CountAdjustment>,
}

/// How the number in an answer relates to the true number (Beacon 2.2.0 `countPrecision`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CountPrecision {
    /// The number is the true number.
    Exact,
    /// The number may differ from the true number by an unknown amount.
    Imprecise,
    /// The number was rounded or put into a bucket; see `countAdjustedTo`.
    Rounded,
}

/// The value or rule to which a number was adjusted (Beacon 2.2.0 `countAdjustedTo`: strings or integers).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum CountAdjustment {
    /// A multiple or threshold, such as 10.
    Number(u64),
    /// A rule in words, such as `10-29`.
    Words(String),
}

impl CountSummary {
    /// A summary with the true number.
    #[must_use]
    pub fn exact(num_total_results: u64) -> Self {
        Self {
            exists: num_total_results > 0,
            num_total_results,
            count_precision: Some(CountPrecision::Exact),
            count_adjusted_to: Vec::new(),
        }
    }

    /// A summary with an adjusted number, and with the kind of the adjustment.
    #[must_use]
    pub fn adjusted(num_total_results: u64, precision: CountPrecision, adjusted_to: Vec<CountAdjustment>) -> Self {
        Self {
            exists: num_total_results > 0,
            num_total_results,
            count_precision: Some(precision),
            count_adjusted_to: adjusted_to,
        }
    }
}

impl CountSummary {
    /// The number, its precision, and the values or rules to which it was adjusted.
    pub(crate) fn into_parts(self) -> (u64, Option<CountPrecision>, Vec<CountAdjustment>) {
        (self.num_total_results, self.count_precision, self.count_adjusted_to)
    }
}

impl CountResponse {
    /// Answers `request` with a number. The granularity of the answer is count, whatever granularity the request names.
    #[must_use]
    pub fn new(beacon_id: &str, request: &BeaconRequest, summary: CountSummary) -> Self {
        Self {
            meta: ResponseMeta::answering(beacon_id, request, Granularity::Count),
            response_summary: summary,
            info: fallback_info(request),
        }
    }

    /// Adds statements about the answer, such as the release of an ontology. The statements must not reveal more than the number does.
    #[must_use]
    pub fn with_info(mut self, info: Map<String, Value>) -> Self {
        self.info.extend(info);
        self
    }
}
