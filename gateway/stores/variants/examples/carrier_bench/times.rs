//! Measures and prints times.

use std::time::Duration;

/// The times of one kind of work, in nanoseconds.
#[derive(Default)]
pub(crate) struct Times(Vec<u64>);

impl Times {
    /// Records how long a piece of work took.
    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(u64::try_from(took.as_nanos()).unwrap());
    }

    /// Prints median, 99th percentile and mean.
    pub(crate) fn print(mut self, name: &str) {
        self.0.sort_unstable();
        let at = |share: f64| self.0[((self.0.len() - 1) as f64 * share) as usize];
        print(&format!("{name} p50"), at(0.5));
        print(&format!("{name} p99"), at(0.99));
        print(&format!("{name} mean"), self.0.iter().sum::<u64>() / self.0.len() as u64);
    }
}

/// Prints one line.
pub(crate) fn print(name: &str, value: impl std::fmt::Display) {
    println!("{name}\t{value}");
}
