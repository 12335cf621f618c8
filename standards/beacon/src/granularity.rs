//! How much an answer tells.

use serde::Serialize;

/// Level of detail of an answer, ordered from least to most telling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Granularity {
    /// Whether anything matches. The specification's default, and ours.
    #[default]
    Boolean,
    /// How many match.
    Count,
    /// What matches.
    Record,
}

impl Granularity {
    /// Reads the specification's word, exactly.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "boolean" => Some(Self::Boolean),
            "count" => Some(Self::Count),
            "record" => Some(Self::Record),
            _ => None,
        }
    }
}
