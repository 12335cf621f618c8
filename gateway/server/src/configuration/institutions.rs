//! The sections about institutions: sites, hospitals that connect by FHIR, and partner gateways.

use std::path::PathBuf;

use gemj_model::SiteId;
use serde::Deserialize;

/// The section about one institution.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SiteSettings {
    pub(crate) id: SiteId,
}

/// The schema that FHIR writes are validated against, and the hospitals' numbering systems.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FhirSettings {
    /// The official R4 JSON Schema (`fhir.schema.json`). If absent, FHIR accepts no writes.
    #[serde(default)]
    pub(crate) r4_schema: Option<PathBuf>,
    #[serde(default, rename = "site")]
    pub(crate) sites: Vec<FhirSiteSettings>,
}

/// The section about one hospital: the numbering of its patients.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FhirSiteSettings {
    pub(crate) id: SiteId,
    pub(crate) patient_number_system: String,
    /// The namespace under which the hospital's patient numbers were linked. If absent, `id`.
    #[serde(default)]
    pub(crate) namespace: Option<String>,
}

/// The section about federation: the partner gateways to which queries about variants are forwarded.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FederationSettings {
    pub(crate) deadline_ms: u64,
    #[serde(rename = "partner")]
    pub(crate) partners: Vec<PartnerSettings>,
}

impl Default for FederationSettings {
    fn default() -> Self {
        Self {
            deadline_ms: 5000,
            partners: Vec::new(),
        }
    }
}

/// The section about one partner gateway.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartnerSettings {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) organization_name: String,
    pub(crate) organization_url: String,
    /// The root of the partner's Beacon, without a slash at the end.
    pub(crate) beacon_url: url::Url,
    /// The form of queries that the partner accepts: nested or flat parameters in a POST, or a GET. If absent, the gateway determines the form.
    #[serde(default)]
    pub(crate) dialect: Option<gemj_services::federation::Dialect>,
    /// A file with the bearer token that the partner issued to this gateway. If absent, queries are sent without credentials.
    #[serde(default)]
    pub(crate) token_file: Option<PathBuf>,
}
