//! The datasets whose result sets a record-level answer lists.

use serde::Serialize;

/// The listed result sets. The choice has no effect on booleans and counts in the summary, which describe the whole query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum IncludeResultsetResponses {
    /// The result sets with a match ("If null (not specified), the default value of 'HIT' is assumed").
    #[default]
    Hit,
    /// All result sets.
    All,
    /// The result sets without a match.
    Miss,
    /// No result sets.
    None,
}

impl IncludeResultsetResponses {
    /// Whether a result set is listed. `is_match` states whether the set contains a match.
    #[must_use]
    pub fn lists(self, is_match: bool) -> bool {
        match self {
            Self::Hit => is_match,
            Self::All => true,
            Self::Miss => !is_match,
            Self::None => false,
        }
    }

    /// Parses the specification's word; it must match exactly.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "HIT" => Some(Self::Hit),
            "ALL" => Some(Self::All),
            "MISS" => Some(Self::Miss),
            "NONE" => Some(Self::None),
            _ => None,
        }
    }
}
