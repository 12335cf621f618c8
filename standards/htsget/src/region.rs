use crate::{Position, ReferenceName};

/// One region of a file that a request selects.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Region {
    /// Reads without a position, requested with the reference name `*` (htsget 1.3 § Query parameters: "if \"\*\", unplaced unmapped reads are
    /// returned"). This region exists only at the endpoint for reads.
    Unplaced,
    /// Records that overlap an interval of one reference sequence.
    Placed {
        /// The reference sequence of the interval.
        reference_name: ReferenceName,
        /// The first position, 0-based and inclusive. `None` means from the first base of the sequence.
        start: Option<Position>,
        /// The position after the last position, 0-based and exclusive. `None` means to the end of the sequence. If `start` is present too, the
        /// end is never less than `start`. The two are equal only in a GET, where this region is legal and selects nothing.
        end: Option<Position>,
    },
}

impl Region {
    /// The interval `(start, end)`, 0-based and half-open. An absent start is 0, and an absent end is `None`. The result is `None` for unplaced
    /// reads.
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
