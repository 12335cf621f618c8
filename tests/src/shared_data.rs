//! The shared folder with real data and official schemas, which is not part of the repository.

use std::io::Write as _;
use std::path::PathBuf;

use crate::binary::workspace;

/// A path below the shared folder (`GEMJ_SHARED`, or `shared` beside the workspace). If the path is absent, the skip is reported and the
/// result is `None`.
#[must_use]
pub fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("GEMJ_SHARED").map_or_else(|| workspace().join("../shared"), PathBuf::from);
    let path = root.join(path);
    if path.exists() {
        return Some(path);
    }
    skipped(&format!("{} is not there", path.display()));
    None
}

/// Reports a skipped test on standard error, past the test harness's capture, and in the file `GEMJ_TEST_SKIPS` if that is set.
pub fn skipped(why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("SKIPPED: {test}: {why}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Some(path) = std::env::var_os("GEMJ_TEST_SKIPS") {
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
        file.write_all(line.as_bytes()).unwrap();
    }
}
