//! `format`: what is offered, and BAM of CRAM.

use gemj_demo::Persona;
use gemj_tests::htsget_client::slice;
use gemj_tests::oracle::{sam_records, samtools};
use gemj_tests::{Backend, Programme};
use serde_json::json;

use super::asking::{Asking, path_of, refused};
use super::made::made;

#[test]
fn formats_are_those_of_the_file_and_of_the_standard() {
    let (reads, cram, variants, bcf) = (
        Asking::reads("spliced"),
        Asking::reads("multi-slice"),
        Asking::variants("bgzip"),
        Asking::variants("bcf"),
    );
    for (asking, format) in [
        (&reads, "SAM"),
        (&reads, "VCF"),
        (&reads, ""),
        (&reads, "CRAM"),
        (&cram, "BCF"),
        (&variants, "BAM"),
        (&variants, "BCF"),
        (&bcf, "VCF"),
    ] {
        refused(&asking.get(&format!("format={format}")), 400, "UnsupportedFormat");
        refused(&asking.post(&json!({"format": format})), 400, "UnsupportedFormat");
    }
    for (asking, format) in [(&reads, "BAM"), (&cram, "CRAM"), (&cram, "BAM"), (&variants, "VCF"), (&bcf, "BCF")] {
        let question = format!("format={format}&referenceName=synth1&start=1&end=2");
        assert_eq!(asking.get(&question).expect(200).json()["htsget"]["format"], format);
    }
}

#[test]
fn a_cram_is_given_as_bam_where_it_can_be_decoded() {
    for name in ["multi-slice", "multi-reference", "embedded", "external"] {
        let (asking, path) = (Asking::reads(name), path_of(name));
        let whole = asking.bytes("format=BAM");
        let fasta = made().reference.fasta.to_str().unwrap();
        let wanted = samtools(["view", "-T", fasta, &path]);
        assert!(sam_records(&whole) == wanted, "{name}");
    }
}

#[test]
fn a_cram_without_its_reference_is_not_given_as_bam_and_says_why() {
    let made = made();
    let programme = Programme::new(Backend::Embedded);
    let file = made.reads("external");
    let sheet = format!(
        "dataset,participant,specimen,family,sex,assembly,path\ncancer,ONE,ONE-S,,unknown,GRCh38,{}\n",
        file.path.display()
    );
    let _ = programme.load(&sheet).good();
    programme.everybody_agrees(["ONE"]);
    let (served, token) = (programme.serve(), programme.passport(Persona::DomesticAcademic));
    let id = programme.object_of("ONE", "CRAM");
    for query in ["format=BAM", "format=BAM&referenceName=synth1&start=1&end=90000"] {
        let reply = served.client.get(&format!("/htsget/reads/{id}?{query}"), Some(&token));
        assert!((400..500).contains(&reply.status), "{query}: {}", reply.text());
        let error = reply.json()["htsget"]["error"].as_str().unwrap().to_owned();
        refused(&reply, reply.status, &error);
        assert!(reply.text().contains("reference"), "{query}: {}", reply.text());
    }
    let whole = slice(&served.client, &format!("/htsget/reads/{id}?format=CRAM"), &token);
    assert!(whole == std::fs::read(&file.path).unwrap(), "the file itself needs no decoding");
}
