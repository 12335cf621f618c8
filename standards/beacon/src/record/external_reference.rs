//! References to entries of other databases.

use serde::Serialize;

/// A reference to an entry of another database (`common/externalReference.json`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct ExternalReference {
    /// The identifier in the other database, preferably a CURIE; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The URL of the entry; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Notes about the reference; absent if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}
