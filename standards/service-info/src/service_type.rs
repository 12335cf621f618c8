use serde::{Deserialize, Serialize};

/// The namespace of services that follow an official GA4GH specification (Service Info 1.0.0 § ServiceType.group).
pub const GA4GH_GROUP: &str = "org.ga4gh";

/// The API of a service: the `type` member of a service description.
///
/// Two services of equal type accept the same requests. `version` is the version of the *specification*, not of the software (Service Info
/// 1.0.0 § ServiceType).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ServiceType {
    /// The reverse domain name of the API's author: [`GA4GH_GROUP`] for official specifications, otherwise the organisation's own.
    pub group: String,
    /// The name of the API, for example `drs` or `beacon`.
    pub artifact: String,
    /// The version of the API, for example `1.5.0`.
    pub version: String,
}

impl ServiceType {
    /// The type of a service that follows the official GA4GH specification `artifact` in `version`.
    #[must_use]
    pub fn ga4gh(artifact: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            group: GA4GH_GROUP.to_owned(),
            artifact: artifact.into(),
            version: version.into(),
        }
    }
}
