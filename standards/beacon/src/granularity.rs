//! The level of detail of an answer.

use serde::Serialize;

/// Level of detail of an answer, ordered from least to most detailed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Granularity {
    /// Whether anything matches. The default in the specification and here.
    #[default]
    Boolean,
    /// The number of matches.
    Count,
    /// The matching records.
    Record,
}

impl Granularity {
    /// Parses the specification's word; it must match exactly.
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
