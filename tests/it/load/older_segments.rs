//! Segments of another format version. The tests change the version in the segments' bytes, without the gateway's code.

use gemj_demo::Persona;
use gemj_tests::gateway_process::Start;
use gemj_tests::oracle::run;
use gemj_tests::small_data::SHARED_VARIANT;
use gemj_tests::{Backend, GatewayProcess, Programme};
use serde_json::Value;

use crate::small::loaded;

/// Changes the format version of every segment, and all checksums that cover it (docs/formats/carrier-segment.md). Prints the ids of the segments.
const CHANGE: &str = r#"
import hashlib, pathlib, sqlite3, struct, sys
root, version = pathlib.Path(sys.argv[1]), int(sys.argv[2])
database = sqlite3.connect(root / "gateway.db")
for identity, key in database.execute("SELECT id, storage_key FROM segment").fetchall():
    path = root / "objects" / key
    data = bytearray(path.read_bytes())
    assert data[:8] == b"GEMJCSEG" and data[-8:] == b"GEMJCEND"
    data[8:10] = data[-44:-42] = struct.pack("<H", version)
    data[-40:-8] = hashlib.sha256(data[:-40]).digest()
    path.write_bytes(data)
    database.execute("UPDATE segment SET sha256 = ? WHERE id = ?", (hashlib.sha256(data).hexdigest(), identity))
    print(identity)
database.commit()
"#;

fn with_segments_of(version: &str) -> (Programme, Vec<String>) {
    let programme = loaded(Backend::Embedded);
    let changed = run("python3", ["-c", CHANGE, programme.path("").to_str().unwrap(), version], b"");
    let changed: Vec<String> = String::from_utf8(changed).unwrap().lines().map(str::to_owned).collect();
    assert!(!changed.is_empty());
    (programme, changed)
}

/// The status and the body of a query for a count, and the number of participants if the status is 200. A gateway that cannot read its index serves, but
/// is not ready.
fn counted(programme: &Programme, is_ready: bool) -> (u16, String, Option<u64>) {
    let start = Start {
        sealed: !is_ready,
        ..Start::default()
    };
    let served = GatewayProcess::serve(&programme.config(), &programme.path(""), &start);
    let token = programme.passport(Persona::DomesticAcademic);
    let query = format!("/beacon/individuals?{SHARED_VARIANT}&requestedGranularity=count");
    let reply = served.client.get(&query, Some(&token));
    let number = (reply.status == 200).then(|| reply.json()["responseSummary"]["numTotalResults"].as_u64().unwrap());
    (reply.status, reply.text(), number)
}

#[test]
fn segments_of_version_1_are_named_and_merged_and_are_never_answered_wrongly_before() {
    let expected = counted(&loaded(Backend::Embedded), true).2;
    assert!(expected.is_some_and(|count| count > 0));
    let (programme, ids) = with_segments_of("1");
    let status: Value = serde_json::from_str(&programme.run(&["index", "status", "--json"]).good().out).unwrap();
    let older: u64 = status
        .as_array()
        .unwrap()
        .iter()
        .map(|scope| scope["older_formats"].as_u64().unwrap())
        .sum();
    assert_eq!(older, ids.len() as u64);
    let said = programme.run(&["doctor", "--offline"]).out;
    assert!(
        said.contains("have an older format: ") && said.contains("gemj-gateway index merge"),
        "{said}"
    );
    assert!(said.contains(&ids[0]), "the segment is not named: {said}");
    let (status, body, _) = counted(&programme, false);
    assert!(status >= 500, "{status}: {body}");
    let _ = programme.run(&["index", "merge"]).good();
    assert_eq!(counted(&programme, true).2, expected);
}

#[test]
fn segments_of_a_newer_program_are_named_with_the_remedy_by_every_command_of_the_index() {
    let (programme, ids) = with_segments_of("3");
    for command in [&["index", "status"][..], &["index", "merge"], &["reindex", "--dry-run"]] {
        let ran = programme.run(command);
        assert_eq!(ran.code, Some(2), "{command:?}: {}", ran.out);
        assert!(
            ids.iter().any(|id| ran.err.contains(id)) && ran.err.contains("newer gemj-gateway"),
            "{command:?}: {}",
            ran.err
        );
    }
    let said = programme.run(&["doctor", "--offline"]).out;
    assert!(said.contains("newer gemj-gateway"), "{said}");
    let (status, body, _) = counted(&programme, false);
    assert!(status >= 500, "{status}: {body}");
}
