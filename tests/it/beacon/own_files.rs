//! The variants that Beacon returns below an analysis, a specimen, a run and a participant equal those that bcftools reads from the files.

use std::collections::{BTreeMap, BTreeSet};

use gemj_demo::Persona;
use gemj_tests::small_data::{COLUMNS, JOINT_SHARED, feeds, person};
use serde_json::Value;

use super::official::{official, records};
use super::variant_records::{Variant, ask, carried_in, variant_of};
use crate::small::small;

const CHROMOSOMES: [&str; 2] = ["1", "2"];

/// Every variant that Beacon returns below a path, with the number of its `caseLevelData` entries of each zygosity.
fn told(path: &str) -> BTreeMap<Variant, BTreeMap<String, usize>> {
    let mut all = BTreeMap::new();
    for chromosome in CHROMOSOMES {
        let window = format!("assemblyId=GRCh38&referenceName={chromosome}&start=0&end=100000");
        let answer = ask(Persona::DomesticAcademic, &format!("{path}/g_variants?{window}"));
        if let Some(official) = official() {
            official.assert_right(&answer);
        }
        let listed = records(&answer);
        assert_eq!(answer["responseSummary"]["numTotalResults"], listed.len(), "{path}");
        for record in listed {
            let mut zygosities = BTreeMap::new();
            for case in record["caseLevelData"].as_array().unwrap() {
                let zygosity = case["zygosity"]["id"].as_str().unwrap().to_owned();
                *zygosities.entry(zygosity).or_default() += 1;
            }
            assert!(
                all.insert(variant_of(record), zygosities).is_none(),
                "{path}: a variant is listed twice"
            );
        }
    }
    all
}

/// Every variant in these columns of files by bcftools, with the number of columns of each zygosity.
fn counted(files: &[&str], columns: &[String]) -> BTreeMap<Variant, BTreeMap<String, usize>> {
    let mut all: BTreeMap<Variant, BTreeMap<String, usize>> = BTreeMap::new();
    let carried = carried_in(files.iter().copied());
    for (variant, zygosity) in columns.iter().filter_map(|column| carried.get(column)).flatten() {
        *all.entry(variant.clone()).or_default().entry((*zygosity).to_owned()).or_default() += 1;
    }
    all
}

#[test]
fn variants_below_a_record_are_those_of_its_files() {
    let _ = feeds();
    let programme = &small().programme;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    for number in [1, 4, COLUMNS + 1] {
        let who = person(number);
        let column = [format!("{who}-S")];
        let (own, joint) = (format!("{who}.vcf.gz"), "joint.vcf.gz");
        let analysis = programme.object_of(&who, "VCF");
        assert_eq!(told(&format!("analyses/{analysis}")), counted(&[&own], &column));
        let record = ask(Persona::DomesticAcademic, &format!("analyses/{analysis}?"));
        let record = records(&record)[0].clone();
        // The participant's column of the joint file belongs to the same specimen as the own file.
        let all = counted(&[&own, joint], &column);
        for path in [
            format!("biosamples/{}", text(&record["biosampleId"])),
            format!("individuals/{}", text(&record["individualId"])),
        ] {
            assert_eq!(told(&path), all, "{path}");
        }
        if number <= 4 {
            let run = programme.object_of(&who, if number == 4 { "CRAM" } else { "BAM" });
            assert_eq!(told(&format!("runs/{run}")), all);
        }
    }
    let columns: Vec<String> = (1..=COLUMNS).map(|number| format!("{}-S", person(number))).collect();
    let joint = programme.joint_object();
    let of_joint = told(&format!("analyses/{joint}"));
    assert_eq!(of_joint, counted(&["joint.vcf.gz"], &columns));
    assert!(!of_joint.is_empty());
    // An unknown id gets the same answer as an id that another approval sees.
    let theirs = ask(Persona::OverseasAcademic, &format!("analyses/{joint}/g_variants?{JOINT_SHARED}"));
    assert_eq!(theirs["responseSummary"]["exists"], false);
}

#[test]
fn handovers_of_a_page_of_one_file_lead_only_to_that_file() {
    let programme = &small().programme;
    let joint = programme.joint_object();
    let answer = ask(Persona::DomesticAcademic, &format!("analyses/{joint}?"));
    let handovers = answer["response"]["resultSets"][0]["resultsHandovers"].as_array().unwrap();
    let urls: BTreeSet<&str> = handovers.iter().map(|handover| handover["url"].as_str().unwrap()).collect();
    // The file has a column without an owner, so no caller gets the whole file. The Beacon record does not state this; the DRS object does.
    let client = &small().served.client;
    let (htsget, drs) = (
        client.url(&format!("/htsget/variants/{joint}?format=VCF")),
        client.url(&format!("/ga4gh/drs/v1/objects/{joint}")),
    );
    assert_eq!(urls, BTreeSet::from([htsget.as_str(), drs.as_str()]));
    let token = small().programme.passport(Persona::DomesticAcademic);
    let object = client
        .get(&format!("/ga4gh/drs/v1/objects/{joint}"), Some(&token))
        .expect(200)
        .json();
    let methods: Vec<&str> = object["access_methods"]
        .as_array()
        .unwrap()
        .iter()
        .map(|method| method["type"].as_str().unwrap())
        .collect();
    assert_eq!(methods, ["htsget"]);
}
