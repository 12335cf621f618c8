//! `format`: the formats that the gateway offers, and CRAM returned as BAM.

use gemj_demo::Persona;
use gemj_tests::htsget_client::{fetch, slice};
use gemj_tests::oracle::{sam_records, samtools};
use gemj_tests::{Backend, Programme};
use serde_json::json;

use super::made::made;
use super::ticket_requests::{TicketRequests, path_of, refused};

#[test]
fn only_the_formats_of_the_file_and_the_standard_are_accepted() {
    let (reads, cram, variants, bcf) = (
        TicketRequests::reads("spliced"),
        TicketRequests::reads("multi-slice"),
        TicketRequests::variants("bgzip"),
        TicketRequests::variants("bcf"),
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
fn a_cram_is_returned_as_bam_if_it_can_be_decoded() {
    for name in ["multi-slice", "multi-reference", "embedded", "external"] {
        let (asking, path) = (TicketRequests::reads(name), path_of(name));
        let whole = asking.bytes("format=BAM");
        let fasta = made().reference.fasta.to_str().unwrap();
        let wanted = samtools(["view", "-T", fasta, &path]);
        assert!(sam_records(&whole) == wanted, "{name}");
    }
}

#[test]
fn a_ticket_for_a_large_cram_slice_contains_the_header_and_a_url_of_the_records() {
    let (asking, path) = (TicketRequests::reads("embedded"), path_of("embedded"));
    let ticket = asking.get("format=CRAM&referenceName=synth1&start=1000").expect(200).json();
    let urls = ticket["htsget"]["urls"].as_array().unwrap();
    let classes: Vec<&str> = urls.iter().map(|url| url["class"].as_str().unwrap()).collect();
    assert_eq!(classes, ["header", "body"]);
    assert!(
        urls[0]["url"]
            .as_str()
            .unwrap()
            .starts_with("data:application/vnd.ga4gh.cram;base64,")
    );
    assert!(urls[1]["url"].as_str().unwrap().starts_with("http"));
    // The ticket has no md5: it would cover all blocks, but the records are made only when the client fetches them.
    assert!(ticket["htsget"].get("md5").is_none());
    // The header that is inline in the ticket equals the header of a request with `class=header`.
    let alone = asking.get("format=CRAM&class=header").expect(200).json();
    assert_eq!(alone["htsget"]["urls"][0]["url"], urls[0]["url"]);
    let given = sam_records(&fetch(asking.client, &ticket));
    assert!(given == samtools(["view", &path, "synth1:1001-"]), "the records differ");
}

#[test]
fn a_cram_without_its_reference_is_not_returned_as_bam_and_the_error_names_the_reason() {
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
