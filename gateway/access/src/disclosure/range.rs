//! Numbers of participants, shown as ranges with fixed bounds.

use std::fmt;

use roaring::RoaringBitmap;

use super::{Terms, bucket};
use crate::grant::Grant;

/// The smallest number, other than k, at which a range may begin.
const FIRST_BOUND: u64 = 10;

/// The range that contains a number of participants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// No participant. Used only for a part of a group that is itself shown.
    Zero,
    /// Participants of fewer families than this number, or no participant.
    Below(u64),
    /// Between the first number and the last number, both included.
    Within(u64, u64),
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero => f.write_str("0"),
            Self::Below(k) => write!(f, "<{k}"),
            Self::Within(first, last) => write!(f, "{first}-{last}"),
        }
    }
}

impl Terms {
    /// The range of a number of participants, at any tier. Participants of fewer than k families get the range `<k`. From k on, the ranges have
    /// half-logarithmic bounds (10–29, 30–99, …).
    #[must_use]
    pub fn range(self, grant: &Grant, people: &RoaringBitmap) -> Range {
        if self.has_least_families(grant, people) {
            within(u64::from(self.least_families), people.len())
        } else {
            Range::Below(u64::from(self.least_families))
        }
    }
}

/// The range that contains a count of k or more.
fn within(k: u64, count: u64) -> Range {
    let mut first = k;
    for bound in bucket::bounds().filter(|bound| *bound > k && *bound >= FIRST_BOUND) {
        if count < bound {
            return Range::Within(first, bound - 1);
        }
        first = bound;
    }
    Range::Within(first, u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_begin_at_k_and_have_half_logarithmic_bounds() {
        let of = |k: u64, count: u64| within(k, count).to_string();
        let of_ten: Vec<String> = [10, 29, 30, 99, 100, 299, 300, 1_000].map(|n| of(10, n)).to_vec();
        assert_eq!(
            of_ten,
            ["10-29", "10-29", "30-99", "30-99", "100-299", "100-299", "300-999", "1000-2999"]
        );
        assert_eq!([15, 29, 30].map(|n| of(15, n)), ["15-29", "15-29", "30-99"]);
        assert_eq!([50, 99, 100].map(|n| of(50, n)), ["50-99", "50-99", "100-299"]);
    }
}
