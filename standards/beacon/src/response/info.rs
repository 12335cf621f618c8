//! `GET /` and `/info`: who answers here.

use serde::{Deserialize, Serialize};

use super::meta::InformationalMeta;
use crate::version::API_VERSION;

/// `beaconInfoResponse.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InfoResponse {
    meta: InformationalMeta,
    response: BeaconInfo,
}

/// `sections/beaconInfoResults.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BeaconInfo {
    id: String,
    name: String,
    api_version: &'static str,
    environment: Environment,
    organization: BeaconOrganization,
    /// What this Beacon is, in a few sentences; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Version of the software; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Address of a page for people; absent is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub welcome_url: Option<String>,
    /// Another address of this interface; absent is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alternative_url: Option<String>,
    /// When the Beacon was created, ISO 8601; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_date_time: Option<String>,
    /// When it was updated, ISO 8601; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_date_time: Option<String>,
}

/// What an instance is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Production.
    Prod,
    /// Testing.
    Test,
    /// Development.
    Dev,
    /// The step before production.
    Staging,
}

/// The organisation that owns a Beacon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BeaconOrganization {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its web site; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub welcome_url: Option<String>,
    /// Where to write to, a page or `mailto:`; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_url: Option<String>,
}

impl BeaconInfo {
    /// The required members; the optional ones are absent and can be set.
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
    /// The answer; `meta.beaconId` is the Beacon's own id.
    #[must_use]
    pub fn new(info: BeaconInfo) -> Self {
        Self {
            meta: InformationalMeta::new(&info.id),
            response: info,
        }
    }
}
