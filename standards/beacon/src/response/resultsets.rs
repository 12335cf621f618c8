//! The answer with result sets: for each dataset, the matching records or their number.

use serde::Serialize;
use serde_json::{Map, Value};

use super::count::CountSummary;
use super::handover::Handover;
use super::meta::{ResponseMeta, fallback_info};
use crate::granularity::Granularity;
use crate::record::Record;
use crate::request::BeaconRequest;

/// An answer with result sets (`beaconResultsetsResponse.json`).
///
/// The granularity of the answer is `record`, or `count` with a number for each dataset. A boolean answer has no result sets, because v2.1.1
/// requires a number in each set.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultsetsResponse {
    meta: ResponseMeta,
    response_summary: CountSummary,
    response: ResultSets,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    beacon_handovers: Vec<Handover>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    info: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultSets {
    result_sets: Vec<ResultSet>,
}

/// The result set of one dataset (`ResultsetInstance` of `sections/beaconResultsets.json`), with the members that v2.2.0 added.
///
/// `exists`, `resultsCount` and the records always agree. `resultsCount` refers to the whole query and not to the page.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultSet {
    id: String,
    set_type: &'static str,
    #[serde(flatten)]
    number: SetNumber,
    results: Vec<Record>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    results_handovers: Vec<Handover>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    info: Map<String, Value>,
}

/// The number of a result set, with the member names that a result set requires.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct SetNumber {
    exists: bool,
    results_count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    count_precision: Option<super::count::CountPrecision>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    count_adjusted_to: Vec<super::count::CountAdjustment>,
}

impl SetNumber {
    fn of(summary: CountSummary) -> Self {
        let (number, count_precision, count_adjusted_to) = summary.into_parts();
        Self {
            exists: number > 0,
            results_count: number,
            count_precision,
            count_adjusted_to,
        }
    }
}

impl ResultSet {
    /// The result set of a dataset with only a number. If the number was adjusted, `resultsCount` is the adjusted number, and the answer
    /// contains no other number.
    #[must_use]
    pub fn counted(dataset_id: &str, number: CountSummary) -> Self {
        Self {
            id: dataset_id.to_owned(),
            set_type: "dataset",
            number: SetNumber::of(number),
            results: Vec::new(),
            results_handovers: Vec::new(),
            info: Map::new(),
        }
    }

    /// The result set of a dataset with one page of its records. `total` is the number of records on all pages. If it is less than the number
    /// on this page, the number on this page is used.
    #[must_use]
    pub fn recorded(dataset_id: &str, total: u64, page: Vec<Record>) -> Self {
        let total = total.max(u64::try_from(page.len()).unwrap_or(u64::MAX));
        Self {
            results: page,
            ..Self::counted(dataset_id, CountSummary::exact(total))
        }
    }

    /// Adds handovers (links to further data) to the set. A set without a match gets no handovers.
    #[must_use]
    pub fn with_handovers(mut self, handovers: Vec<Handover>) -> Self {
        self.results_handovers = if self.number.exists { handovers } else { Vec::new() };
        self
    }

    /// Adds statements about the set, such as the release of its data.
    #[must_use]
    pub fn with_info(mut self, info: Map<String, Value>) -> Self {
        self.info.extend(info);
        self
    }

    /// Whether the set contains a match.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.number.exists
    }
}

impl ResultsetsResponse {
    /// Answers `request` with numbers only. The granularity of the answer is `count`. Records and handovers in the sets are removed.
    #[must_use]
    pub fn counts(beacon_id: &str, request: &BeaconRequest, summary: CountSummary, sets: Vec<ResultSet>) -> Self {
        let bare = sets.into_iter().map(|mut set| {
            set.results = Vec::new();
            set.results_handovers = Vec::new();
            set
        });
        Self::new(beacon_id, request, Granularity::Count, summary, bare.collect())
    }

    /// Answers `request` with records. `summary` refers to the whole query. Its number counts distinct records over all datasets, so it may be
    /// less than the sum of the sets' numbers. A set lists at most [`crate::Pagination::records_per_page`] records, all of the requested entry
    /// type. Other records are removed.
    #[must_use]
    pub fn records(beacon_id: &str, request: &BeaconRequest, summary: CountSummary, mut sets: Vec<ResultSet>) -> Self {
        let page = usize::try_from(request.pagination.records_per_page()).unwrap_or(usize::MAX);
        for set in &mut sets {
            set.results.retain(|record| record.entry_type() == request.entry);
            set.results.truncate(page);
        }
        Self::new(beacon_id, request, Granularity::Record, summary, sets)
    }

    /// Makes the answer. The request's `includeResultsetResponses` selects the result sets that are listed. The summary does not depend on this
    /// choice.
    fn new(beacon_id: &str, request: &BeaconRequest, returned: Granularity, summary: CountSummary, mut sets: Vec<ResultSet>) -> Self {
        sets.retain(|set| request.include_resultset_responses.lists(set.exists()));
        Self {
            meta: ResponseMeta::answering(beacon_id, request, returned),
            response_summary: summary,
            response: ResultSets { result_sets: sets },
            beacon_handovers: Vec::new(),
            info: fallback_info(request),
        }
    }

    /// Adds handovers (links to further data) for the answer as a whole.
    #[must_use]
    pub fn with_handovers(mut self, handovers: Vec<Handover>) -> Self {
        self.beacon_handovers = handovers;
        self
    }

    /// Adds statements about the answer. The statements must not reveal more than the numbers do.
    #[must_use]
    pub fn with_info(mut self, info: Map<String, Value>) -> Self {
        self.info.extend(info);
        self
    }
}
