//! Bracket queries: variants whose start and end are in two ranges of positions.

use crate::assembly::Assembly;
use crate::bases::Bases;
use crate::coordinates::{LengthBases, ZeroBased};
use crate::reference_name::ReferenceName;
use crate::variant_type::VariantType;

/// A query for variants by ranges for their start and their end: "2 values in both `start` and `end` [...] identifies all structural variants
/// starting between `start[0]` and `start[1]`, and ending between `end[0]` <-> `end[1]`". A variant must meet all restrictions that are present
/// (AND).
///
/// The upper bound of each range is exclusive, because "single or double sided precise matches can be achieved by setting `start[1]=start[0]+1`
/// and `end[1]=end[0]+1`".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BracketQuery {
    /// The chromosome of the variants.
    pub reference_name: ReferenceName,
    /// The assembly of the chromosome.
    pub assembly: Assembly,
    /// The range for the start of the variants. The start is the first base that a variant affects, 0-based.
    pub start: Bracket,
    /// The range for the end of the variants. The end is the first base after a variant, 0-based (the exclusive end).
    pub end: Bracket,
    /// The required reference bases; `None` means any bases.
    pub reference_bases: Option<Bases>,
    /// The required alternate bases; `None` means any bases.
    pub alternate_bases: Option<Bases>,
    /// The required kind of variant; `None` means any kind.
    pub variant_type: Option<VariantType>,
    /// The minimum length of the variants; `None` means any length. Not greater than `max_length`.
    pub min_length: Option<LengthBases>,
    /// The maximum length of the variants; `None` means any length.
    pub max_length: Option<LengthBases>,
}

/// A range of positions `[first, bound)` for the start or the end of a variant. It contains at least one position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bracket {
    first: ZeroBased,
    bound: ZeroBased,
}

impl Bracket {
    /// The range of positions from `first` (included) to `bound` (excluded); `None` if it contains no position.
    #[must_use]
    pub fn try_new(first: ZeroBased, bound: ZeroBased) -> Option<Self> {
        (first < bound).then_some(Self { first, bound })
    }

    /// The lowest position in the range.
    #[must_use]
    pub fn first(&self) -> ZeroBased {
        self.first
    }

    /// The first position after the range.
    #[must_use]
    pub fn bound(&self) -> ZeroBased {
        self.bound
    }

    /// Whether the range contains `position`.
    #[must_use]
    pub fn holds(&self, position: ZeroBased) -> bool {
        self.first <= position && position < self.bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_upper_bound_of_a_bracket_is_exclusive() {
        assert!(Bracket::try_new(ZeroBased(5), ZeroBased(5)).is_none());
        let precise = Bracket::try_new(ZeroBased(5), ZeroBased(6)).unwrap();
        assert_eq!([4, 5, 6].map(|p| precise.holds(ZeroBased(p))), [false, true, false]);
    }
}
