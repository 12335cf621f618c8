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
                .args(["build", "-p", "gemj-gateway", "--profile", profile_of(folder), "--manifest-path"])
                .arg(workspace().join("Cargo.toml"))
                .arg("--target-dir")
                .arg(folder.parent().unwrap());
            assert!(build.status().unwrap().success(), "gemj-gateway does not build");
            assert!(binary.exists(), "cargo wrote no {}", binary.display());
        }
        binary
    })
}

/// The profile whose binaries cargo writes to this folder. The folder has the name of its profile, except the folder `debug` of the profile `dev`.
fn profile_of(folder: &Path) -> &str {
    match folder.file_name().and_then(std::ffi::OsStr::to_str).unwrap() {
        "debug" => "dev",
        profile => profile,
    }
}

/// The workspace's folder.
#[must_use]
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_is_built_with_the_profile_of_the_test() {
        for (folder, profile) in [("target/release", "release"), ("target/debug", "dev"), ("target/ci", "ci")] {
            assert_eq!(profile_of(Path::new(folder)), profile);
        }
    }
}
