//! The installation's key on the disk, compared with the keys in use, and the files that an interrupted command left beside it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use gemj_authenticate::Probe;

use super::report::Report;
use crate::capability_key;
use crate::configuration::Configuration;

/// The number of requests through the public address. A load balancer usually spreads them over the replicas.
const REQUESTS: usize = 8;

/// Compares the mark of the key that a gateway uses with the key on the disk.
pub(super) fn compare(configuration: &Configuration, which: &str, mark: &str, report: &mut Report) {
    let Ok(key) = capability_key::read(&configuration.capabilities.key_file) else {
        return;
    };
    if key.signing_mark() == mark {
        report.good("keys", format!("{which} signs with the key in capabilities.key_file"));
        return;
    }
    report.fault(
        "keys",
        format!("{which} signs URLs and tokens with another key than capabilities.key_file has"),
        "copy the key file to every replica and restart each one (docs/backup.md, Keys); `reload` does not change this key",
    );
}

/// Compares the keys of the replicas that answer at the public address.
pub(super) async fn compare_replicas(configuration: &Configuration, probe: &Probe, report: &mut Report) {
    let url = format!("{}/readyz", configuration.public_base());
    let mut marks = BTreeSet::new();
    for _ in 0..REQUESTS {
        // A proxy need not pass this path.
        let Ok(seen) = probe.get(&url, &[]).await else { return };
        if seen.signing_key.is_empty() {
            return;
        }
        marks.insert(seen.signing_key);
    }
    for mark in marks {
        compare(configuration, "a gateway at server.public_url", &mark, report);
    }
}

/// Names the files with keys that an interrupted `key` command left.
pub(super) fn left_over(configuration: &Configuration, report: &mut Report) {
    for file in left_over_files(configuration) {
        report.warning(
            "keys",
            format!("{}: an interrupted command left this file, which contains keys", file.display()),
            "delete the file; no command reads it (`shred -u FILE`)",
        );
    }
}

fn left_over_files(configuration: &Configuration) -> Vec<PathBuf> {
    let key = &configuration.capabilities.key_file;
    let key = key.canonicalize().unwrap_or_else(|_| key.clone());
    let (Some(folder), Some(stem)) = (key.parent(), key.file_stem().and_then(std::ffi::OsStr::to_str)) else {
        return Vec::new();
    };
    let start = format!("{stem}.new-");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_left = |name: &str| {
        name.strip_prefix(&start)
            .is_some_and(|rest| rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let left = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_left));
    let mut left: Vec<PathBuf> = left.map(|entry| entry.path()).collect();
    left.sort();
    left
}
