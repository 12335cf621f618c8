//! Bracket queries.

use crate::assembly::Assembly;
use crate::bases::Bases;
use crate::coordinates::{LengthBases, ZeroBased};
use crate::reference_name::ReferenceName;
use crate::variant_type::VariantType;

/// "2 values in both `start` and `end` [...] identifies all structural variants starting between `start[0]` and `start[1]`, and ending
/// between `end[0]` <-> `end[1]`". Every restriction that is present applies (AND).
///
/// The upper bounds are exclusive, because "single or double sided precise matches can be achieved by setting `start[1]=start[0]+1` and
/// `end[1]=end[0]+1`".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BracketQuery {
    /// The chromosome.
    pub reference_name: ReferenceName,
    /// Its assembly.
    pub assembly: Assembly,
    /// Where the variants start: the first base they affect, 0-based.
    pub start: Bracket,
    /// Where they end: the first base behind them, 0-based (their exclusive end), compared as a number with the bounds.
    pub end: Bracket,
    /// Only variants that replace these bases; absent is any.
    pub reference_bases: Option<Bases>,
    /// Only variants with these bases; absent is any.
    pub alternate_bases: Option<Bases>,
    /// Only variants of this kind; absent is any.
    pub variant_type: Option<VariantType>,
    /// Only variants at least this long; absent is any. Not greater than `max_length`.
    pub min_length: Option<LengthBases>,
    /// Only variants at most this long; absent is any.
    pub max_length: Option<LengthBases>,
}

/// The positions `[first, bound)` between which an edge of a variant lies; at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bracket {
    first: ZeroBased,
    bound: ZeroBased,
}

impl Bracket {
    /// The positions from `first` up to but not including `bound`; absent where there is none.
    #[must_use]
    pub fn try_new(first: ZeroBased, bound: ZeroBased) -> Option<Self> {
        (first < bound).then_some(Self { first, bound })
    }

    /// The least position.
    #[must_use]
    pub fn first(&self) -> ZeroBased {
        self.first
    }

    /// The first position that is too great.
    #[must_use]
    pub fn bound(&self) -> ZeroBased {
        self.bound
    }

    /// Whether a position lies between.
    #[must_use]
    pub fn holds(&self, position: ZeroBased) -> bool {
        self.first <= position && position < self.bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_upper_bound_is_outside() {
        assert!(Bracket::try_new(ZeroBased(5), ZeroBased(5)).is_none());
        let precise = Bracket::try_new(ZeroBased(5), ZeroBased(6)).unwrap();
        assert_eq!([4, 5, 6].map(|p| precise.holds(ZeroBased(p))), [false, true, false]);
    }
}
