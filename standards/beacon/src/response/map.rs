//! `GET /map`: the endpoints and their URLs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::meta::InformationalMeta;
use crate::endpoint::{Endpoint, EndpointKind};
use crate::entry_type::EntryType;

/// The URL of the schema, written in the payload's `$schema`.
const SCHEMA: &str = "https://raw.githubusercontent.com/ga4gh-beacon/beacon-v2/main/framework/json/configuration/beaconMapSchema.json";

/// The answer of `/map` (`beaconMapResponse.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MapResponse {
    meta: InformationalMeta,
    response: BeaconMap,
}

/// The payload of the answer (`configuration/beaconMapSchema.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct BeaconMap {
    #[serde(rename = "$schema")]
    schema: &'static str,
    endpoint_sets: BTreeMap<String, EndpointSet>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct EndpointSet {
    entry_type: &'static str,
    root_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    single_entry_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filtering_terms_url: Option<String>,
    #[serde(rename = "openAPIEndpointsDefinition", skip_serializing_if = "Option::is_none")]
    open_api_endpoints_definition: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    endpoints: BTreeMap<String, RelatedEndpoint>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct RelatedEndpoint {
    url: String,
    returned_entry_type: &'static str,
}

impl MapResponse {
    /// The map of exactly the endpoints that are served below `base_url`. The map contains the URL or URL template of each endpoint. `base_url`
    /// is absolute and has no slash at its end.
    ///
    /// * An entry type may have filtering terms both for all records and for one record. The schema has a place for only one URL
    ///   (`filteringTermsUrl`), which contains the URL for one record. The URL for all records is under `endpoints`.
    /// * The schema requires at least one list of an entry type. The result is `None` if no list is served.
    /// * An endpoint nested in an entry type whose list is not served has no place in the schema, and is omitted.
    #[must_use]
    pub fn of_served<'e>(beacon_id: &str, base_url: &str, served: impl IntoIterator<Item = &'e Endpoint>) -> Option<Self> {
        let served: Vec<&Endpoint> = served.into_iter().collect();
        let url = |path: &str| format!("{base_url}{path}");
        let mut sets: BTreeMap<EntryType, EndpointSet> = BTreeMap::new();
        for endpoint in &served {
            if let EndpointKind::List(entry) = endpoint.kind {
                let set = EndpointSet {
                    entry_type: entry.entity_id(),
                    root_url: url(endpoint.path),
                    single_entry_url: None,
                    filtering_terms_url: None,
                    open_api_endpoints_definition: None,
                    endpoints: BTreeMap::new(),
                };
                sets.insert(entry, set);
            }
        }
        for endpoint in &served {
            let here = url(endpoint.path);
            match endpoint.kind {
                EndpointKind::Single(entry) => {
                    if let Some(set) = sets.get_mut(&entry) {
                        set.single_entry_url = Some(here);
                    }
                }
                EndpointKind::FilteringTermsOfOne(entry) => {
                    if let Some(set) = sets.get_mut(&entry) {
                        set.filtering_terms_url = Some(here);
                    }
                }
                EndpointKind::FilteringTermsOfAll(entry) => {
                    if let Some(set) = sets.get_mut(&entry) {
                        set.endpoints
                            .insert("filteringTermsLookup".to_owned(), RelatedEndpoint::new(here, "filteringTerm"));
                    }
                }
                EndpointKind::Nested { of, returned } => {
                    if let Some(set) = sets.get_mut(&of) {
                        let name = format!("{}Lookup", returned.entity_id());
                        set.endpoints.insert(name, RelatedEndpoint::new(here, returned.entity_id()));
                    }
                }
                EndpointKind::Root
                | EndpointKind::Info
                | EndpointKind::ServiceInfo
                | EndpointKind::Configuration
                | EndpointKind::Map
                | EndpointKind::EntryTypes
                | EndpointKind::FilteringTerms
                | EndpointKind::List(_) => {}
            }
        }
        let named = sets
            .into_iter()
            .map(|(entry, set)| (format!("{}Endpoints", entry.entity_id()), set));
        let endpoint_sets: BTreeMap<String, EndpointSet> = named.collect();
        (!endpoint_sets.is_empty()).then(|| Self {
            meta: InformationalMeta::new(beacon_id),
            response: BeaconMap {
                schema: SCHEMA,
                endpoint_sets,
            },
        })
    }

    /// Adds the URL of the `endpoints.json` of an entry type (`openAPIEndpointsDefinition`).
    #[must_use]
    pub fn with_open_api(mut self, entry: EntryType, url: &str) -> Self {
        if let Some(set) = self.response.endpoint_sets.get_mut(&format!("{}Endpoints", entry.entity_id())) {
            set.open_api_endpoints_definition = Some(url.to_owned());
        }
        self
    }
}

impl RelatedEndpoint {
    fn new(url: String, returned_entry_type: &'static str) -> Self {
        Self { url, returned_entry_type }
    }
}
