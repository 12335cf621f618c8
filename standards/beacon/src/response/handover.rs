//! Handovers: links to further data.

use serde::Serialize;

use crate::record::ontology_term::OntologyTerm;

/// A handover: a URL where a caller with access can get further data (`Handover` of `beaconCommonComponents.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Handover {
    handover_type: OntologyTerm,
    url: String,
    /// A description of the handover; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Handover {
    /// A handover of the kind `handover_type` to `url`. `None` if the URL is not absolute, or contains a character that URLs do not allow.
    #[must_use]
    pub fn try_new(handover_type: OntologyTerm, url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let right = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+.-".contains(&b))
            && !rest.is_empty()
            && rest.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b));
        right.then(|| Self {
            handover_type,
            url: url.to_owned(),
            note: None,
        })
    }
}
