//! A histogram of durations, without locks.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::exposition::Exposition;

/// The upper bounds of the buckets, in microseconds, with their text in seconds. A look-up takes about a millisecond, and a query over all datasets
/// may take seconds.
const BOUNDS: [(u64, &str); 14] = [
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (500_000, "0.5"),
    (1_000_000, "1"),
    (2_500_000, "2.5"),
    (5_000_000, "5"),
    (10_000_000, "10"),
    (30_000_000, "30"),
];

/// A histogram of durations.
#[derive(Debug, Default)]
pub(crate) struct Latency {
    /// The number of durations in each bucket alone; the last bucket is above every bound.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    sum_us: AtomicU64,
}

impl Latency {
    pub(crate) fn observe(&self, duration: Duration) {
        let microseconds = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.iter().position(|(bound, _)| microseconds <= *bound).unwrap_or(BOUNDS.len());
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(microseconds, Ordering::Relaxed);
    }

    /// Adds the histogram's values to a family. The buckets are cumulative in the text, and the count is their sum, so that a reader never sees a
    /// bucket above the count.
    pub(crate) fn write(&self, text: &mut Exposition, name: &str, label: (&str, &str)) {
        let mut count = 0;
        let bucket = format!("{name}_bucket");
        for (at, number) in self.buckets.iter().enumerate() {
            count += number.load(Ordering::Relaxed);
            let bound = BOUNDS.get(at).map_or("+Inf", |(_, text)| text);
            text.value(&bucket, &[label, ("le", bound)], count);
        }
        let sum_us = self.sum_us.load(Ordering::Relaxed);
        text.value(
            &format!("{name}_sum"),
            &[label],
            format_args!("{}.{:06}", sum_us / 1_000_000, sum_us % 1_000_000),
        );
        text.value(&format!("{name}_count"), &[label], count);
    }
}
