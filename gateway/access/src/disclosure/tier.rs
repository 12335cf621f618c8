//! The tiers of access, and the granularities of answers.

/// How fine an answer may be. The variants are ordered from coarse to fine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Granularity {
    /// The answer states only yes or no.
    Boolean,
    /// The answer states a number.
    Count,
    /// The answer lists records.
    Record,
}

/// The tier at which a dataset answers a caller. The variants are ordered from the least detailed answers to the most detailed answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Open to every caller: answers are booleans over at least k families.
    Public,
    /// Open to registered researchers: answers are numbers in buckets.
    Registered,
    /// Open to approved projects: answers are exact numbers, records and bytes.
    Controlled,
}

impl Tier {
    /// The name of the tier in the audit trail.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Registered => "registered",
            Self::Controlled => "controlled",
        }
    }
}
