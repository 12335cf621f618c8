//! `GET /filtering_terms`: the terms that filters may use.

use serde::Serialize;
use serde_json::{Map, Value};

use super::meta::InformationalMeta;
use crate::entry_type::EntryType;

/// The answer of `/filtering_terms` (`beaconFilteringTermsResponse.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FilteringTermsResponse {
    meta: InformationalMeta,
    response: FilteringTerms,
    #[serde(skip_serializing_if = "Map::is_empty")]
    info: Map<String, Value>,
}

/// The payload of the answer (`sections/beaconFilteringTermsResults.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct FilteringTerms {
    filtering_terms: Vec<FilteringTerm>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resources: Vec<OntologyResource>,
}

/// A term that a filter may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FilteringTerm {
    /// The kind of the term: "Either \"custom\", \"alphanumeric\" or ontology/terminology full name."
    r#type: String,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Vec<String>,
}

/// The description of an ontology to which terms of the answer belong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OntologyResource {
    id: String,
    /// The name of the ontology; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The URL at which the ontology can be downloaded; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The release of the ontology; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The prefix of the ontology's CURIEs; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_space_prefix: Option<String>,
    /// The beginning of the ontology's IRIs; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iri_prefix: Option<String>,
}

impl FilteringTerm {
    fn new(kind: &str, id: &str, label: Option<&str>, scopes: &[EntryType]) -> Self {
        Self {
            r#type: kind.to_owned(),
            id: id.to_owned(),
            label: label.map(str::to_owned),
            scopes: scopes.iter().map(|entry| entry.entity_id()).collect(),
            values: Vec::new(),
        }
    }

    /// A term of the ontology `ontology`. `scopes` are the entry types that accept the term.
    #[must_use]
    pub fn ontology(ontology: &str, id: &str, label: Option<&str>, scopes: &[EntryType]) -> Self {
        Self::new(ontology, id, label, scopes)
    }

    /// A field that filters compare with values. `values` are the field's possible values. The list is empty if the values are numbers or too
    /// many.
    #[must_use]
    pub fn alphanumeric(id: &str, label: Option<&str>, scopes: &[EntryType], values: Vec<String>) -> Self {
        Self {
            values,
            ..Self::new("alphanumeric", id, label, scopes)
        }
    }

    /// A term that this Beacon defines itself.
    #[must_use]
    pub fn custom(id: &str, label: Option<&str>, scopes: &[EntryType]) -> Self {
        Self::new("custom", id, label, scopes)
    }

    /// Whether filters for the entry type `entry` may use the term.
    #[must_use]
    pub fn is_about(&self, entry: EntryType) -> bool {
        self.scopes.contains(&entry.entity_id())
    }
}

impl OntologyResource {
    /// An ontology by its id, preferably an OBO id (`hp`).
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: None,
            url: None,
            version: None,
            name_space_prefix: None,
            iri_prefix: None,
        }
    }
}

impl FilteringTermsResponse {
    /// The answer with the terms, in the given order, and their ontologies.
    #[must_use]
    pub fn new(beacon_id: &str, filtering_terms: Vec<FilteringTerm>, resources: Vec<OntologyResource>) -> Self {
        Self {
            meta: InformationalMeta::new(beacon_id),
            response: FilteringTerms {
                filtering_terms,
                resources,
            },
            info: Map::new(),
        }
    }

    /// Adds statements about the answer to its `info`.
    #[must_use]
    pub fn with_info(mut self, info: Map<String, Value>) -> Self {
        self.info.extend(info);
        self
    }
}
