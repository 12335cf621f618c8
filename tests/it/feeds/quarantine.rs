//! The quarantine of feeds: refused units and parts are listed without names of files, and `redrive` states what became of them.

use std::path::{Path, PathBuf};

use gemj_tests::{Backend, Programme};
use serde_json::Value;

const NUMBER: &str = "00123456";

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn link(programme: &Programme, rows: &str) {
    let links = programme.path("links.csv");
    std::fs::write(&links, format!("site,namespace,number,participant\n{rows}")).unwrap();
    let _ = programme.run(&["link", "--register", text(&links)]).good();
}

/// Writes a storage of hospital-a with one message of two results. The second result is the text `second`.
fn storage(folder: &Path, second: &str) -> PathBuf {
    let root = folder.join("storage");
    let place = root.join(format!("001/234/{NUMBER}/20240110/OML-11"));
    std::fs::create_dir_all(&place).unwrap();
    let message = format!(
        "MSH|^~\\&|HIS|HOSPITAL-A|GW|GW|20240110090000||OUL^R22^OUL_R22|C1|P|2.5\rPID|1||{NUMBER}^^^^PI||||19840317|F\r\
         SPM|1|||023^serum^JC10|||||||||||||20240110\rOBR|1|000000000000007|000000000000007|2^chemistry^99GMJ|||20240110\r\
         OBX|1|NM|3A016000002327102^albumin^JC10||4.10|g/dL|||||F\rOBX|2|NM|3A010000002327101^protein^JC10||{second}|g/dL|||||F\r"
    );
    std::fs::write(
        place.join(format!("{NUMBER}_20240110_OML-11_000000000000007_20240110090000000_-_1")),
        message,
    )
    .unwrap();
    root
}

const SS_MIX2: [&str; 9] = [
    "ingest",
    "--dataset",
    "rare-disease",
    "--profile",
    "ss-mix2",
    "--site",
    "hospital-a",
    "--namespace",
    "mrn",
];

fn runs(programme: &Programme) -> Vec<Value> {
    let listed = programme.run(&["quarantine", "list", "--json"]).good();
    serde_json::from_str(&listed.out).unwrap()
}

#[test]
fn one_unreadable_result_is_refused_as_a_part_and_listed_with_its_run() {
    let programme = Programme::new(Backend::Embedded);
    let folder = tempfile::tempdir().unwrap();
    link(&programme, &format!("hospital-a,mrn,{NUMBER},P-A\n"));
    let root = storage(folder.path(), "7.4x");
    let ran = programme.run(&[&SS_MIX2[..], &[text(&root)]].concat()).refused();
    assert!(
        ran.out.starts_with("1 received: 1 committed, 0 already there, 0 refused"),
        "{}",
        ran.out
    );
    let [run] = &runs(&programme)[..] else { panic!() };
    let counts = ["received", "committed", "parts_refused"].map(|name| run[name].as_u64().unwrap());
    assert_eq!(counts, [1, 1, 1]);
    assert_eq!(
        (&run["state"], &run["site"], &run["namespace"]),
        (&"ended".into(), &"hospital-a".into(), &"mrn".into())
    );
    let [part] = &run["quarantined"].as_array().unwrap()[..] else {
        panic!("{run}")
    };
    assert_eq!((part["number"].as_u64(), part["part"].as_bool()), (Some(1), Some(true)));
    let listed = programme.run(&["quarantine"]).good().out;
    assert!(
        listed.contains("1 parts of stored units refused") && listed.contains("unit 1, a part: "),
        "{listed}"
    );

    // The whole account of the run has the same numbers by name.
    let id = run["run"].as_str().unwrap();
    let shown: Value = serde_json::from_str(&programme.run(&["quarantine", "show", id, "--json"]).good().out).unwrap();
    let present = shown["counts"].as_array().unwrap().iter().find(|count| count["name"] == "present");
    assert_eq!(present.map(|count| count["count"].as_u64()), Some(Some(1)), "{shown}");
    let shown = programme.run(&["quarantine", "show", id]).good().out;
    assert!(
        shown.contains("facts:\n       1  present\n") && shown.contains("refused: unit 1, a part: "),
        "{shown}"
    );

    // The corrected message replaces the message, and its part is no longer in quarantine.
    let root = storage(folder.path(), "7.4");
    let redriven = programme.run(&["quarantine", "redrive", id, text(&root)]).good();
    assert!(
        redriven
            .out
            .contains("1 committed now, 0 refused again, 0 not found in these paths"),
        "{}",
        redriven.out
    );
    let [now, before] = &runs(&programme)[..] else { panic!() };
    assert_eq!(before["quarantined"][0]["received_again_by"], now["run"]);
    assert_eq!((now["replaced"].as_u64(), now["parts_refused"].as_u64()), (Some(1), Some(0)));
}

#[test]
fn a_redrive_states_which_refused_units_are_committed_refused_again_or_absent() {
    let programme = Programme::new(Backend::Embedded);
    let folder = tempfile::tempdir().unwrap();
    let feeds = gemj_demo::feeds::institutions::write(&gemj_demo::Programme::plan(), folder.path()).unwrap();
    let linkage = std::fs::read_to_string(&feeds.linkage).unwrap();
    let (head, rows) = linkage.split_once('\n').unwrap();
    let of_redcap: Vec<&str> = rows.lines().filter(|row| row.contains("gemj-redcap")).collect();
    assert_eq!((head, of_redcap.len()), ("site,namespace,number,participant", 20));
    link(&programme, &(of_redcap[..5].join("\n") + "\n"));
    let arguments = ["--dataset", "rare-disease", "--site", "hospital-a", "--namespace", "gemj-redcap"];
    let export = text(&feeds.redcap_records);
    let _ = programme
        .run(&[&["ingest", "--profile", "redcap"][..], &arguments, &[export]].concat())
        .refused();
    let first = runs(&programme)[0]["run"].as_str().unwrap().to_owned();
    link(&programme, &(of_redcap[..12].join("\n") + "\n"));
    let again = programme.run(&["quarantine", "redrive", &first, export]).refused();
    let expected = format!("of 15 units in the quarantine of {first}: 7 committed now, 8 refused again, 0 not found in these paths\n");
    assert!(again.out.ends_with(&expected), "{}", again.out);
    // All units of the first run were received again, so its quarantine is empty. The eight units are in the quarantine of the last run.
    let empty = programme.run(&["quarantine", "redrive", &first, export]).good();
    assert!(empty.out.contains("of 0 units in the quarantine"), "{}", empty.out);
    let last = runs(&programme)[0]["run"].as_str().unwrap().to_owned();
    link(&programme, rows);
    let other = feeds.broken.redcap_records.as_path();
    let absent = programme.run(&["quarantine", "redrive", &last, text(other)]).refused();
    assert!(
        absent.out.contains("of 8 units in the quarantine") && !absent.out.contains(" 0 not found in these paths"),
        "{}",
        absent.out
    );
}

#[test]
fn a_redrive_needs_the_profile_of_its_run() {
    let programme = Programme::new(Backend::Embedded);
    let folder = tempfile::tempdir().unwrap();
    link(&programme, &format!("hospital-a,mrn,{NUMBER},P-A\n"));
    let root = storage(folder.path(), "7.4x");
    let built_in = include_str!("../../../schemas/mapping-profiles/ss-mix2.yaml");
    let name = built_in.lines().find_map(|line| line.strip_prefix("profile: ")).unwrap();
    let own = programme.path("own.yaml");
    std::fs::write(&own, built_in.replace(&format!("profile: {name}\n"), "profile: laboratory\n")).unwrap();
    let ingest: Vec<&str> = SS_MIX2
        .iter()
        .map(|word| if *word == "ss-mix2" { text(&own) } else { word })
        .collect();
    let _ = programme.run(&[&ingest[..], &[text(&root)]].concat()).refused();
    let id = runs(&programme)[0]["run"].as_str().unwrap().to_owned();
    let redrive = |further: &[&str]| programme.run(&[&["quarantine", "redrive", &id, text(&root)][..], further].concat());
    for (further, said) in [
        (&[][..], "the profile laboratory of the run is not built in"),
        (&["--profile", "ss-mix2"], "but the run used laboratory"),
    ] {
        let ran = redrive(further);
        assert!(ran.code == Some(2) && ran.err.contains(said), "{}", ran.err);
    }
    assert_eq!(runs(&programme).len(), 1, "nothing was ingested");
    let ran = redrive(&["--profile", text(&own)]).refused();
    assert!(ran.out.contains("0 committed now, 1 refused again"), "{}", ran.out);
}

#[test]
fn the_name_of_a_refused_file_is_printed_and_not_stored() {
    let programme = Programme::new(Backend::Embedded);
    let folder = tempfile::tempdir().unwrap();
    for name in [NUMBER, "9876543"] {
        std::fs::write(folder.path().join(format!("patient-{name}.json")), r#"{"id": "x", "metaData": 7}"#).unwrap();
    }
    let options = [
        "ingest",
        "--dataset",
        "rare-disease",
        "--profile",
        "phenopacket",
        "--site",
        "hospital-a",
    ];
    let ran = programme.run(&[&options[..], &[text(folder.path())]].concat()).refused();
    assert!(
        ran.err.contains(&format!("patient-{NUMBER}.json")),
        "the operator finds the file: {}",
        ran.err
    );
    let listed = programme.run(&["quarantine", "list"]).good().out;
    assert!(listed.contains("unit 1: ") && !listed.contains(NUMBER), "{listed}");
    let files = ["gateway.db", "gateway.db-wal"].map(|name| std::fs::read(programme.path(name)).unwrap_or_default());
    for searched in [NUMBER, "9876543"] {
        let found = files
            .iter()
            .any(|bytes| bytes.windows(searched.len()).any(|window| window == searched.as_bytes()));
        assert!(!found, "the database contains {searched}");
    }
}
