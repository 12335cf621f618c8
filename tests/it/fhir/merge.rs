//! An open merge closes in every standard what only one of two participants consented to, and its review opens it again.

use gemj_demo::Persona;
use gemj_tests::small_data::{PEOPLE, SHARED_VARIANT, person, private_variant};
use gemj_tests::{Client, Programme};
use serde_json::json;

use crate::wes::{drs_file, run_workflows, submit};

use super::hospital::{Hospital, hospitals, identifier, number_of, observation, withdrawal};

const MERGED: usize = 2;

/// A CWL tool that counts reads.
const COUNT_ANY: &str = r#"{
  "cwlVersion": "v1.2", "class": "CommandLineTool", "baseCommand": ["samtools", "view", "-c"],
  "inputs": {"reads": {"type": "File", "inputBinding": {}}}, "stdout": "count.txt", "outputs": {"count": "stdout"}
}"#;

/// Registers a participant of hospital A without a consent, and states that it may be the participant [`MERGED`]. Returns the number of the merge.
fn merged_with_a_participant_without_consent(programme: &Programme) -> String {
    let sheet = programme.path("without-consent.csv");
    std::fs::write(&sheet, "participant,site\nTST-90,hospital-a\n").unwrap();
    let _ = programme.run(&["participants", "register", sheet.to_str().unwrap()]).good();
    let links = programme.path("second-number.csv");
    std::fs::write(&links, "site,namespace,number,participant\nhospital-a,hospital-a,99887766,TST-90\n").unwrap();
    let _ = programme.run(&["link", links.to_str().unwrap()]).good();
    let opened = programme
        .run(&["participants", "merge", &person(MERGED), "TST-90", "--reason", "same address"])
        .good();
    assert!(!opened.out.contains(&number_of(MERGED)) && !opened.out.contains("99887766"));
    opened.out.split_whitespace().nth(1).unwrap().to_owned()
}

#[test]
fn an_open_merge_closes_in_every_standard_what_only_one_participant_consented_to() {
    let Some(programme) = hospitals() else { return };
    if !run_workflows(&programme, 1) {
        return;
    }
    let served = programme.serve();
    let client: &Client = &served.client;
    let token = programme.passport(Persona::DomesticAcademic);
    let hospital = Hospital::new(&programme, client, "hospital-a");
    let patient = hospital.patient(MERGED);
    let result = hospital.post(&observation(&patient)).expect(201).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let [bam, vcf] = ["BAM", "VCF"].map(|format| programme.object_of(&person(MERGED), format));
    let paths = [
        format!("/htsget/reads/{bam}"),
        format!("/htsget/variants/{vcf}"),
        format!("/ga4gh/drs/v1/objects/{bam}"),
        format!("/ga4gh/drs/v1/objects/{vcf}/access/https"),
    ];
    let open = || paths.iter().map(|path| client.get(path, Some(&token)).status).collect::<Vec<_>>();
    let count = |question: &str| {
        let path = format!("/beacon/individuals?{question}&requestedGranularity=count");
        client.get(&path, Some(&token)).expect(200).json()["responseSummary"]["numTotalResults"]
            .as_u64()
            .unwrap()
    };
    let run = |id: &str| submit(client, &token, COUNT_ANY, &json!({"reads": drs_file(id)})).status;
    let is_open = || {
        assert_eq!(open(), [200; 4]);
        assert_eq!((count(SHARED_VARIANT), count(&private_variant(MERGED))), (PEOPLE as u64, 1));
        assert_eq!(run(&bam), 200);
        let _ = hospital.get(&format!("Observation/{result}")).expect(200);
    };
    let is_closed = |state: &str| {
        assert_eq!(open(), [404; 4], "{state}");
        assert_eq!(
            (count(SHARED_VARIANT), count(&private_variant(MERGED))),
            (PEOPLE as u64 - 1, 0),
            "{state}"
        );
        assert_eq!(run(&bam), run("gemj.ffffffffffffffffffffffffffffffff"), "{state}");
        assert_eq!(hospital.get(&format!("Observation/{result}")).status, 404, "{state}");
    };
    is_open();
    let case = merged_with_a_participant_without_consent(&programme);
    is_closed("open");
    let shown = programme.run(&["consent", "show", &person(MERGED)]).good().out;
    assert!(shown.contains(&format!("merge {case} is open")), "{shown}");
    let review = |verdict: &str| programme.run(&["participants", "review", &case, verdict, "--reason", "asked the hospital"]);
    let _ = review("--different").good();
    is_open();
    let _ = review("--same").good();
    is_closed("same");
    // The second number leads to the survivor, because the same hospital enrolled both.
    let second = identifier(MERGED).replace(&number_of(MERGED), "99887766");
    let found = hospital.get(&format!("Patient?identifier={second}")).expect(200).json();
    assert_eq!(found["entry"][0]["resource"]["id"], patient.as_str(), "{found:#}");
    let _ = programme
        .run(&["consent", "record", &person(MERGED), "--form", "unified-1", "--accept", "all"])
        .good();
    is_open();
    let _ = hospital.post(&withdrawal(&patient)).expect(201);
    is_closed("withdrawn");
    let _ = programme.run(&["audit", "verify"]).good();
}
