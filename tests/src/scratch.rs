//! Folders that exist until the test process ends.

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A new folder that is removed after this process has ended, however it ends. It is for values in statics, which are never dropped.
#[must_use]
// The guard outlives this process by design: it waits until the pipe closes, and then no process is left to wait for it.
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
    // The pipe stays open until this process ends.
    std::mem::forget(child.stdin.take());
    folder
}
