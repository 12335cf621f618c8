//! `GET /configuration`: the maturity, the security levels and the entry types of the instance.

use serde::{Deserialize, Serialize};

use super::entry_types::{EntryTypeDefinition, EntryTypes};
use super::meta::InformationalMeta;
use crate::granularity::Granularity;

/// The URL of the schema, written in the payload's `$schema`.
const SCHEMA: &str =
    "https://raw.githubusercontent.com/ga4gh-beacon/beacon-v2/main/framework/json/configuration/beaconConfigurationSchema.json";

/// The answer of `/configuration` (`beaconConfigurationResponse.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigurationResponse {
    meta: InformationalMeta,
    response: BeaconConfiguration,
}

/// The payload of the answer (`configuration/beaconConfigurationSchema.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct BeaconConfiguration {
    #[serde(rename = "$schema")]
    schema: &'static str,
    maturity_attributes: MaturityAttributes,
    security_attributes: SecurityAttributes,
    #[serde(flatten)]
    entry_types: EntryTypes,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct MaturityAttributes {
    production_status: ProductionStatus,
}

/// The maturity of a Beacon instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ProductionStatus {
    /// "Service potentially unstable, not for production use."
    Dev,
    /// "Service available for testing purposes."
    Test,
    /// "Service stable, actively maintained, for production use."
    Prod,
}

/// The default granularity and the security levels of a Beacon (`securityAttributes`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecurityAttributes {
    /// The granularity of answers to requests that state no granularity.
    pub default_granularity: Granularity,
    /// The kinds of callers that get answers.
    pub security_levels: Vec<SecurityLevel>,
}

/// A kind of caller, by the access that the caller has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum SecurityLevel {
    /// Any caller, also an anonymous one.
    Public,
    /// A caller who has registered.
    Registered,
    /// A caller whose access was approved.
    Controlled,
}

impl ConfigurationResponse {
    /// The configuration of a Beacon with at least one entry type.
    #[must_use]
    pub fn new(
        beacon_id: &str,
        production_status: ProductionStatus,
        security_attributes: SecurityAttributes,
        first: EntryTypeDefinition,
        others: Vec<EntryTypeDefinition>,
    ) -> Self {
        Self {
            meta: InformationalMeta::new(beacon_id),
            response: BeaconConfiguration {
                schema: SCHEMA,
                maturity_attributes: MaturityAttributes { production_status },
                security_attributes,
                entry_types: EntryTypes::of(first, others),
            },
        }
    }
}
