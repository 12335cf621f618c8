//! References to other databases.

use serde::Serialize;

/// `common/externalReference.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct ExternalReference {
    /// The identifier in the other database, preferably a CURIE; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The URL; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Notes about the reference; absent if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}
