use crate::{Position, ReferenceName};

/// One region of a file that a request selects.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Region {
    /// Reads without a position, requested with the reference name `*` (htsget 1.3 § Query parameters: "if \"\*\", unplaced unmapped reads
    /// are returned"). Reads only.
    Unplaced,
    /// Records that overlap an interval of one reference sequence.
    Placed {
        /// The sequence.
        reference_name: ReferenceName,
        /// First position, inclusive; absent: from the sequence's first base.
        start: Option<Position>,
        /// Position after the last; absent: to the sequence's end. Never less than `start`. Equal to `start` only in a GET, where the region
        /// is legal and selects nothing.
        end: Option<Position>,
    },
}

impl Region {
    /// The interval `(start, end)`, 0-based half-open, with 0 for an absent start; `None` for unplaced reads.
    #[must_use]
    pub fn interval(&self) -> Option<(Position, Option<Position>)> {
        match self {
            Self::Unplaced => None,
            Self::Placed { start, end, .. } => Some((start.unwrap_or(Position::FIRST), *end)),
        }
    }

    /// Whether the region can select no record, because its end equals its start.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.interval().is_some_and(|(start, end)| end.is_some_and(|end| end <= start))
    }

    /// The reference sequence; `None` for unplaced reads.
    #[must_use]
    pub fn reference_name(&self) -> Option<&ReferenceName> {
        match self {
            Self::Unplaced => None,
            Self::Placed { reference_name, .. } => Some(reference_name),
        }
    }
}
