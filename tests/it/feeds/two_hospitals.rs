//! Two hospitals use the same patient number. A feed of one hospital is never stored for a participant of the other.

use std::path::{Path, PathBuf};

use gemj_tests::{Backend, Programme};

const NUMBER: &str = "00123456";

/// Writes an SS-MIX2 storage of a facility with one problem list of the patient [`NUMBER`].
fn storage(folder: &Path, facility: &str, icd10: &str) -> PathBuf {
    let root = folder.join(format!("storage-{facility}"));
    let place = root.join(format!("001/234/{NUMBER}/-/PPR-01"));
    std::fs::create_dir_all(&place).unwrap();
    let text = format!(
        "MSH|^~\\&|HIS|{facility}|GW|GW|20240110090000||PPR^ZD1^PPR_ZD1|C1|P|2.5\rPID|1||{NUMBER}^^^^PI||||19840317|F\r\
         PRB|AD|20240110|20054174^x^MDCDX2|1||||||{icd10}^^I10||||||20230510\r"
    );
    std::fs::write(place.join(format!("{NUMBER}_-_PPR-01_999999999999999_20240110090000000_-_1")), text).unwrap();
    root
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The stored codes of a participant.
fn codes(programme: &Programme, participant: &str) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/feeds/stored.py");
    let out = gemj_tests::oracle::run("python3", [text(&script), text(&programme.path("gateway.db"))], b"");
    let stored: serde_json::Value = serde_json::from_slice(&out).unwrap();
    let mut codes: Vec<String> = Vec::new();
    for kinds in stored[participant].as_object().into_iter().flat_map(|profiles| profiles.values()) {
        for facts in kinds.as_object().into_iter().flat_map(|kinds| kinds.values()) {
            codes.extend(
                facts
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|fact| fact.as_str().unwrap_or_default().to_owned()),
            );
        }
    }
    codes
}

#[test]
fn a_patient_of_one_hospital_is_not_replaced_by_another_hospitals_patient_with_the_same_number() {
    let programme = Programme::new(Backend::Embedded);
    let folder = tempfile::tempdir().unwrap();
    let links = programme.path("links.csv");
    std::fs::write(
        &links,
        format!("site,namespace,number,participant\nhospital-a,mrn,{NUMBER},P-A\nhospital-b,mrn,{NUMBER},P-B\n"),
    )
    .unwrap();
    let _ = programme.run(&["link", "--register", text(&links)]).good();
    let (a, b) = (
        storage(folder.path(), "HOSPITAL-A", "K297"),
        storage(folder.path(), "HOSPITAL-B", "C169"),
    );
    let ingest = |profile: &str, site: Option<&str>, path: &Path| {
        let mut arguments = vec!["ingest", "--dataset", "rare-disease", "--profile", profile];
        arguments.extend(site.into_iter().flat_map(|site| ["--site", site, "--namespace", "mrn"]));
        programme.run(&[&arguments[..], &[text(path)]].concat())
    };
    let _ = ingest("ss-mix2", Some("hospital-a"), &a).good();
    let before = codes(&programme, "P-A");
    assert!(before.iter().any(|fact| fact.contains("K29.7")), "{before:?}");
    for (site, path) in [(Some("hospital-b"), &a), (Some("hospital-a"), &b), (None, &b)] {
        let ran = ingest("ss-mix2", site, path);
        assert_eq!(ran.code, Some(2), "{site:?}: {}{}", ran.out, ran.err);
        let is_whole = ran.err.to_lowercase().contains("nothing was ingested");
        assert!(is_whole && !ran.err.contains(NUMBER), "{}", ran.err);
        assert_eq!(codes(&programme, "P-A"), before, "{site:?}");
        assert!(codes(&programme, "P-B").is_empty());
    }
    // With the other hospital's options or profile, the number means that hospital's own patient.
    let _ = ingest("ss-mix2", Some("hospital-b"), &b).good();
    assert_eq!(codes(&programme, "P-A"), before);
    assert!(codes(&programme, "P-B").iter().any(|fact| fact.contains("C16.9")));
    let built_in = include_str!("../../../schemas/mapping-profiles/ss-mix2.yaml");
    let profile = programme.path("hospital-b.yaml");
    std::fs::write(
        &profile,
        built_in.replace("format: ss-mix2\n", "format: ss-mix2\nsite: hospital-b\nnamespace: mrn\n"),
    )
    .unwrap();
    let _ = ingest(text(&profile), None, &b).good();
    assert_eq!(ingest(text(&profile), Some("hospital-a"), &a).code, Some(2));
    assert_eq!(codes(&programme, "P-A"), before);
    assert!(codes(&programme, "P-B").iter().any(|fact| fact.contains("C16.9")));
}

#[test]
fn a_record_id_of_a_capture_system_matches_no_participant_of_another_site() {
    let programme = Programme::new(Backend::Embedded);
    let folder = tempfile::tempdir().unwrap();
    let feeds = gemj_demo::feeds::institutions::write(&gemj_demo::Programme::plan(), folder.path()).unwrap();
    let _ = programme.run(&["link", "--register", text(&feeds.linkage)]).good();
    let ingest = |site: &str| {
        let path = text(&feeds.redcap_records).to_owned();
        let options = ["--site", site, "--namespace", "gemj-redcap"];
        programme.run(
            &[
                &["ingest", "--dataset", "rare-disease", "--profile", "redcap"][..],
                &options,
                &[&path],
            ]
            .concat(),
        )
    };
    let _ = ingest("hospital-a").good();
    let ran = ingest("hospital-b").refused();
    assert_eq!(
        ran.err.lines().filter(|line| line.contains("(unknown-number)")).count(),
        20,
        "{}",
        ran.err
    );
}
