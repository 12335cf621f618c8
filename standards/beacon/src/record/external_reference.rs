//! References to other databases.

use serde::Serialize;

/// `common/externalReference.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct ExternalReference {
    /// Identifier there, a CURIE by preference; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Address; absent is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What is to be said of it; absent is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}
