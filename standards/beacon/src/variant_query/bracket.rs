//! Bracket queries.

use crate::assembly::Assembly;
use crate::bases::Bases;
use crate::coordinates::{LengthBases, ZeroBased};
use crate::reference_name::ReferenceName;
use crate::variant_type::VariantType;

/// "2 values in both `start` and `end` [...] identifies all structural variants starting between `start[0]` and `start[1]`, and ending between
/// `end[0]` <-> `end[1]`". All restrictions that are present apply together (AND).
///
/// The upper bounds are exclusive, because "single or double sided precise matches can be achieved by setting `start[1]=start[0]+1` and
/// `end[1]=end[0]+1`".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BracketQuery {
    /// The chromosome.
    pub reference_name: ReferenceName,
    /// The assembly of the chromosome.
    pub assembly: Assembly,
    /// The start of the variants: the first base that they affect, 0-based.
    pub start: Bracket,
    /// The end of the variants: the first base after them, 0-based (their exclusive end). The number is compared with the bounds.
    pub end: Bracket,
    /// The required reference bases; absent: any bases.
    pub reference_bases: Option<Bases>,
    /// The required alternate bases; absent: any bases.
    pub alternate_bases: Option<Bases>,
    /// The required kind of variant; absent: any kind.
    pub variant_type: Option<VariantType>,
    /// The minimum length; absent: any length. Not greater than `max_length`.
    pub min_length: Option<LengthBases>,
    /// The maximum length; absent: any length.
    pub max_length: Option<LengthBases>,
}

/// The positions `[first, bound)` for an edge of a variant; at least one position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bracket {
    first: ZeroBased,
    bound: ZeroBased,
}

impl Bracket {
    /// The positions from `first` (included) to `bound` (excluded); absent if there are none.
    #[must_use]
    pub fn try_new(first: ZeroBased, bound: ZeroBased) -> Option<Self> {
        (first < bound).then_some(Self { first, bound })
    }

    /// The lowest position.
    #[must_use]
    pub fn first(&self) -> ZeroBased {
        self.first
    }

    /// The first position after the range.
    #[must_use]
    pub fn bound(&self) -> ZeroBased {
        self.bound
    }

    /// Whether the range contains a position.
    #[must_use]
    pub fn holds(&self, position: ZeroBased) -> bool {
        self.first <= position && position < self.bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_upper_bound_is_exclusive() {
        assert!(Bracket::try_new(ZeroBased(5), ZeroBased(5)).is_none());
        let precise = Bracket::try_new(ZeroBased(5), ZeroBased(6)).unwrap();
        assert_eq!([4, 5, 6].map(|p| precise.holds(ZeroBased(p))), [false, true, false]);
    }
}
