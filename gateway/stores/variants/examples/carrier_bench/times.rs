//! Records and prints the times of queries.

use std::time::Duration;

/// The times of the queries of one kind, in nanoseconds.
#[derive(Default)]
pub(crate) struct Times(Vec<u64>);

impl Times {
    /// Records the time that one query took.
    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(u64::try_from(took.as_nanos()).unwrap());
    }

    /// Prints the median, the 99th percentile and the mean of the times.
    pub(crate) fn print(mut self, name: &str) {
        self.0.sort_unstable();
        let at = |share: f64| self.0[((self.0.len() - 1) as f64 * share) as usize];
        print(&format!("{name} p50"), at(0.5));
        print(&format!("{name} p99"), at(0.99));
        print(&format!("{name} mean"), self.0.iter().sum::<u64>() / self.0.len() as u64);
    }
}

/// Prints one line of output: a name, a tab and a value.
pub(crate) fn print(name: &str, value: impl std::fmt::Display) {
    println!("{name}\t{value}");
}
