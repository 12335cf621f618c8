//! The level of detail of an answer.

use serde::Serialize;

/// Level of detail of an answer, ordered from least to most detailed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Granularity {
    /// The answer states whether anything matches. This is the default of the specification, and of this crate except for datasets and
    /// cohorts.
    #[default]
    Boolean,
    /// The answer states the number of matches.
    Count,
    /// The answer contains the matching records.
    Record,
}

impl Granularity {
    /// Parses the name of a granularity as the specification spells it; `None` for any other text.
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
