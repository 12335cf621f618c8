//! The SS-MIX2 storage of a hospital with 1,000 invented patients is stored exactly. `ss_mix2_hospital.py` writes the storage and states what must be stored,
//! and `ss_mix2_stored.py` reads the database. Both contain no code of the gateway.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gemj_tests::{Backend, Programme, oracle};
use serde_json::{Value, json};

const PATIENTS: &str = "1000";
const SEED: &str = "20261125";

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("it/feeds").join(name)
}

/// Writes the storage into a folder, and returns the truth about it.
fn hospital(tree: &Path) -> Value {
    let mut command = oracle::script("ss_mix2_hospital.py");
    command.args([text(tree), PATIENTS, SEED]);
    serde_json::from_slice(&oracle::run_command(command, b"")).unwrap()
}

/// Ingests the storage and returns the report. A part of the units is refused. All that the command printed is written into the folder `printed`.
fn ingest(programme: &Programme, tree: &Path, printed: &Path, name: &str) -> Value {
    let words = [
        "ingest",
        "--dataset",
        "rare-disease",
        "--profile",
        "ss-mix2",
        "--site",
        "hospital-a",
    ];
    let ran = programme
        .run(&[&words[..], &["--namespace", "mrn", "--json", text(tree)]].concat())
        .refused();
    std::fs::write(printed.join(name), [ran.out.as_str(), ran.err.as_str()].concat()).unwrap();
    serde_json::from_str(&ran.out).unwrap()
}

/// The stored statements of each participant.
fn stored(programme: &Programme) -> BTreeMap<String, Value> {
    let database = programme.path("gateway.db");
    let out = oracle::run("python3", [text(&script("ss_mix2_stored.py")), text(&database)], b"");
    serde_json::from_slice(&out).unwrap()
}

/// What `planted/scan.py` finds of the needles in files and folders, and in the rows of databases.
fn scan(needles: &Value, places: &[&Path], tables: &[&Path]) -> Value {
    let texts = |paths: &[&Path]| paths.iter().map(|path| text(path).to_owned()).collect::<Vec<_>>();
    let asked = json!({"needles": needles, "places": texts(places), "tables": texts(tables)});
    let out = oracle::run("python3", [script("planted/scan.py")], asked.to_string().as_bytes());
    serde_json::from_slice(&out).unwrap()
}

fn count(report: &Value, name: &str) -> u64 {
    report[name].as_u64().unwrap_or_default()
}

/// The number of refused units or results by reason.
fn by_reason(refused: &Value) -> BTreeMap<&str, u64> {
    let mut reasons = BTreeMap::new();
    for one in refused.as_array().unwrap() {
        *reasons.entry(one["reason"].as_str().unwrap()).or_default() += 1;
    }
    reasons
}

/// Checks that the report accounts for every file and every segment that the hospital wrote.
fn check_account(report: &Value, truth: &Value) {
    let units = &truth["units"];
    let refused = ["unknown-number", "path-patient-mismatch"].map(|reason| (reason, count(units, reason)));
    assert!(refused.iter().all(|(_, number)| *number > 0), "{units}");
    assert_eq!(by_reason(&report["quarantined"]), BTreeMap::from(refused));
    assert_eq!(
        by_reason(&report["results_refused"]),
        BTreeMap::from([("not-a-number", count(units, "refused"))])
    );
    assert_eq!(report["not_taken"], json!({"OBX": units["not taken"]}));
    for (rule, names) in truth["left_out"].as_object().unwrap() {
        assert_eq!(&report["left_out"][rule], names, "{rule}");
    }
    let parts = ["committed", "unchanged", "replaced", "superseded", "duplicate"].map(|name| count(report, name));
    let quarantined = refused.iter().map(|(_, number)| number).sum::<u64>();
    assert_eq!(count(report, "received"), parts.iter().sum::<u64>() + quarantined);
    // Every file is a received unit, or is left out as history or as a message of another kind.
    let left_out = ["superseded-file", "file-not-read"].map(|rule| &truth["left_out"][rule]);
    let left_out = left_out.into_iter().flat_map(|names| names.as_object().unwrap().values());
    let files = truth["files"].as_object().unwrap().values().map(|number| number.as_u64().unwrap());
    assert_eq!(
        count(report, "received") + left_out.map(|number| number.as_u64().unwrap()).sum::<u64>(),
        files.sum::<u64>()
    );
}

/// The facts that one list has more often than the other.
fn more(facts: &Value, others: &Value) -> Vec<Value> {
    let mut others = others.as_array().unwrap().clone();
    let mut more = facts.as_array().unwrap().clone();
    more.retain(|fact| match others.iter().position(|other| other == fact) {
        Some(at) => {
            others.swap_remove(at);
            false
        }
        None => true,
    });
    more
}

/// The statements of each patient that are missing, or that are stored without being stated.
fn differences(truth: &Value, stored: &BTreeMap<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    let patients = truth["patients"].as_array().unwrap();
    assert_eq!(patients.len(), stored.len());
    for patient in patients {
        let name = patient["participant"].as_str().unwrap();
        let Some(said) = stored.get(name) else {
            found.push(format!("{name} is missing"));
            continue;
        };
        for member in ["sex", "born", "problems", "results"] {
            let missing = more(&patient[member], &said[member]).into_iter().map(|fact| ("missing", fact));
            let surplus = more(&said[member], &patient[member]).into_iter().map(|fact| ("not stated", fact));
            found.extend(missing.chain(surplus).map(|(how, fact)| format!("{name} {member} {how}: {fact}")));
        }
    }
    found
}

#[test]
fn the_storage_of_a_hospital_with_a_thousand_patients_is_stored_exactly_and_without_identifiers() {
    let folder = tempfile::tempdir().unwrap();
    let (tree, printed) = (folder.path().join("storage"), folder.path().join("printed"));
    std::fs::create_dir(&printed).unwrap();
    let truth = hospital(&tree);
    let programme = Programme::new(Backend::Embedded);
    // The linkage table stays with the operator.
    let links = folder.path().join("links.csv");
    std::fs::write(&links, truth["links"].as_str().unwrap()).unwrap();
    let _ = programme.run(&["link", "--register", text(&links)]).good();

    let report = ingest(&programme, &tree, &printed, "first");
    check_account(&report, &truth);
    assert_eq!(count(&report, "committed"), count(&truth["units"], "stored"));
    let before = stored(&programme);
    let found = differences(&truth, &before);
    assert!(
        found.is_empty(),
        "{} differences: {:#?}",
        found.len(),
        &found[..found.len().min(20)]
    );

    // The same storage changes nothing.
    let again = ingest(&programme, &tree, &printed, "second");
    check_account(&again, &truth);
    assert_eq!(count(&again, "unchanged"), count(&report, "committed"));
    assert!(stored(&programme) == before);

    // No name, address, telephone number, postal code or number of an insurance is in a file of the installation, or was printed.
    let listed = programme.run(&["quarantine", "list"]);
    std::fs::write(printed.join("quarantine"), listed.out + &listed.err).unwrap();
    let (needles, database, config) = (&truth["needles"], programme.path("gateway.db"), programme.config());
    assert!(needles.as_object().unwrap().len() > 20_000);
    let scanned = scan(needles, &[config.parent().unwrap(), &printed], &[&database]);
    assert_eq!(scanned["found"], json!({}));
    assert!(
        count(&scanned, "rows") > 10_000 && count(&scanned, "bytes") > 1_000_000,
        "{scanned}"
    );
    // The scan can fail: it finds a name in a file that has one.
    let planted = folder.path().join("planted");
    std::fs::write(&planted, needles.as_object().unwrap().keys().next().unwrap()).unwrap();
    assert_eq!(scan(needles, &[&planted], &[])["found"].as_object().unwrap().len(), 1);
}
