//! Folders that last as long as the test process.

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A new folder that is removed when this process has ended, however it ends. For what statics hold, which nothing drops.
#[must_use]
// The guard outlives this process by design: it waits for the pipe to close, which is when nobody is left to wait for it.
#[allow(clippy::zombie_processes)]
pub fn until_the_end(prefix: &str) -> PathBuf {
    let folder = tempfile::Builder::new().prefix(prefix).tempdir().unwrap().keep();
    let mut guard = Command::new("sh");
    guard.args(["-c", r#"read -r _; rm -rf "$1""#, "guard"]).arg(&folder);
    let mut child = guard
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The pipe closes with this process.
    std::mem::forget(child.stdin.take());
    folder
}
