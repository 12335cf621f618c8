//! The datasets whose result sets a record-level answer lists.

use serde::Serialize;

/// The result sets that a record-level answer lists. The choice does not change the booleans and counts in the summary, which describe the
/// whole query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum IncludeResultsetResponses {
    /// The answer lists the result sets with a match ("If null (not specified), the default value of 'HIT' is assumed").
    #[default]
    Hit,
    /// The answer lists all result sets.
    All,
    /// The answer lists the result sets without a match.
    Miss,
    /// The answer lists no result sets.
    None,
}

impl IncludeResultsetResponses {
    /// Whether the answer lists a result set. `is_match` states whether the set contains a match.
    #[must_use]
    pub fn lists(self, is_match: bool) -> bool {
        match self {
            Self::Hit => is_match,
            Self::All => true,
            Self::Miss => !is_match,
            Self::None => false,
        }
    }

    /// Parses the value as the specification spells it (`HIT`, `ALL`, `MISS`, `NONE`); `None` for any other text.
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
