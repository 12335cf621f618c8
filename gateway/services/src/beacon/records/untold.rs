//! The statements that a record does not contain.

/// Why a record does not contain a statement, or a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Untold {
    /// The code is of no known code system, or is no CURIE.
    Code,
    /// A Beacon record cannot express the status.
    Status,
    /// A family history describes relatives.
    FamilyHistory,
    /// A Beacon record cannot express the value of a measurement.
    Value,
    /// The same statement is in the record already.
    Twice,
    /// The statement is in the record without the time when it began.
    Onset,
    /// The statement is in the record without its date, which is no whole day.
    Date,
    /// The statement is in the record without one of its details.
    Detail,
}

impl Untold {
    /// Whether the whole statement is not in the record.
    pub(crate) fn is_whole(self) -> bool {
        match self {
            Self::Code | Self::Status | Self::FamilyHistory | Self::Value => true,
            Self::Twice | Self::Onset | Self::Date | Self::Detail => false,
        }
    }
}
