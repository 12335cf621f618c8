//! The installation's key on the disk, compared with the keys in use, and the files that an interrupted command left beside it.

use std::collections::BTreeSet;

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
    for file in capability_key::left_over(&configuration.capabilities.key_file) {
        report.warning(
            "keys",
            format!("{}: an interrupted command left this file, which contains keys", file.display()),
            "delete the file; no command reads it (`shred -u FILE`). The next `key rotate` or `key retire` deletes it too",
        );
    }
}
