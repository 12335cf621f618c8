//! `GET|POST /reads/{id}`: the returned records equal the records that samtools reads from the file.

use gemj_tests::htsget_client::slice;
use gemj_tests::oracle::{sam_header, sam_records, samtools};
use serde_json::json;

use super::headers::slice_header_is_right;
use crate::real::{Real, real};

/// Regions of the real reads, 0-based half-open: near reads, between reads, and after the end of all reads.
fn regions(file: &str) -> Vec<(String, u64, u64)> {
    let mut found = vec![
        ("11".to_owned(), 0, 135_006_516),
        ("20".to_owned(), 63_025_519, 63_025_520),
        ("1".to_owned(), 0, 1_000_000),
    ];
    for contig in ["11", "20"] {
        let text = samtools(["view", file, contig]);
        let starts: Vec<u64> = text
            .lines()
            .map(|line| line.split('\t').nth(3).unwrap().parse::<u64>().unwrap() - 1)
            .collect();
        for (at, width) in [
            (0, 1),
            (7, 76),
            (500, 1_000),
            (2_000, 10_000),
            (5_000, 1),
            (6_000, 100),
            (9_000, 250),
            (11_000, 5_000),
            (12_000, 1_000_000),
        ] {
            found.push((contig.to_owned(), starts[at], starts[at] + width));
        }
        let last = *starts.last().unwrap();
        found.push((contig.to_owned(), last + 75, last + 76));
        found.push((contig.to_owned(), last + 200_000, last + 300_000));
        found.push((contig.to_owned(), starts[0], starts[0]));
    }
    found
}

fn expected(file: &str, contig: &str, start: u64, end: u64) -> String {
    if start == end {
        String::new()
    } else {
        samtools(["view", file, &format!("{contig}:{}-{end}", start + 1)])
    }
}

fn every_region_is_exact(real: &Real, file: &str, format: &str) {
    let id = real.id(file);
    let path = real.file(file);
    let regions = regions(&real.file("reads/NA12878.bam"));
    assert!(regions.len() >= 24);
    for (contig, start, end) in regions {
        let served = slice(
            real.client(),
            &format!("/htsget/reads/{id}?format={format}&referenceName={contig}&start={start}&end={end}"),
            &real.token,
        );
        assert!(
            sam_records(&served) == expected(&path, &contig, start, end),
            "{format} {contig}:{start}-{end}"
        );
        slice_header_is_right(&sam_header(&served), &samtools(["view", "-H", "--no-PG", &path]))
            .unwrap_or_else(|fault| panic!("{format} {contig}:{start}-{end}: {fault}"));
    }
}

#[test]
fn a_region_of_a_bam_contains_exactly_the_records_that_samtools_finds() {
    let Some(real) = real() else { return };
    every_region_is_exact(real, "reads/NA12878.bam", "BAM");
}

/// The slices of this CRAM file can be decoded without a configured reference, so the gateway returns exact regions.
#[test]
fn a_region_of_a_cram_contains_exactly_the_records_that_samtools_finds() {
    let Some(real) = real() else { return };
    every_region_is_exact(real, "reads/NA12878.cram", "CRAM");
}

#[test]
fn the_whole_file_and_the_unplaced_reads_equal_those_of_samtools() {
    let Some(real) = real() else { return };
    for (file, format) in [("reads/NA12878.bam", "BAM"), ("reads/NA12878.cram", "CRAM")] {
        let (id, path) = (real.id(file), real.file(file));
        let whole = slice(real.client(), &format!("/htsget/reads/{id}?format={format}"), &real.token);
        assert!(sam_records(&whole) == samtools(["view", &path]), "{format}: whole");
        assert!(
            whole == std::fs::read(&path).unwrap(),
            "{format}: the whole file is returned unchanged"
        );
        assert_eq!(sam_header(&whole), samtools(["view", "-H", "--no-PG", &path]), "{format}: header");
        let unplaced = slice(
            real.client(),
            &format!("/htsget/reads/{id}?format={format}&referenceName=*"),
            &real.token,
        );
        let wanted = samtools(["view", &path, "*"]);
        assert!(!wanted.is_empty());
        assert!(sam_records(&unplaced) == wanted, "{format}: unplaced");
        let contig = slice(
            real.client(),
            &format!("/htsget/reads/{id}?format={format}&referenceName=20"),
            &real.token,
        );
        assert!(sam_records(&contig) == samtools(["view", &path, "20"]), "{format}: a contig");
        let open = slice(
            real.client(),
            &format!("/htsget/reads/{id}?format={format}&referenceName=11&start=5000500"),
            &real.token,
        );
        assert!(
            sam_records(&open).lines().count() >= samtools(["view", &path, "11:5000501"]).lines().count(),
            "{format}: without an end"
        );
    }
}

#[test]
fn class_header_returns_the_header_without_records() {
    let Some(real) = real() else { return };
    for (file, format) in [("reads/NA12878.bam", "BAM"), ("reads/NA12878.cram", "CRAM")] {
        let id = real.id(file);
        let ticket = real
            .client()
            .get(&format!("/htsget/reads/{id}?format={format}&class=header"), Some(&real.token))
            .expect(200)
            .json();
        for block in ticket["htsget"]["urls"].as_array().unwrap() {
            assert_eq!(block["class"], "header");
        }
        let header = gemj_tests::htsget_client::fetch(real.client(), &ticket);
        // The header block may have no end-of-file marker, so samtools may print a warning. samtools must find no record in it.
        slice_header_is_right(&sam_header(&header), &samtools(["view", "-H", "--no-PG", &real.file(file)]))
            .unwrap_or_else(|fault| panic!("{format}: {fault}"));
        let whole = std::fs::metadata(real.data.join(file)).unwrap().len();
        assert!((header.len() as u64) < whole / 20, "{format}: {} bytes", header.len());
    }
}

#[test]
fn several_regions_of_a_post_give_one_file_with_each_record_once_in_file_order() {
    let Some(real) = real() else { return };
    let id = real.id("reads/NA12878.bam");
    let path = real.file("reads/NA12878.bam");
    let body = json!({"format": "BAM", "regions": [
        {"referenceName": "20", "start": 6_011_000, "end": 6_012_000},
        {"referenceName": "11", "start": 5_009_400, "end": 5_009_500},
        {"referenceName": "11", "start": 5_009_450, "end": 5_012_500},
        {"referenceName": "11", "start": 4_000_000, "end": 4_000_001},
    ]});
    let ticket = real
        .client()
        .post(&format!("/htsget/reads/{id}"), Some(&real.token), &body)
        .expect(200)
        .json();
    let served = gemj_tests::htsget_client::fetch(real.client(), &ticket);
    // With `-M`, samtools prints every record once, in file order, like the slice.
    let wanted = samtools([
        "view",
        "-M",
        &path,
        "20:6011001-6012000",
        "11:5009401-5009500",
        "11:5009451-5012500",
        "11:4000001-4000001",
    ]);
    assert!(wanted.lines().count() > 100);
    assert!(sam_records(&served) == wanted);
}

#[test]
fn a_ticket_has_the_form_of_the_standard() {
    let Some(real) = real() else { return };
    let id = real.id("reads/NA12878.bam");
    let reply = real
        .client()
        .get(&format!("/htsget/reads/{id}?referenceName=11&start=1&end=2"), Some(&real.token))
        .expect(200);
    assert_eq!(
        reply.header("content-type"),
        "application/vnd.ga4gh.htsget.v1.3.0+json; charset=utf-8"
    );
    assert_eq!(reply.header("cache-control"), "no-store");
    let ticket = reply.json();
    assert_eq!(ticket.as_object().unwrap().keys().collect::<Vec<_>>(), ["htsget"]);
    assert_eq!(ticket["htsget"]["format"], "BAM");
    assert!(!reply.text().contains(&real.token), "the ticket does not contain the bearer token");
}

#[test]
fn an_invalid_request_is_refused_with_an_htsget_error() {
    let Some(real) = real() else { return };
    let id = real.id("reads/NA12878.bam");
    for (query, status, error) in [
        ("referenceName=chrNowhere", 404, "NotFound"),
        ("referenceName=11&start=5&end=4", 400, "InvalidRange"),
        ("start=5", 400, "InvalidInput"),
        ("referenceName=*&start=5", 400, "InvalidInput"),
        ("referenceName=11&start=-1", 400, "InvalidInput"),
        ("referenceName=11&start=1e3", 400, "InvalidInput"),
        ("referenceName=11&start=4294967296", 400, "InvalidInput"),
        ("referenceName=11&referenceName=20", 400, "InvalidInput"),
        ("class=body", 400, "InvalidInput"),
        ("class=header&referenceName=11", 400, "InvalidInput"),
        ("format=VCF", 400, "UnsupportedFormat"),
        ("format=CRAM", 400, "UnsupportedFormat"),
        ("format=nonsense", 400, "UnsupportedFormat"),
        ("fields=NOPE", 400, "InvalidInput"),
        ("tags=NM&notags=NM", 400, "InvalidInput"),
    ] {
        let reply = real.client().get(&format!("/htsget/reads/{id}?{query}"), Some(&real.token));
        assert_eq!(
            (reply.status, reply.json()["htsget"]["error"].as_str()),
            (status, Some(error)),
            "{query}: {}",
            reply.text()
        );
    }
    for body in [
        "",
        "{",
        "[]",
        "{\"regions\": []}",
        "{\"regions\": [{\"start\": 1}]}",
        "{\"regions\": [{\"referenceName\": \"11\", \"start\": 5, \"end\": 5}]}",
    ] {
        let headers = [
            ("Content-Type", "application/json"),
            ("Authorization", &format!("Bearer {}", real.token)),
        ];
        let reply = real
            .client()
            .send("POST", &format!("/htsget/reads/{id}"), &headers, Some(body.as_bytes()));
        let error = reply.json()["htsget"]["error"].as_str().unwrap_or_default().to_owned();
        assert!(
            reply.status == 400 && (error == "InvalidInput" || error == "InvalidRange"),
            "{body}: {}",
            reply.text()
        );
    }
}
