mod access_log;
mod alerts;
mod drain;
mod every_route;
mod metrics;
mod readiness;
mod traces;

use std::path::Path;
use std::time::{Duration, Instant};

use gemj_tests::programme::private;
use gemj_tests::{Backend, Programme};

use crate::small::loaded;

/// The time limit of each event that a test waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// The bearer token of `/metrics` in these tests.
const METRICS_TOKEN: &str = "0123456789abcdef0123";

/// Waits until a function returns a value.
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::yield_now();
    }
}

/// Adds lines to a section of a configuration, and replaces earlier values of the same keys.
fn configure(config: &Path, section: &str, lines: &str) {
    let text = std::fs::read_to_string(config).unwrap();
    let mut table: toml::Table = toml::from_str(&text).unwrap();
    let more: toml::Table = toml::from_str(lines).unwrap();
    let entry = table.entry(section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    entry.as_table_mut().unwrap().extend(more);
    std::fs::write(config, toml::to_string(&table).unwrap()).unwrap();
}

/// A loaded small programme whose metrics need a token, so that they contain the numbers about participants.
fn with_protected_metrics(backend: Backend<'_>) -> Programme {
    let programme = loaded(backend);
    private(&programme.path("metrics.token"), METRICS_TOKEN);
    configure(&programme.config(), "metrics", "access = \"token\"\ntoken_file = \"metrics.token\"");
    programme
}
