//! Which datasets' result sets a record-level answer lists.

use serde::Serialize;

/// Which result sets are listed. Booleans and counts in the summary describe the whole query whatever is chosen here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum IncludeResultsetResponses {
    /// Those with a match ("If null (not specified), the default value of 'HIT' is assumed").
    #[default]
    Hit,
    /// All.
    All,
    /// Those without a match.
    Miss,
    /// None.
    None,
}

impl IncludeResultsetResponses {
    /// Whether a set is listed in which there is a match, or none.
    #[must_use]
    pub fn lists(self, is_match: bool) -> bool {
        match self {
            Self::Hit => is_match,
            Self::All => true,
            Self::Miss => !is_match,
            Self::None => false,
        }
    }

    /// Reads the specification's word, exactly.
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
