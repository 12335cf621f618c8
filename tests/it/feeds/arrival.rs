//! Exports that arrive in any order, and again, leave the state of the newest export.

use std::path::Path;

use gemj_tests::{Backend, Programme};
use serde_json::json;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Writes a packet whose one feature names its version.
fn packet(folder: &Path, version: usize) -> std::path::PathBuf {
    let packet = json!({
        "id": "case-1",
        "subject": {"id": "case-1", "sex": "FEMALE"},
        "phenotypicFeatures": [{"type": {"id": format!("HP:000125{version}"), "label": "a feature"}}],
        "metaData": {
            "created": "2026-01-01T00:00:00Z",
            "createdBy": "a test",
            "phenopacketSchemaVersion": "2.0",
            "resources": [{"id": "hp", "name": "HPO", "url": "http://purl.obolibrary.org/obo/hp.obo", "version": "2026-01-01", "namespacePrefix": "HP",
                           "iriPrefix": "http://purl.obolibrary.org/obo/HP_"}]
        }
    });
    let path = folder.join(format!("version-{version}.json"));
    std::fs::write(&path, packet.to_string()).unwrap();
    path
}

fn codes(programme: &Programme) -> serde_json::Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/feeds/codes.py");
    let out = gemj_tests::oracle::run("python3", [text(&script), text(&programme.path("gateway.db"))], b"");
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn exports_in_any_order_leave_the_newest_state_if_their_times_are_stated() {
    let folder = tempfile::tempdir().unwrap();
    let paths = [1, 2, 3].map(|version| packet(folder.path(), version));
    // Fractions of a second and offsets are compared as times, not as texts.
    let times = ["2026-04-01T09:00:00+09:00", "2026-04-01T00:00:00.5Z", "2026-04-02"];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let programme = Programme::new(Backend::Embedded);
        programme.link_packets(["case-1"]);
        let ingest = |at: usize, further: &[&str]| {
            let words = [
                "ingest",
                "--dataset",
                "rare-disease",
                "--profile",
                "phenopacket",
                "--site",
                "hospital-a",
            ];
            programme.run(&[&words[..], further, &[text(&paths[at])]].concat()).good()
        };
        for at in order.into_iter().chain(order) {
            let _ = ingest(at, &["--exported-at", times[at]]);
        }
        assert_eq!(codes(&programme), json!({"phenotype HP:0001253 present": 1}), "{order:?}");
        if order == [0, 1, 2] {
            // Without a time, the unit that is ingested last counts.
            let _ = ingest(0, &[]);
            assert_eq!(codes(&programme), json!({"phenotype HP:0001251 present": 1}));
        }
    }
}
