//! Separate databases on the PostgreSQL server that the test script started.

use crate::oracle::run;
use crate::shared_data::skipped;

/// A database of one test. It is dropped with the value, unless the test has failed.
#[derive(Debug)]
pub struct PostgresDatabase {
    server: String,
    name: String,
    /// The database's address.
    pub url: String,
}

impl PostgresDatabase {
    /// Creates a database on the server of `GEMJ_TEST_POSTGRES_URL`. If the variable is not set, the skip is reported and the result is `None`.
    #[must_use]
    pub fn create() -> Option<Self> {
        let Ok(server) = std::env::var("GEMJ_TEST_POSTGRES_URL") else {
            skipped("GEMJ_TEST_POSTGRES_URL is not set");
            return None;
        };
        let name = format!(
            "gemj_it_{}_{}",
            std::process::id(),
            std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .unwrap()
                .as_nanos()
        );
        run("psql", ["-q", &server, "-c", &format!("CREATE DATABASE {name}")], b"");
        let (base, _) = server.rsplit_once('/').unwrap();
        let url = format!("{base}/{name}");
        Some(Self { server, name, url })
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            run(
                "psql",
                ["-q", &self.server, "-c", &format!("DROP DATABASE {} WITH (FORCE)", self.name)],
                b"",
            );
        }
    }
}
