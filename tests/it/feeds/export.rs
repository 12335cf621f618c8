//! The export of packets: each packet goes back to the institution that sent it, as it came, apart from the named rules. Consent at this moment
//! decides.

use std::path::{Path, PathBuf};

use gemj_tests::oracle::python;
use gemj_tests::shared_data::{shared, skipped};
use gemj_tests::{Backend, Programme};
use serde_json::{Value, json};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn export(programme: &Programme, site: &str, further: &[&str], folder: &Path) -> String {
    let words = [
        "export",
        "--format",
        "phenopackets",
        "--dataset",
        "rare-disease",
        "--for-site",
        site,
    ];
    let out = ["--out", text(folder), "--reason", "a copy for the hospital"];
    programme.run(&[&words[..], further, &out].concat()).good().out
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn withdraw(programme: &Programme, participant: &str) {
    let rows = format!("{participant},unified-1,withdrawn,,2026-04-02\n");
    let _ = programme.import_consents(&rows).good();
}

/// A packet in which nearly every member of the specification that can name a person has a planted value.
fn planted(number: &str) -> Value {
    let mut packet: Value = serde_json::from_str(include_str!("export_packet.json")).unwrap();
    packet["id"] = number.into();
    packet
}

fn linked(programme: &Programme, folder: &Path, packets: &[(&str, &str)]) -> PathBuf {
    let mut sheet = "site,namespace,number,participant\n".to_owned();
    let from = folder.join("packets");
    std::fs::create_dir_all(&from).unwrap();
    for (number, participant) in packets {
        sheet += &format!("hospital-a,phenopacket,{number},{participant}\n");
        std::fs::write(from.join(format!("{participant}.json")), planted(number).to_string()).unwrap();
    }
    let links = programme.path("links.csv");
    std::fs::write(&links, sheet).unwrap();
    let _ = programme.run(&["link", "--register", text(&links)]).good();
    let ingest = [
        "ingest",
        "--dataset",
        "rare-disease",
        "--profile",
        "phenopacket",
        "--site",
        "hospital-a",
    ];
    let _ = programme.run(&[&ingest[..], &[text(&from)]].concat()).good();
    from
}

#[test]
fn a_packet_with_every_kind_of_member_returns_as_it_came_without_the_identifiers_of_persons() {
    let programme = Programme::new(Backend::Embedded);
    let folder = tempfile::tempdir().unwrap();
    let from = linked(&programme, folder.path(), &[("PLANTED-ID-1", "P-A")]);
    programme.everybody_agrees(["P-A"]);
    let out = folder.path().join("out");
    let said = export(&programme, "hospital-a", &[], &out);
    assert!(said.starts_with("exported: 1 packets of 1 participants; 0 members"), "{said}");
    let exported = std::fs::read_to_string(out.join("P-A.json")).unwrap();
    assert!(!exported.contains("PLANTED"), "{exported}");
    let compared = python(
        "exported_packets.py",
        &json!({"packets": text(&from), "exported": text(&out), "participants": {"PLANTED-ID-1": "P-A"}}),
    );
    assert_eq!(compared["differing"], json!({}), "{compared}");
    assert_eq!((&compared["compared"], &compared["missing"]), (&json!(1), &json!(0)));
    // Neither a planted identifier nor a text of the packet is in the database file.
    let database = std::fs::read(programme.path("gateway.db")).unwrap();
    for needle in ["PLANTED", "a free text of the packet"] {
        assert!(
            !database.windows(needle.len()).any(|window| window == needle.as_bytes()),
            "{needle}"
        );
    }
}

#[test]
fn the_export_contains_no_withdrawn_participant_and_no_packet_of_another_institution() {
    let programme = Programme::new(Backend::Embedded);
    let folder = tempfile::tempdir().unwrap();
    let _ = linked(&programme, folder.path(), &[("17", "P-A"), ("18", "P-B"), ("19", "P-C")]);
    programme.everybody_agrees(["P-A", "P-B"]);
    let first = folder.path().join("first");
    let said = export(&programme, "hospital-a", &[], &first);
    assert!(
        said.contains("2 packets of 2 participants; 1 members of the dataset are left out"),
        "{said}"
    );
    assert_eq!(files(&first), ["P-A.json", "P-B.json"]);
    withdraw(&programme, "P-A");
    let second = folder.path().join("second");
    let _ = export(&programme, "hospital-a", &[], &second);
    assert_eq!(files(&second), ["P-B.json"]);
    let third = folder.path().join("third");
    let said = export(&programme, "hospital-a", &["--participant", "P-A"], &third);
    assert!(said.starts_with("exported: 0 packets of 0 participants; 1 members"), "{said}");
    let other = folder.path().join("other");
    let _ = export(&programme, "hospital-b", &[], &other);
    assert!(files(&third).is_empty() && files(&other).is_empty());
    let words = [
        "export",
        "--format",
        "phenopackets",
        "--dataset",
        "rare-disease",
        "--for-site",
        "hospital-a",
        "--out",
    ];
    let refused = programme.run(&[&words[..], &[text(&second)]].concat());
    assert!(refused.err.contains("the folder is not empty"), "{}", refused.err);
}

#[test]
fn published_packets_return_path_by_path() {
    let Some(data) = shared("data") else {
        return skipped("there is no shared data");
    };
    // The test command compares every twentieth packet. All are ingested and exported.
    let every: usize = std::env::var("GEMJ_TEST_EXPORT_EVERY").map_or(20, |text| text.parse().unwrap());
    let programme = Programme::new(Backend::Embedded);
    let folder = tempfile::tempdir().unwrap();
    let packets = data.join("phenopackets/phenopacket-store.tar.gz");
    let ids = python("packet_ids.py", &json!({"packets": text(&packets)}));
    let ids: Vec<&str> = ids.as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    programme.link_packets(ids.iter().copied());
    let _ = programme.ingest_linked_packets("rare-disease", &packets).good();
    programme.everybody_agrees(ids.iter().copied());
    let out = folder.path().join("out");
    let said = export(&programme, "hospital-a", &[], &out);
    assert!(
        said.starts_with(&format!("exported: {0} packets of {0} participants; 0 members", ids.len())),
        "{said}"
    );
    let compared = python(
        "exported_packets.py",
        &json!({"packets": text(&packets), "exported": text(&out), "participants": {}, "every": every}),
    );
    println!("{compared}");
    assert_eq!(compared["differing"], json!({}), "{compared}");
    assert_eq!((&compared["missing"], &compared["rest"]), (&json!(0), &json!(0)), "{compared}");
    assert_eq!(
        compared["compared"].as_u64().map(|n| n as usize),
        Some(ids.len().div_ceil(every)),
        "{compared}"
    );

    let individuals = folder.path().join("individuals");
    let words = [
        "export",
        "--format",
        "bff",
        "--dataset",
        "rare-disease",
        "--for-site",
        "hospital-a",
        "--out",
        text(&individuals),
    ];
    let said = programme.run(&words).good().out;
    let asked = json!({"packets": text(&packets), "exported": text(&individuals), "participants": {},
        "schemas": shared("standards/beacon-v2"), "every": every});
    let compared = python("exported_individuals.py", &asked);
    println!("{compared}\n{said}");
    assert_eq!(
        (&compared["differing"], &compared["faults"]),
        (&json!([]), &json!([])),
        "{compared}"
    );
    let count = |name: &str| compared[name].as_u64().unwrap();
    assert_eq!(
        (count("compared"), count("missing"), count("rest")),
        (ids.len() as u64, 0, 0),
        "{compared}"
    );
    // Every absent statement was left out by the rule for statuses.
    let line = said.lines().find_map(|line| line.strip_prefix("left out by status: "));
    let left_out: u64 = line.map_or(0, |line| line.split(' ').next().unwrap().parse().unwrap());
    assert!(
        count("absent") <= left_out && count("statements") > 10 * count("absent"),
        "{compared}\n{said}"
    );
}
