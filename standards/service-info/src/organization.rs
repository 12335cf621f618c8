use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The organisation that provides a service (Service Info 1.0.0 § Service.organization).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// The name of the organisation responsible for the service.
    pub name: String,
    /// The URL of the organisation's web site (RFC 3986). This crate does not check the URL.
    pub url: String,
    /// Members of the organisation that the specification does not define, kept as received. The DRS and Beacon examples use `id`.
    #[serde(flatten)]
    pub further: Map<String, Value>,
}

impl Organization {
    /// An organisation with the two required members.
    #[must_use]
    pub fn new(name: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            url: url.into(),
            further: Map::new(),
        }
    }
}
