//! Direct identifiers that are planted in every place of every format are found nowhere outside the packets that are kept sealed: not in the database
//! file, the log, the metrics, the stored accounts, the answers, the audit or the back-up. `planted/write.py` writes the feeds, and `planted/scan.py`
//! searches, both without code of the gateway.

use std::path::{Path, PathBuf};

use gemj_demo::Persona;
use gemj_tests::programme::private;
use gemj_tests::{Backend, Programme};
use serde_json::{Value, json};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("it/feeds/planted").join(name)
}

/// What the scanner finds in files and folders, and in the rows of a database.
fn scan(needles: &Value, places: &[&Path], tables: &[&Path]) -> Value {
    let asked = json!({"needles": needles, "places": places.iter().map(|p| text(p)).collect::<Vec<_>>(), "tables": tables.iter().map(|p| text(p)).collect::<Vec<_>>()});
    let out = gemj_tests::oracle::run("python3", [script("scan.py")], asked.to_string().as_bytes());
    serde_json::from_slice(&out).unwrap()
}

/// Answers of every standard and of the pages for staff, for callers with and without rights.
fn answers(programme: &Programme) -> Vec<(String, u16, Vec<u8>)> {
    let served = programme.serve_with(&programme.config(), Some("trace"));
    let researcher = programme.passport(Persona::DomesticAcademic);
    let hospital = programme.hospital_token(&served.client.base, "ehr-hospital-a");
    let mut all = Vec::new();
    for path in [
        "/",
        "/metrics",
        "/healthz",
        "/readyz",
        "/service-info",
        "/beacon/info",
        "/beacon/map",
        "/beacon/configuration",
        "/beacon/entry_types",
        "/beacon/datasets",
        "/beacon/filtering_terms?limit=0",
        "/beacon/individuals?requestedGranularity=record",
        "/beacon/individuals?filters=ICD10:K29.7&requestedGranularity=record",
        "/beacon/biosamples?requestedGranularity=record",
        "/beacon/individuals/P1",
        "/ga4gh/drs/v1/service-info",
        "/ga4gh/drs/v1/objects/P1",
        "/htsget/reads/service-info",
        "/fhir/metadata",
        "/fhir/Patient?identifier=P1",
        "/fhir/Patient",
        "/fhir/Consent",
        "/fhir/Task",
        "/ga4gh/wes/v1/service-info",
    ] {
        for token in [None, Some(&researcher), Some(&hospital)] {
            let reply = served.client.get(path, token.map(String::as_str));
            all.push((path.to_owned(), reply.status, reply.body));
        }
    }
    let log = served.stop();
    assert!(log.len() > 1000, "the log is almost empty");
    all
}

#[test]
fn planted_identifiers_are_nowhere_outside_the_sealed_packets() {
    let programme = Programme::new(Backend::Embedded);
    let folder = tempfile::tempdir().unwrap();
    let out = gemj_tests::oracle::run("python3", [text(&script("write.py")), text(folder.path())], b"");
    let planted: Value = serde_json::from_slice(&out).unwrap();
    let needles = &planted["needles"];
    assert!(needles.as_object().unwrap().len() > 800);
    // The linkage table stays with the operator.
    let links = folder.path().join("links.csv");
    std::fs::write(&links, planted["links"].as_str().unwrap()).unwrap();
    let _ = programme.run(&["link", "--register", text(&links)]).good();
    programme.everybody_agrees(["P1", "P2"]);
    let (mut stored, mut refused) = (0, 0);
    for words in planted["ingest"].as_array().unwrap() {
        let words: Vec<&str> = words.as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
        let ran = programme.run(&[&words[..], &["--json"]].concat());
        assert!(matches!(ran.code, Some(0 | 1)), "{words:?}: {}", ran.err);
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        let count = |name: &str| report[name].as_u64().unwrap();
        stored += count("committed") + count("replaced");
        refused += report["quarantined"].as_array().unwrap().len() + report["results_refused"].as_array().unwrap().len();
    }
    assert!(stored >= 12 && refused >= 15, "{stored} stored, {refused} refused");

    let kept = tempfile::tempdir().unwrap();
    let keep = |name: &str, bytes: &[u8]| std::fs::write(kept.path().join(name), bytes).unwrap();
    let mut good = 0;
    for (at, (path, status, body)) in answers(&programme).iter().enumerate() {
        keep(&format!("answer-{at}"), body);
        good += usize::from(*status == 200);
        assert!(*status < 500, "{path}: {status}");
    }
    assert!(good > 20, "{good} answers with content");
    for (at, words) in [
        &["quarantine", "list", "--json"][..],
        &["quarantine", "list"],
        &["datasets", "show", "rare-disease"],
        &["participants", "list", "--json"],
        &["participants", "merges", "--json"],
        &["audit", "verify"],
        &["consent", "show", "P1"],
    ]
    .iter()
    .enumerate()
    {
        let ran = programme.run(words);
        keep(&format!("command-{at}"), [ran.out, ran.err].concat().as_bytes());
    }
    let runs: Value = serde_json::from_str(&programme.run(&["quarantine", "list", "--json"]).good().out).unwrap();
    for (at, run) in runs.as_array().unwrap().iter().enumerate() {
        let shown = programme.run(&["quarantine", "show", run["id"].as_str().unwrap_or_default()]);
        keep(&format!("run-{at}"), [shown.out, shown.err].concat().as_bytes());
    }
    private(&programme.path("passphrase"), "a passphrase for this test only\n");
    let backup = kept.path().join("backup");
    let passphrase = programme.path("passphrase");
    let _ = programme
        .run(&["backup", "--to", text(&backup), "--passphrase-file", text(&passphrase)])
        .good();

    let database = programme.path("gateway.db");
    let installation = programme.config();
    let places = [installation.parent().unwrap(), kept.path()];
    let found = scan(needles, &places, &[&database]);
    assert_eq!(found["found"], json!({}), "{}", found["found"]);
    let least = [("files", 60), ("bytes", 1_000_000), ("rows", 300)];
    assert!(least.iter().all(|(name, least)| found[name].as_u64().unwrap() > *least), "{found}");

    // The scan can fail: one value in each kind of place is found.
    let (value, place) = needles.as_object().unwrap().iter().next().unwrap();
    let plant = "import base64, gzip, sqlite3, sys\n\
                 database, folder, value = sys.argv[1:]\n\
                 connection = sqlite3.connect(database)\n\
                 connection.execute(\"UPDATE ingest_run SET namespace = ? WHERE rowid = 1\", ('a ' + value + ' b',))\n\
                 connection.commit()\n\
                 open(folder + '/utf16', 'wb').write(b'x' + value.encode('utf-16-le') + b'y')\n\
                 open(folder + '/base64', 'wb').write(base64.b64encode(b'x' + value.encode() + b'yz'))\n\
                 open(folder + '/packed', 'wb').write(gzip.compress(value.encode()))\n";
    let planted = tempfile::tempdir().unwrap();
    let _ = gemj_tests::oracle::run("python3", ["-c", plant, text(&database), text(planted.path()), value], b"");
    let found = scan(needles, &[planted.path(), installation.parent().unwrap()], &[&database]);
    let places: Vec<&str> = found["found"][place.as_str().unwrap()]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| found.as_str().unwrap())
        .collect();
    for part in ["/utf16", "/base64", "/packed (unpacked)", "table ingest_run", "gateway.db"] {
        assert!(places.iter().any(|place| place.contains(part)), "{part}: {places:?}");
    }
}
