//! Loads the official FHIR definitions for unit tests. A test without these files prints SKIPPED, and fails if the variable `CI` is set.

use std::io::Read;
use std::path::{Path, PathBuf};

pub(crate) fn schema() -> Option<serde_json::Value> {
    let shared =
        std::env::var_os("GEMJ_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join("standards/fhir/r4/fhir.schema.json.gz");
    let Ok(file) = std::fs::File::open(&path) else {
        assert!(std::env::var_os("CI").is_none(), "the official schema is absent");
        eprintln!("SKIPPED: {} is not readable", path.display());
        return None;
    };
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}
