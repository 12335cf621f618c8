//! Records under an approval that is limited to regions. Variants that overlap an approved region are listed; queries outside the regions are
//! refused.

use gemj_demo::Persona;
use gemj_model::{Clock as _, SystemClock};
use gemj_tests::Backend;
use gemj_tests::small_data::write_vcf;
use serde_json::json;

use super::official::records;
use crate::small::loaded;

const VISA: &str = "https://gemj.example/approvals/regional-records";

#[test]
fn a_deletion_that_overlaps_a_region_is_listed_but_a_query_for_its_own_range_is_refused() {
    let programme = loaded(Backend::Embedded);
    let text = std::fs::read_to_string(programme.config()).unwrap();
    let own = "\"https://gemj.example/approvals/2026-0004\"";
    assert_eq!(text.matches(own).count(), 1);
    std::fs::write(programme.config(), text.replace(own, &format!("{own}, \"{VISA}\""))).unwrap();
    let approval = json!({
        "id": "regional-records", "visa_value": VISA, "project": "One gene", "organisation": "musashi-university.example",
        "datasets": ["cancer"], "purposes": ["biomedical-research"], "delivery": "download",
        "regions": [{"assembly": "GRCh38", "contig": "1", "start": 900, "end": 1600}], "not_after": "2036-03-31",
    });
    let file = programme.path("regional.json");
    std::fs::write(&file, approval.to_string()).unwrap();
    let _ = programme.run(&["approval", "record", file.to_str().unwrap()]).good();
    // The file contains one deletion, of 500 bases after position 1,300.
    let path = programme.path("REG-01.vcf.gz");
    let text = format!(
        "##fileformat=VCFv4.3\n##contig=<ID=chr1,length=248956422>\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">\n\
         #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tREG-01\nchr1\t1300\t.\t{}\tC\t50\tPASS\t.\tGT\t1/1\n",
        "C".to_owned() + &"ACGT".repeat(125)
    );
    write_vcf(&path, &text);
    let sheet = "dataset,participant,specimen,family,sex,assembly,path\n";
    let _ = programme
        .load(&format!("{sheet}cancer,REG-01,REG-01-S,R1,unknown,GRCh38,{}\n", path.display()))
        .good();
    programme.everybody_agrees(["REG-01"]);
    let served = programme.serve();
    let now = SystemClock::default().now();
    let broker = programme.broker();
    let token = broker.mint_for_approvals(Persona::DomesticAcademic, &[VISA], now, 3600).unwrap();
    let ask = |question: &str| {
        served
            .client
            .get(&format!("/beacon/{question}requestedGranularity=record&limit=0"), Some(&token))
    };
    let window = |start: u64, end: u64| format!("g_variants?assemblyId=GRCh38&referenceName=1&start={start}&end={end}&");
    let answer = ask(&window(1450, 1600)).expect(200).json();
    let listed = records(&answer);
    assert_eq!(listed.len(), 1, "{answer:#}");
    let (first, last) = (
        &listed[0]["variation"]["location"]["interval"]["start"],
        &listed[0]["variation"]["location"]["interval"]["end"],
    );
    assert_eq!((&first["value"], &last["value"]), (&json!(1300), &json!(1800)));
    let cases = listed[0]["caseLevelData"].as_array().unwrap();
    assert!(cases.len() == 1 && cases[0]["zygosity"]["id"] == "GENO:0000136", "{answer:#}");
    // The answer has no handover to the whole file, because the file covers the whole genome and the approval does not.
    let urls: Vec<&str> = answer["response"]["resultSets"][0]["resultsHandovers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|h| h["url"].as_str().unwrap())
        .collect();
    assert!(urls.len() == 1 && urls[0].contains("/htsget/variants/"), "{urls:?}");
    assert_eq!(ask(&window(1450, 1601)).status, 403);
    let id = listed[0]["variantInternalId"].as_str().unwrap();
    assert_eq!(ask(&format!("g_variants/{id}?")).status, 403);
    assert_eq!(
        ask("g_variants/GRCh38.1.999.1000.A.G?").expect(200).json()["responseSummary"]["exists"],
        true
    );
    assert_eq!(ask("g_variants/GRCh38.1.2009.2010.C.T/individuals?").status, 403);
}
