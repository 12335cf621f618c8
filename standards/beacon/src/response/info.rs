//! `GET /` and `/info`: a description of the Beacon.

use serde::{Deserialize, Serialize};

use super::meta::InformationalMeta;
use crate::version::API_VERSION;

/// The answer of `/` and `/info` (`beaconInfoResponse.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InfoResponse {
    meta: InformationalMeta,
    response: BeaconInfo,
}

/// The payload of the answer: a description of the Beacon (`sections/beaconInfoResults.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BeaconInfo {
    id: String,
    name: String,
    api_version: &'static str,
    environment: Environment,
    organization: BeaconOrganization,
    /// A description of this Beacon, in a few sentences; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The version of the software; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The URL of a web page about the Beacon; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub welcome_url: Option<String>,
    /// Another URL of this Beacon's API; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alternative_url: Option<String>,
    /// The time when the Beacon was created, ISO 8601; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_date_time: Option<String>,
    /// The time when the Beacon was last updated, ISO 8601; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_date_time: Option<String>,
}

/// The purpose of a Beacon instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// The instance is for production.
    Prod,
    /// The instance is for testing.
    Test,
    /// The instance is for development.
    Dev,
    /// The instance is a step before production.
    Staging,
}

/// The organisation that owns a Beacon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BeaconOrganization {
    /// The identifier of the organisation.
    pub id: String,
    /// The name of the organisation.
    pub name: String,
    /// The URL of the organisation's web site; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub welcome_url: Option<String>,
    /// The contact address of the organisation, a web page or `mailto:`; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_url: Option<String>,
}

impl BeaconInfo {
    /// A description with the required members. The optional members are absent and can be set.
    #[must_use]
    pub fn new(id: &str, name: &str, environment: Environment, organization: BeaconOrganization) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            api_version: API_VERSION,
            environment,
            organization,
            description: None,
            version: None,
            welcome_url: None,
            alternative_url: None,
            create_date_time: None,
            update_date_time: None,
        }
    }
}

impl InfoResponse {
    /// The answer with the description `info`. `meta.beaconId` is the id in `info`.
    #[must_use]
    pub fn new(info: BeaconInfo) -> Self {
        Self {
            meta: InformationalMeta::new(&info.id),
            response: info,
        }
    }
}
