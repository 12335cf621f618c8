//! The CWL engine that tests run workflows with.

use std::path::PathBuf;

use crate::shared_data::skipped;

/// The path of cwltool: `GEMJ_TEST_CWLTOOL`, or the first cwltool on the PATH. If there is no cwltool, the skip is reported and the result is `None`.
///
/// # Panics
/// If there is no cwltool and `CI` is set, because CI must run these tests.
#[must_use]
pub fn cwltool() -> Option<PathBuf> {
    let named = std::env::var_os("GEMJ_TEST_CWLTOOL").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_the_path = || {
        std::env::split_paths(&path)
            .map(|folder| folder.join("cwltool"))
            .find(|file| file.is_file())
    };
    let found = named.filter(|file| file.is_file()).or_else(on_the_path);
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "there is no cwltool: set GEMJ_TEST_CWLTOOL");
        skipped("there is no cwltool: set GEMJ_TEST_CWLTOOL");
    }
    found
}
