//! Independent htsget clients: igv.js in a browser and @gmod/bam from npm, pysam and htsget from PyPI.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::oracle::{interpreter, python, run};
use crate::shared_data::skipped;

/// Reports that a test is skipped because a program is absent. If `CI` is set, the test fails instead.
fn absent<T>(what: &str) -> Option<T> {
    assert!(std::env::var_os("CI").is_none(), "{what}: run scripts/test");
    skipped(&format!("{what}: run scripts/test"));
    None
}

/// The folder with the npm clients that the test script installed: `GEMJ_TEST_HTSGET_CLIENTS`, or the folder below the cache folder.
fn modules() -> Option<PathBuf> {
    let named = std::env::var_os("GEMJ_TEST_HTSGET_CLIENTS").map(PathBuf::from);
    let cache = std::env::var_os("GEMJ_CACHE")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache/gemj-gateway")));
    let folder = named
        .or_else(|| cache.map(|cache| cache.join("htsget-clients")))?
        .join("node_modules");
    if ["igv", "@gmod/bam", "puppeteer-core"].iter().all(|name| folder.join(name).is_dir()) {
        return Some(folder);
    }
    absent("the htsget clients of npm are not installed")
}

/// Runs a script of `tests/oracles/htsget-clients` with JSON on its standard input, and reads JSON from its standard output. If the clients
/// are not installed, the skip is reported and the result is `None`.
#[must_use]
pub fn node(script: &str, input: &Value) -> Option<Value> {
    let modules = modules()?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracles/htsget-clients").join(script);
    let output = run("node", [path, modules], format!("{input}\n").as_bytes());
    Some(serde_json::from_slice(&output).unwrap_or_else(|e| panic!("{script}: {e}")))
}

/// The path of Chromium: `GEMJ_TEST_CHROMIUM`, or the first Chromium on the PATH. If there is no Chromium, the skip is reported and the result is
/// `None`.
#[must_use]
pub fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("GEMJ_TEST_CHROMIUM").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_the_path = || {
        std::env::split_paths(&path)
            .flat_map(|folder| ["chromium", "chromium-browser", "google-chrome"].map(|name| folder.join(name)))
            .find(|file| file.is_file())
    };
    named
        .filter(|file| file.is_file())
        .or_else(on_the_path)
        .or_else(|| absent("there is no chromium"))
}

/// Runs `tests/oracles/htsget_python.py`. If pysam or htsget is not installed, the skip is reported and the result is `None`.
#[must_use]
pub fn pysam_and_htsget(input: &Value) -> Option<Value> {
    let find = "import importlib.util as u, sys; sys.exit(not all(u.find_spec(name) for name in ('pysam', 'htsget')))";
    let there = Command::new(interpreter())
        .args(["-c", find])
        .status()
        .is_ok_and(|status| status.success());
    if !there {
        return absent("pysam and htsget are not installed");
    }
    Some(python("htsget_python.py", input))
}
