//! The path of the gateway's binary under test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The path of the binary under test: `GEMJ_GATEWAY_BIN`, or the binary of the profile that this test was built with. An absent binary is built once.
/// An existing binary is not built again, so build it before you run a test.
pub fn gateway() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(path) = std::env::var_os("GEMJ_GATEWAY_BIN") {
            return PathBuf::from(path);
        }
        // target/release/deps/it-0123456789abcdef
        let test = std::env::current_exe().unwrap();
        let folder = test
            .ancestors()
            .find(|f| f.file_name().is_some_and(|n| n == "deps"))
            .and_then(Path::parent);
        let folder = folder.unwrap_or_else(|| test.parent().unwrap());
        let binary = folder.join("gemj-gateway");
        if !binary.exists() {
            let mut build = Command::new(env!("CARGO"));
            build
                .args(["build", "--release", "-p", "gemj-gateway", "--manifest-path"])
                .arg(workspace().join("Cargo.toml"));
            assert!(build.status().unwrap().success(), "gemj-gateway does not build");
        }
        binary
    })
}

/// The workspace's folder.
#[must_use]
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
