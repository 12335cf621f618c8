//! Positions and lengths. All coordinates of Beacon v2 are 0-based and half-open.

/// The greatest coordinate in a request: the schemas declare `format: int64`.
pub(crate) const MAX_COORDINATE: u64 = i64::MAX as u64;

/// A 0-based position on a reference sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ZeroBased(pub u64);

/// A 0-based half-open interval `[start, end)` with at least one base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Interval {
    start: ZeroBased,
    end: ZeroBased,
}

impl Interval {
    /// The interval from `start` (included) to `end` (excluded); `None` if it contains no base.
    #[must_use]
    pub fn try_new(start: ZeroBased, end: ZeroBased) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// The position of the first base in the interval.
    #[must_use]
    pub fn start(&self) -> ZeroBased {
        self.start
    }

    /// The position of the first base after the interval; greater than [`Self::start`].
    #[must_use]
    pub fn end(&self) -> ZeroBased {
        self.end
    }
}

/// A length of a variant in bases. The specification does not define how the length is measured ("optional parameter without prescribed use").
/// Each Beacon documents its own method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LengthBases(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_requires_at_least_one_base() {
        assert!(Interval::try_new(ZeroBased(5), ZeroBased(5)).is_none());
        assert!(Interval::try_new(ZeroBased(6), ZeroBased(5)).is_none());
        let one = Interval::try_new(ZeroBased(5), ZeroBased(6)).unwrap();
        assert_eq!((one.start(), one.end()), (ZeroBased(5), ZeroBased(6)));
    }
}
