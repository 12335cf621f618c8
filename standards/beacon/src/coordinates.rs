//! Positions and lengths. Beacon v2 is 0-based and half-open everywhere.

/// The greatest coordinate a request may hold: the schemas declare `format: int64`.
pub(crate) const MAX_COORDINATE: u64 = i64::MAX as u64;

/// A 0-based position on a reference sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ZeroBased(pub u64);

/// A 0-based half-open stretch `[start, end)` with at least one base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Interval {
    start: ZeroBased,
    end: ZeroBased,
}

impl Interval {
    /// The stretch from `start` up to but not including `end`; absent where it would hold no base.
    #[must_use]
    pub fn try_new(start: ZeroBased, end: ZeroBased) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// First base inside.
    #[must_use]
    pub fn start(&self) -> ZeroBased {
        self.start
    }

    /// First base behind; greater than [`Self::start`].
    #[must_use]
    pub fn end(&self) -> ZeroBased {
        self.end
    }
}

/// A length of a variant in bases. The specification leaves its meaning open ("optional parameter without prescribed use"); a Beacon
/// says in its documentation how it measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LengthBases(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_without_a_base_does_not_exist() {
        assert!(Interval::try_new(ZeroBased(5), ZeroBased(5)).is_none());
        assert!(Interval::try_new(ZeroBased(6), ZeroBased(5)).is_none());
        let one = Interval::try_new(ZeroBased(5), ZeroBased(6)).unwrap();
        assert_eq!((one.start(), one.end()), (ZeroBased(5), ZeroBased(6)));
    }
}
