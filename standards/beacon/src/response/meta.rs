//! The `meta` section of every answer.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::entry_type::EntryType;
use crate::filter::Filter;
use crate::granularity::Granularity;
use crate::include_resultset_responses::IncludeResultsetResponses;
use crate::pagination::Pagination;
use crate::request::{BeaconRequest, RequestedSchema};
use crate::version::API_VERSION;

/// The `meta` of an answer with data (`sections/beaconResponseMeta.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResponseMeta {
    beacon_id: String,
    api_version: &'static str,
    returned_schemas: Vec<SchemaPerEntity>,
    returned_granularity: Granularity,
    received_request_summary: ReceivedRequestSummary,
    #[serde(skip_serializing_if = "Option::is_none")]
    test_mode: Option<bool>,
}

/// The schema of the records of an answer (`SchemasPerEntity`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SchemaPerEntity {
    entity_type: &'static str,
    schema: &'static str,
}

/// The summary of the request in the answer's `meta` (`sections/beaconReceivedRequestSummary.json`). It contains the request as parsed.
///
/// The summary repeats only the ids of the filters ("Filters as submitted in the request", an array of *strings* in v2.1.1). The value of
/// an alphanumeric filter may be personal data and is omitted. The variant parameters and the datasets are omitted too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceivedRequestSummary {
    api_version: String,
    requested_schemas: Vec<RequestedSchema>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    filters: Vec<String>,
    include_resultset_responses: IncludeResultsetResponses,
    pagination: Pagination,
    requested_granularity: Granularity,
    test_mode: bool,
}

/// The `meta` of an informational answer (`sections/beaconInformationalResponseMeta.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InformationalMeta {
    beacon_id: String,
    api_version: &'static str,
    returned_schemas: Vec<SchemaPerEntity>,
}

/// The statement in the `info` of an answer about the requested schemas that the records do not use
/// ([`BeaconRequest::schemas_not_served`]). Empty if all requested schemas are used.
pub(crate) fn fallback_info(request: &BeaconRequest) -> Map<String, Value> {
    let schemas: Vec<&str> = request.schemas_not_served().collect();
    let mut info = Map::new();
    if !schemas.is_empty() {
        info.insert("requestedSchemasNotServed".to_owned(), Value::from(schemas));
    }
    info
}

impl SchemaPerEntity {
    fn of(entry: EntryType) -> Self {
        Self {
            entity_type: entry.entity_id(),
            schema: entry.default_schema(),
        }
    }
}

impl ResponseMeta {
    /// The `meta` of an answer. `returned` is the granularity of the answer, whatever granularity the request names.
    pub(crate) fn answering(beacon_id: &str, request: &BeaconRequest, returned: Granularity) -> Self {
        Self {
            beacon_id: beacon_id.to_owned(),
            api_version: API_VERSION,
            returned_schemas: vec![SchemaPerEntity::of(request.entry)],
            returned_granularity: returned,
            received_request_summary: ReceivedRequestSummary::of(request),
            test_mode: request.test_mode.then_some(true),
        }
    }

    /// The `meta` of an error that occurred before the request was parsed. It repeats nothing from the request and contains the defaults.
    pub(crate) fn before_parsing(beacon_id: &str, entry: Option<EntryType>) -> Self {
        Self {
            beacon_id: beacon_id.to_owned(),
            api_version: API_VERSION,
            returned_schemas: entry.map(SchemaPerEntity::of).into_iter().collect(),
            returned_granularity: Granularity::Boolean,
            received_request_summary: ReceivedRequestSummary {
                api_version: API_VERSION.to_owned(),
                requested_schemas: Vec::new(),
                filters: Vec::new(),
                include_resultset_responses: IncludeResultsetResponses::default(),
                pagination: Pagination::default(),
                requested_granularity: Granularity::default(),
                test_mode: false,
            },
            test_mode: None,
        }
    }
}

impl ReceivedRequestSummary {
    fn of(request: &BeaconRequest) -> Self {
        Self {
            api_version: request.meta.api_version.clone(),
            requested_schemas: request.meta.requested_schemas.clone(),
            filters: request.filters.iter().map(Filter::id).map(str::to_owned).collect(),
            include_resultset_responses: request.include_resultset_responses,
            pagination: request.pagination,
            requested_granularity: request.granularity_asked,
            test_mode: request.test_mode,
        }
    }
}

impl InformationalMeta {
    /// The `meta` of an informational answer.
    pub(crate) fn new(beacon_id: &str) -> Self {
        Self {
            beacon_id: beacon_id.to_owned(),
            api_version: API_VERSION,
            returned_schemas: Vec::new(),
        }
    }
}
