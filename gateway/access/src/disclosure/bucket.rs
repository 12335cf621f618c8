//! Half-logarithmic buckets of counts, with the bounds 0, 1, 3, 10, 30, 100, 300, …

/// The bounds of the buckets, ascending, as far as they fit into 64 bits.
pub(super) fn bounds() -> impl Iterator<Item = u64> {
    std::iter::once(0).chain(std::iter::successors(Some(1), |bound| after(*bound)))
}

/// The next bound after a bound of the series 1, 3, 10, 30, …; absent if the next bound does not fit into 64 bits.
fn after(bound: u64) -> Option<u64> {
    if bound.to_string().starts_with('1') {
        bound.checked_mul(3)
    } else {
        (bound / 3).checked_mul(10)
    }
}

/// The lower bound of the bucket that contains a count.
pub(super) fn lower_end(count: u64) -> u64 {
    bounds().take_while(|bound| *bound <= count).last().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_half_logarithmic() {
        let ends: Vec<u64> = [0, 1, 2, 3, 9, 10, 29, 30, 99, 100, 299, 300, 999, 1000]
            .into_iter()
            .map(lower_end)
            .collect();
        assert_eq!(ends, [0, 1, 1, 3, 3, 10, 10, 30, 30, 100, 100, 300, 300, 1000]);
    }

    #[test]
    fn the_greatest_number_has_a_bucket() {
        assert_eq!(lower_end(u64::MAX), 10_000_000_000_000_000_000);
    }
}
