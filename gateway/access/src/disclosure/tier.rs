//! The tiers of access, and how fine an answer may be.

/// How fine an answer may be. Ordered from coarse to fine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Granularity {
    /// Yes or no.
    Boolean,
    /// How many.
    Count,
    /// Which.
    Record,
}

/// The tier at which a dataset answers a caller. Ordered from narrow to wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Every caller: booleans over at least k families.
    Public,
    /// Registered researchers: buckets.
    Registered,
    /// Approved projects: exact numbers and bytes.
    Controlled,
}

impl Tier {
    /// The word used in the audit trail.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Registered => "registered",
            Self::Controlled => "controlled",
        }
    }
}
