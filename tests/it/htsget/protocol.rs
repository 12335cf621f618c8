//! The rules of htsget 1.3 about regions and classes, tested over HTTP.

use gemj_tests::htsget_client::{fetch, of_class};
use gemj_tests::made_reads::HLA;
use gemj_tests::oracle::{sam_header, sam_records, samtools};
use serde_json::{Value, json};

use super::made::made;
use super::ticket_requests::{TicketRequests, path_of, refused};

#[test]
fn an_empty_interval_in_get_returns_a_valid_file_without_records() {
    for (asking, header) in [
        (TicketRequests::reads("spliced"), "spliced"),
        (TicketRequests::reads("multi-slice"), "multi-slice"),
    ] {
        for query in [
            "start=0&end=0",
            "start=1000&end=1000",
            "start=4294967295&end=4294967295",
            "start=4000000000",
            "start=4000000000&end=4294967295",
        ] {
            let bytes = asking.bytes(&format!("format={}&referenceName=synth1&{query}", made().reads(header).format));
            assert_eq!(sam_records(&bytes), "", "{header} {query}");
            assert!(sam_header(&bytes).contains("SN:synth1"), "{header} {query}");
        }
    }
    let variants = TicketRequests::variants("bcf");
    for query in ["start=0&end=0", "start=5&end=5", "start=4294967295&end=4294967295", "start=2000001"] {
        assert_eq!(
            gemj_tests::oracle::vcf_records(&variants.bytes(&format!("format=BCF&referenceName=synth1&{query}"))),
            "",
            "{query}"
        );
    }
    assert_eq!(
        gemj_tests::oracle::vcf_records(&variants.bytes("format=BCF&referenceName=empty")),
        "",
        "a contig without records"
    );
}

#[test]
fn an_interval_may_omit_either_end_and_extend_past_its_contig() {
    let (asking, path) = (TicketRequests::reads("spliced"), path_of("spliced"));
    for (query, region) in [
        ("start=0&end=4294967295", "synth1"),
        ("end=4294967295", "synth1"),
        ("start=0", "synth1"),
        ("start=2900000", "synth1:2900001-3000000"),
        ("end=30000", "synth1:1-30000"),
        ("start=2900000&end=4294967295", "synth1:2900001-3000000"),
    ] {
        let served = sam_records(&asking.bytes(&format!("referenceName=synth1&{query}")));
        assert!(served == samtools(["view", &path, region]), "{query}");
    }
}

#[test]
fn class_header_is_accepted_only_with_a_format() {
    let asking = TicketRequests::reads("spliced");
    for query in [
        "referenceName=synth1",
        "start=1",
        "end=1",
        "fields=QNAME",
        "tags=NM",
        "tags=",
        "notags=NM",
        "referenceName=*",
    ] {
        refused(&asking.get(&format!("class=header&{query}")), 400, "InvalidInput");
    }
    for class in ["body", "HEADER", "", "Header"] {
        refused(&asking.get(&format!("class={class}")), 400, "InvalidInput");
    }
    refused(
        &asking.post(&json!({"class": "header", "regions": [{"referenceName": "synth1"}]})),
        400,
        "InvalidInput",
    );
    refused(&asking.post(&json!({"class": "header", "fields": ["QNAME"]})), 400, "InvalidInput");
    for ticket in [
        asking.get("class=header&format=BAM"),
        asking.post(&json!({"class": "header", "format": "BAM"})),
    ] {
        let ticket = ticket.expect(200).json();
        assert!(
            ticket["htsget"]["urls"]
                .as_array()
                .unwrap()
                .iter()
                .all(|url| url["class"] == "header")
        );
        assert_eq!(sam_records(&fetch(asking.client, &ticket)), "");
    }
}

/// "Class reuse": a client that already has a header need not fetch the header again (htsget 1.3 § Response, `class`).
#[test]
fn the_header_of_one_ticket_and_the_body_of_another_form_a_valid_file() {
    for (asking, format, region) in [
        (TicketRequests::reads("spliced"), "BAM", "synth1:100001-300000"),
        (TicketRequests::reads("multi-slice"), "CRAM", "synth1:100001-300000"),
        (TicketRequests::reads("multi-slice"), "BAM", "synth1:100001-300000"),
    ] {
        let header = asking.get(&format!("format={format}&class=header")).expect(200).json();
        let query = format!("format={format}&referenceName=synth1&start=100000&end=300000");
        let region_ticket = asking.get(&query).expect(200).json();
        let head = fetch(asking.client, &of_class(&header, "header"));
        let body = fetch(asking.client, &of_class(&region_ticket, "body"));
        let own = fetch(asking.client, &of_class(&region_ticket, "header"));
        assert!(own == head, "{format}: the header is the same in every ticket");
        let name = asking.path.rsplit('/').next().unwrap();
        let file = made().reads.iter().find(|file| made().id(&file.path) == name).unwrap();
        let whole = [head, body].concat();
        assert!(
            sam_records(&whole) == samtools(["view", file.path.to_str().unwrap(), region]),
            "{format}"
        );
    }
    for writer in ["bgzip", "bcftools", "bcf"] {
        let asking = TicketRequests::variants(writer);
        let file = made().variants(writer, 1);
        let header = asking.get(&format!("format={}&class=header", file.format)).expect(200).json();
        let ticket = asking
            .get(&format!("format={}&referenceName=synth1&start=100000&end=300000", file.format))
            .expect(200)
            .json();
        let whole = [
            fetch(asking.client, &of_class(&header, "header")),
            fetch(asking.client, &of_class(&ticket, "body")),
        ]
        .concat();
        let path = file.path.to_str().unwrap();
        let wanted = gemj_tests::oracle::bcftools(["view", "--no-version", "-r", "synth1:100001-300000", path]);
        assert!(gemj_tests::oracle::vcf_text(&whole) == wanted, "{writer}");
    }
}

#[test]
fn the_reference_name_star_returns_only_unplaced_reads_and_is_refused_for_variants() {
    for name in ["spliced", "giant", "multi-slice", "multi-reference"] {
        let (asking, path) = (TicketRequests::reads(name), path_of(name));
        let served = sam_records(&asking.bytes(&format!("format={}&referenceName=*", made().reads(name).format)));
        assert!(!served.is_empty() && served == samtools(["view", &path, "*"]), "{name}");
        let posted = asking.posted(&json!({"format": made().reads(name).format, "regions": [{"referenceName": "*"}]}));
        assert!(sam_records(&posted) == served, "{name}");
    }
    let variants = TicketRequests::variants("bgzip").get("referenceName=*");
    assert!(matches!(variants.status, 400 | 404), "{}", variants.text());
}

#[test]
fn regions_of_a_post_in_any_order_give_one_file() {
    for name in ["spliced", "multi-slice"] {
        let (asking, path) = (TicketRequests::reads(name), path_of(name));
        let region = |contig: &str, start: u64, end: u64| json!({"referenceName": contig, "start": start, "end": end});
        let body = json!({"format": made().reads(name).format, "regions": [
            region("synth2", 5_000, 90_000), region("synth1", 700_000, 720_000), region("synth1", 100, 20_000), region("synth1", 715_000, 730_000),
            region("synth1", 100, 20_000), {"referenceName": "*"},
        ]});
        let wanted = samtools(["view", "-M", &path, "synth1:101-20000", "synth1:700001-730000", "synth2:5001-90000"])
            + &samtools(["view", &path, "*"]);
        assert!(sam_records(&asking.posted(&body)) == wanted, "{name}");
    }
    let (asking, path) = (TicketRequests::reads("giant"), path_of("giant"));
    let body = json!({"regions": [{"referenceName": HLA[0]}, {"referenceName": "odd:1-500", "start": 400, "end": 600}]});
    // This region is read without `-M`, because `samtools view -M` does not accept contig names that look like regions.
    let wanted = samtools(["view", &path, &format!("{{{}}}", HLA[0]), "{odd:1-500}:401-600"]);
    assert!(
        !wanted.is_empty() && sam_records(&asking.posted(&body)) == wanted,
        "names that look like regions"
    );
}

#[test]
fn a_post_with_an_empty_object_returns_the_whole_file() {
    let asking = TicketRequests::reads("giant");
    let served = asking.posted(&json!({}));
    assert!(served == std::fs::read(path_of("giant")).unwrap());
}

#[test]
fn many_regions_are_answered_completely_or_refused() {
    let (asking, path) = (TicketRequests::reads("spliced"), path_of("spliced"));
    let regions = |count: u64| -> Vec<Value> {
        let at = |n: u64| json!({"referenceName": "synth1", "start": n * 1_400, "end": n * 1_400 + 100});
        (0..count).rev().map(at).collect()
    };
    let reply = asking.post(&json!({"regions": regions(2_000)}));
    match reply.status {
        200 => {
            let named: Vec<String> = (0..2_000)
                .map(|n| format!("synth1:{}-{}", n * 1_400 + 1, n * 1_400 + 100))
                .collect();
            let wanted = samtools(["view", "-M", &path].into_iter().chain(named.iter().map(String::as_str)));
            assert!(sam_records(&fetch(asking.client, &reply.json())) == wanted);
        }
        _ => refused(&reply, 413, "PayloadTooLarge"),
    }
    refused(&asking.post(&json!({"regions": regions(15_000)})), 413, "PayloadTooLarge");
}
