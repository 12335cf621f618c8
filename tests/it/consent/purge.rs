//! `purge` erases the data of a participant who withdrew: no planted value is left in any file, the other participants are unchanged, every standard
//! answers as for an unknown participant, and an erasure that was killed continues.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use gemj_tests::oracle::{python, script};
use gemj_tests::postgres::PostgresDatabase;
use gemj_tests::small_data::person;
use gemj_tests::{Backend, Programme, binary};
use serde_json::{Value, json};

use super::withdraw::{LEAVER, World};
use crate::small::loaded;

/// Texts that only the data of the leaver has.
const LABEL: &str = "planted-label-7f3a91";
const UNIT: &str = "planted-packet-5c20";

/// Ingests a packet of the leaver, and one of another participant, with planted labels.
fn planted(programme: &Programme) {
    let folder = programme.path("planted");
    std::fs::create_dir_all(&folder).unwrap();
    let mut links = "site,namespace,number,participant\n".to_owned();
    for (number, label, unit) in [(LEAVER, LABEL, UNIT), (1, "label-that-stays-77aa", "packet-that-stays")] {
        let packet = json!({
            "id": unit,
            "subject": {"id": unit, "sex": "UNKNOWN_SEX"},
            "phenotypicFeatures": [{"type": {"id": "HP:0001250", "label": label}}],
            "metaData": {
                "created": "2026-04-01T00:00:00Z", "createdBy": "gemj-tests", "phenopacketSchemaVersion": "2.0",
                "resources": [{"id": "hp", "name": "human phenotype ontology", "url": "http://purl.obolibrary.org/obo/hp.owl",
                    "version": "2026-01-01", "namespacePrefix": "HP", "iriPrefix": "http://purl.obolibrary.org/obo/HP_"}],
            },
        });
        std::fs::write(folder.join(format!("{unit}.json")), packet.to_string()).unwrap();
        links += &format!("hospital-a,phenopacket,{unit},{}\n", person(number));
    }
    let sheet = programme.path("planted-links.csv");
    std::fs::write(&sheet, links).unwrap();
    let _ = programme.run(&["link", sheet.to_str().unwrap()]).good();
    let _ = programme.ingest_linked_packets("cancer", &folder).good();
    std::fs::rename(&folder, programme.path("again")).unwrap();
}

fn scanned(programme: &Programme, folder: &str) -> Value {
    python(
        "erased.py",
        &json!({
            "folder": programme.path(folder),
            "planted": [LABEL, UNIT, "label-that-stays-77aa"],
            "database": programme.path("gateway.db"),
            "participant": person(LEAVER),
        }),
    )
}

/// Moves the input of the feeds away, so that a scan of the installation finds only what the gateway stores.
fn without_inputs(programme: &Programme) -> tempfile::TempDir {
    let elsewhere = tempfile::tempdir().unwrap();
    for name in ["again", "planted-links.csv"] {
        std::fs::rename(programme.path(name), elsewhere.path().join(name)).unwrap();
    }
    elsewhere
}

fn purge(programme: &Programme, further: &[&str]) -> gemj_tests::programme::Ran {
    let leaver = person(LEAVER);
    programme.run(&[&["purge", &leaver, "--reason", "a letter of the participant"], further].concat())
}

#[test]
fn a_purge_leaves_no_planted_value_and_changes_no_other_participant() {
    let programme = loaded(Backend::Embedded);
    planted(&programme);
    let inputs = without_inputs(&programme);
    let files = files_aside_from_segments(&programme);
    let served = programme.serve();
    let world = World::new(&programme);
    let handed = world.hand_out(&served.client);

    let refused = purge(&programme, &["--ordered"]);
    assert!(
        refused.code == Some(2) && refused.err.contains("has not withdrawn fully"),
        "{}",
        refused.err
    );
    let _ = programme.run(&["consent", "withdraw", &person(LEAVER)]).good();
    let refused = purge(&programme, &[]);
    assert!(refused.code == Some(2) && refused.err.contains("purge.forms"), "{}", refused.err);
    let config = std::fs::read_to_string(programme.config()).unwrap();
    let with_policy = |days: u32| {
        let section = format!("\n[purge]\nforms = [\"unified-1\"]\nwaiting_days = {days}\n");
        std::fs::write(programme.config(), format!("{config}{section}")).unwrap();
    };
    with_policy(30);
    let refused = purge(&programme, &[]);
    assert!(
        refused.code == Some(2) && refused.err.contains("purge.waiting_days"),
        "{}",
        refused.err
    );
    with_policy(0);
    let before = scanned(&programme, ".");
    assert!(!before["found"][LABEL].as_array().unwrap().is_empty());
    let plan = purge(&programme, &["--dry-run"]).good();
    assert!(
        plan.out.starts_with("would be erased") && plan.out.contains("files-kept-for-others"),
        "{}",
        plan.out
    );
    assert_eq!(scanned(&programme, ".")["purged"], Value::Null);
    drop(served);

    let done = purge(&programme, &["--json"]).good();
    let done: Value = serde_json::from_str(&done.out).unwrap();
    assert!(done["ended"].is_string() && done["ground"] == "policy", "{done}");
    // A BAM and a VCF, each with its index.
    assert_eq!(files - files_aside_from_segments(&programme), 4);
    let after = scanned(&programme, ".");
    for text in [LABEL, UNIT] {
        assert_eq!(after["found"][text], json!([]), "{text}");
    }
    assert!(!after["found"]["label-that-stays-77aa"].as_array().unwrap().is_empty());
    assert_eq!(after["others"], before["others"], "rows of other participants changed");
    assert_eq!(after["purged"], "ended");

    let served = programme.serve();
    world.the_leaver_is_gone(&served.client, &handed);
    let packets = inputs.path().join("again");
    let again = programme.ingest_linked_packets("cancer", &packets);
    assert_eq!(again.code, Some(1), "{}{}", again.out, again.err);
    let quarantined = programme.run(&["quarantine", "--json"]).good().out;
    assert!(quarantined.contains("purged"), "{quarantined}");
    let links = inputs.path().join("planted-links.csv");
    let again = programme.run(&["link", links.to_str().unwrap()]);
    assert!(again.code == Some(2) && again.err.contains("purged"), "{}{}", again.out, again.err);
    let _ = programme.run(&["audit", "verify"]).good();
    let shown = programme.run(&["consent", "show", &person(LEAVER)]).good().out;
    assert!(shown.contains("given") && shown.contains("withdrawn"), "{shown}");
    assert!(purge(&programme, &[]).good().out.starts_with("erased"));
}

/// The number of stored files, without the segments of the carrier index.
fn files_aside_from_segments(programme: &Programme) -> usize {
    let is_segment = |part: std::path::Component<'_>| matches!(part.as_os_str().to_str(), Some("carriers" | "observations" | "merged"));
    let files = programme.stored_files();
    files.iter().filter(|(path, _)| !path.components().any(is_segment)).count()
}

#[test]
fn an_erasure_that_is_killed_continues_and_ends_like_one_that_is_not() {
    let programme = loaded(Backend::Embedded);
    planted(&programme);
    let _inputs = without_inputs(&programme);
    let _ = programme.run(&["consent", "withdraw", &person(LEAVER)]).good();
    // A reader of the state before the erasure keeps the command from its last step, so that it can be killed in the middle.
    let mut reader = script("hold_read.py")
        .arg(programme.path("gateway.db"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(reader.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "held\n");
    let config = programme.config();
    let mut child = Command::new(binary::gateway())
        .args([
            "purge",
            &person(LEAVER),
            "--ordered",
            "--reason",
            "a letter",
            "--config",
            config.to_str().unwrap(),
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while scanned(&programme, "no-folder")["purged"] == Value::Null {
        assert!(child.try_wait().unwrap().is_none(), "the command ended before its rows were erased");
    }
    child.kill().unwrap();
    assert!(child.wait().unwrap().code().is_none());
    assert_eq!(scanned(&programme, "no-folder")["purged"], "begun");
    drop(reader.stdin.take());
    let _ = reader.wait().unwrap();
    let plan = purge(&programme, &["--dry-run"]).good();
    assert!(plan.out.starts_with("begun, not ended"), "{}", plan.out);
    let done = purge(&programme, &["--ordered"]).good();
    assert!(done.out.starts_with("erased"), "{}", done.out);
    let after = scanned(&programme, ".");
    assert_eq!((&after["found"][LABEL], &after["purged"]), (&json!([]), &json!("ended")));
    let _ = programme.run(&["audit", "verify"]).good();
}

#[test]
fn on_postgresql_a_purged_participant_is_absent_from_every_answer() {
    let Some(database) = PostgresDatabase::create() else { return };
    let programme = loaded(Backend::Postgres(&database.url));
    planted(&programme);
    let served = programme.serve();
    let world = World::new(&programme);
    let handed = world.hand_out(&served.client);
    let _ = programme.run(&["consent", "withdraw", &person(LEAVER)]).good();
    let _ = purge(&programme, &["--ordered"]).good();
    world.the_leaver_is_gone(&served.client, &handed);
    let _ = programme.run(&["audit", "verify"]).good();
}
