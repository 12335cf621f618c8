//! The rules of htsget 1.3, over HTTP: each parameter, each refusal and its shape.

use gemj_demo::Persona;
use gemj_tests::htsget_client::{block_urls, fetch, slice};
use gemj_tests::made_reads::HLA;
use gemj_tests::oracle::{sam_header, sam_records, samtools};
use gemj_tests::small_data::person;
use gemj_tests::{Client, Reply};
use serde_json::{Value, json};

use super::made::made;
use crate::small::small;

/// The media type of tickets and errors (htsget 1.3 § Response).
const CONTENT_TYPE: &str = "application/vnd.ga4gh.htsget.v1.3.0+json; charset=utf-8";

/// An answer is an error of htsget, in its whole form.
#[track_caller]
fn refused(reply: &Reply, status: u16, error: &str) {
    let text = reply.text();
    assert_eq!(reply.status, status, "{text}");
    assert_eq!(reply.header("content-type"), CONTENT_TYPE, "{text}");
    let body = reply.json();
    assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["htsget"], "{text}");
    assert_eq!(body["htsget"]["error"], error, "{text}");
    assert!(body["htsget"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{text}");
    assert_eq!(status == 401, reply.header("www-authenticate").starts_with("Bearer"), "{text}");
}

/// A question to one of the made files.
struct Asking {
    client: &'static Client,
    token: &'static str,
    path: String,
}

impl Asking {
    fn reads(name: &str) -> Self {
        let made = made();
        let id = made.id(&made.reads(name).path);
        Self::of(format!("/htsget/reads/{id}"))
    }

    fn variants(writer: &str) -> Self {
        let made = made();
        let id = made.id(&made.variants(writer, 1).path);
        Self::of(format!("/htsget/variants/{id}"))
    }

    fn of(path: String) -> Self {
        let made = made();
        Self {
            client: made.client(),
            token: &made.token,
            path,
        }
    }

    fn get(&self, query: &str) -> Reply {
        self.client.get(&format!("{}?{query}", self.path), Some(self.token))
    }

    fn post(&self, body: &Value) -> Reply {
        self.client.post(&self.path, Some(self.token), body)
    }

    fn send(&self, method: &str, further: &[(&str, &str)], body: Option<&[u8]>) -> Reply {
        let bearer = format!("Bearer {}", self.token);
        let headers: Vec<(&str, &str)> = [("Authorization", bearer.as_str())].iter().chain(further).copied().collect();
        self.client.send(method, &self.path, &headers, body)
    }

    fn bytes(&self, query: &str) -> Vec<u8> {
        fetch(self.client, &self.get(query).expect(200).json())
    }

    fn posted(&self, body: &Value) -> Vec<u8> {
        fetch(self.client, &self.post(body).expect(200).json())
    }
}

fn path_of(name: &str) -> String {
    made().reads(name).path.to_str().unwrap().to_owned()
}

#[test]
fn empty_intervals_are_legal_in_get_and_answered_with_a_valid_empty_file() {
    for (asking, header) in [(Asking::reads("spliced"), "spliced"), (Asking::reads("multi-slice"), "multi-slice")] {
        for query in ["start=0&end=0", "start=1000&end=1000", "start=4294967295&end=4294967295", "start=4000000000", "start=4000000000&end=4294967295"] {
            let bytes = asking.bytes(&format!("format={}&referenceName=synth1&{query}", made().reads(header).format));
            assert_eq!(sam_records(&bytes), "", "{header} {query}");
            assert!(sam_header(&bytes).contains("SN:synth1"), "{header} {query}");
        }
    }
    let variants = Asking::variants("bcf");
    for query in ["start=0&end=0", "start=5&end=5", "start=4294967295&end=4294967295", "start=2000001"] {
        assert_eq!(gemj_tests::oracle::vcf_records(&variants.bytes(&format!("format=BCF&referenceName=synth1&{query}"))), "", "{query}");
    }
    assert_eq!(gemj_tests::oracle::vcf_records(&variants.bytes("format=BCF&referenceName=empty")), "", "a contig without records");
}

#[test]
fn an_interval_may_leave_out_either_end_and_reach_beyond_its_contig() {
    let (asking, path) = (Asking::reads("spliced"), path_of("spliced"));
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
fn a_region_of_a_post_is_not_empty_and_there_is_at_least_one() {
    let asking = Asking::reads("spliced");
    let region = |start: u64, end: u64| json!({"regions": [{"referenceName": "synth1", "start": start, "end": end}]});
    refused(&asking.post(&region(5, 5)), 400, "InvalidRange");
    refused(&asking.post(&region(0, 0)), 400, "InvalidRange");
    refused(&asking.post(&region(6, 5)), 400, "InvalidRange");
    let second = json!({"regions": [{"referenceName": "synth1", "start": 1, "end": 5}, {"referenceName": "synth1", "start": 5, "end": 5}]});
    refused(&asking.post(&second), 400, "InvalidRange");
    refused(&asking.post(&json!({"regions": []})), 400, "InvalidInput");
    refused(&asking.post(&json!({"regions": null, "class": 5})), 400, "InvalidInput");
    refused(&asking.post(&json!({"regions": [{"referenceName": "nowhere"}]})), 404, "NotFound");
    refused(&asking.post(&json!({"regions": [{"referenceName": "synth1", "start": 4_294_967_296_u64}]})), 400, "InvalidInput");
    refused(&asking.post(&json!({"regions": [{"referenceName": "synth1", "start": 1.5}]})), 400, "InvalidInput");
    refused(&asking.post(&json!({"regions": [{"referenceName": "synth1", "start": "1"}]})), 400, "InvalidInput");
    refused(&asking.post(&json!({"regions": [{"start": 1, "end": 2}]})), 400, "InvalidInput");
    refused(&asking.post(&json!({"regions": [{"referenceName": "*", "start": 1, "end": 2}]})), 400, "InvalidInput");
}

#[test]
fn a_post_takes_no_parameter_from_its_address() {
    let mut asking = Asking::reads("spliced");
    let path = asking.path.clone();
    for query in ["format=BAM", "class=header", "referenceName=synth1", "start=1", "end=1", "fields=QNAME", "tags=", "notags=NM"] {
        asking.path = format!("{path}?{query}");
        refused(&asking.post(&json!({})), 400, "InvalidInput");
    }
}

#[test]
fn positions_are_unsigned_numbers_of_32_bits() {
    let asking = Asking::reads("spliced");
    for value in ["-1", "+1", "1e3", "4294967296", "99999999999999999999", "0x10", "1.0", "", "%20", "1%20", "NaN", "%D9%A1"] {
        refused(&asking.get(&format!("referenceName=synth1&start={value}")), 400, "InvalidInput");
        refused(&asking.get(&format!("referenceName=synth1&end={value}")), 400, "InvalidInput");
    }
    assert_eq!(asking.get("referenceName=synth1&start=4294967295").status, 200);
    refused(&asking.get("start=1"), 400, "InvalidInput");
    refused(&asking.get("end=1"), 400, "InvalidInput");
    refused(&asking.get("referenceName=*&start=1"), 400, "InvalidInput");
    refused(&asking.get("referenceName=*&end=1"), 400, "InvalidInput");
    refused(&asking.get("referenceName=synth1&start=6&end=5"), 400, "InvalidRange");
}

#[test]
fn a_parameter_that_is_repeated_is_refused() {
    let asking = Asking::reads("spliced");
    for query in [
        "format=BAM&format=BAM",
        "class=header&class=header",
        "referenceName=synth1&referenceName=synth2",
        "referenceName=synth1&start=1&start=2",
        "referenceName=synth1&end=1&end=2",
        "fields=QNAME&fields=FLAG",
        "tags=NM&tags=XS",
        "notags=NM&notags=XS",
    ] {
        refused(&asking.get(query), 400, "InvalidInput");
    }
}

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
        (&reads, "bam"),
        (&reads, ""),
        (&reads, "CRAM"),
        (&cram, "BCF"),
        (&variants, "BAM"),
        (&variants, "vcf"),
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
fn class_header_goes_with_a_format_alone() {
    let asking = Asking::reads("spliced");
    for query in ["referenceName=synth1", "start=1", "end=1", "fields=QNAME", "tags=NM", "tags=", "notags=NM", "referenceName=*"] {
        refused(&asking.get(&format!("class=header&{query}")), 400, "InvalidInput");
    }
    for class in ["body", "HEADER", "", "Header"] {
        refused(&asking.get(&format!("class={class}")), 400, "InvalidInput");
    }
    refused(&asking.post(&json!({"class": "header", "regions": [{"referenceName": "synth1"}]})), 400, "InvalidInput");
    refused(&asking.post(&json!({"class": "header", "fields": ["QNAME"]})), 400, "InvalidInput");
    for ticket in [asking.get("class=header&format=BAM"), asking.post(&json!({"class": "header", "format": "BAM"}))] {
        let ticket = ticket.expect(200).json();
        assert!(ticket["htsget"]["urls"].as_array().unwrap().iter().all(|url| url["class"] == "header"));
        assert_eq!(sam_records(&fetch(asking.client, &ticket)), "");
    }
}

/// "Class reuse": a client that has a header need not fetch it again (htsget 1.3 § Response, `class`).
#[test]
fn the_header_of_one_ticket_and_the_body_of_another_are_a_file() {
    let parts = |ticket: &Value, class: &str| -> Value {
        let urls = ticket["htsget"]["urls"].as_array().unwrap();
        let of_class: Vec<&Value> = urls.iter().filter(|url| url["class"] == class).collect();
        assert!(!of_class.is_empty(), "{class}");
        json!({"htsget": {"urls": of_class}})
    };
    for (asking, format, region) in [
        (Asking::reads("spliced"), "BAM", "synth1:100001-300000"),
        (Asking::reads("multi-slice"), "CRAM", "synth1:100001-300000"),
        (Asking::reads("multi-slice"), "BAM", "synth1:100001-300000"),
    ] {
        let header = asking.get(&format!("format={format}&class=header")).expect(200).json();
        let query = format!("format={format}&referenceName=synth1&start=100000&end=300000");
        let region_ticket = asking.get(&query).expect(200).json();
        let head = fetch(asking.client, &parts(&header, "header"));
        let body = fetch(asking.client, &parts(&region_ticket, "body"));
        let own = fetch(asking.client, &parts(&region_ticket, "header"));
        assert!(own == head, "{format}: the header is one, whichever ticket it comes from");
        let name = asking.path.rsplit('/').next().unwrap();
        let file = made().reads.iter().find(|file| made().id(&file.path) == name).unwrap();
        let whole = [head, body].concat();
        assert!(sam_records(&whole) == samtools(["view", file.path.to_str().unwrap(), region]), "{format}");
    }
    for writer in ["bgzip", "bcftools", "bcf"] {
        let asking = Asking::variants(writer);
        let file = made().variants(writer, 1);
        let header = asking.get(&format!("format={}&class=header", file.format)).expect(200).json();
        let ticket = asking.get(&format!("format={}&referenceName=synth1&start=100000&end=300000", file.format)).expect(200).json();
        let whole = [fetch(asking.client, &parts(&header, "header")), fetch(asking.client, &parts(&ticket, "body"))].concat();
        let path = file.path.to_str().unwrap();
        let wanted = gemj_tests::oracle::bcftools(["view", "--no-version", "-r", "synth1:100001-300000", path]);
        assert!(gemj_tests::oracle::vcf_text(&whole) == wanted, "{writer}");
    }
}

#[test]
fn the_reference_name_of_a_star_is_unplaced_reads_alone_and_nothing_of_variants() {
    for name in ["spliced", "giant", "multi-slice", "multi-reference"] {
        let (asking, path) = (Asking::reads(name), path_of(name));
        let served = sam_records(&asking.bytes(&format!("format={}&referenceName=*", made().reads(name).format)));
        assert!(!served.is_empty() && served == samtools(["view", &path, "*"]), "{name}");
        let posted = asking.posted(&json!({"format": made().reads(name).format, "regions": [{"referenceName": "*"}]}));
        assert!(sam_records(&posted) == served, "{name}");
    }
    let variants = Asking::variants("bgzip").get("referenceName=*");
    assert!(matches!(variants.status, 400 | 404), "{}", variants.text());
}

#[test]
fn regions_of_a_post_are_one_file_whatever_their_order() {
    for name in ["spliced", "multi-slice"] {
        let (asking, path) = (Asking::reads(name), path_of(name));
        let region = |contig: &str, start: u64, end: u64| json!({"referenceName": contig, "start": start, "end": end});
        let body = json!({"format": made().reads(name).format, "regions": [
            region("synth2", 5_000, 90_000), region("synth1", 700_000, 720_000), region("synth1", 100, 20_000), region("synth1", 715_000, 730_000),
            region("synth1", 100, 20_000), {"referenceName": "*"},
        ]});
        let wanted = samtools(["view", "-M", &path, "synth1:101-20000", "synth1:700001-730000", "synth2:5001-90000"]) + &samtools(["view", &path, "*"]);
        assert!(sam_records(&asking.posted(&body)) == wanted, "{name}");
    }
    let (asking, path) = (Asking::reads("giant"), path_of("giant"));
    let body = json!({"regions": [{"referenceName": HLA[0]}, {"referenceName": "odd:1-500", "start": 400, "end": 600}]});
    let wanted = samtools(["view", "-M", &path, &format!("{{{}}}", HLA[0]), "{odd:1-500}:401-600"]);
    assert!(!wanted.is_empty() && sam_records(&asking.posted(&body)) == wanted, "names that look like regions");
}

#[test]
fn a_post_of_nothing_is_the_whole_file() {
    let asking = Asking::reads("giant");
    let served = asking.posted(&json!({}));
    assert!(served == std::fs::read(path_of("giant")).unwrap());
}

/// Columns of SAM text that are kept, and the tags of each line.
fn columns_and_tags(text: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let split = |line: &str| {
        let mut columns: Vec<String> = line.split('\t').map(str::to_owned).collect();
        let tags = columns.split_off(11);
        (columns, tags)
    };
    text.lines().map(split).collect()
}

/// What SAM writes where there is no information (SAM specification § 1.4).
const NOTHING: [&str; 11] = ["*", "0", "*", "0", "255", "*", "*", "0", "0", "*", "*"];
const COLUMNS: [&str; 11] = ["QNAME", "FLAG", "RNAME", "POS", "MAPQ", "CIGAR", "RNEXT", "PNEXT", "TLEN", "SEQ", "QUAL"];

#[test]
fn fields_leave_the_columns_named_and_no_information_in_the_others() {
    for (name, output) in [("spliced", "BAM"), ("multi-slice", "CRAM"), ("multi-slice", "BAM")] {
        let (asking, path) = (Asking::reads(name), path_of(name));
        let region = "referenceName=synth1&start=100000&end=400000";
        let original = columns_and_tags(&samtools(["view", &path, "synth1:100001-400000"]));
        assert!(original.len() > 50);
        for fields in ["QNAME", "QNAME,FLAG,RNAME,POS", "RNAME,POS,MAPQ,CIGAR", "SEQ,QUAL", "SEQ", "QUAL", "TLEN,RNEXT,PNEXT"] {
            let served = columns_and_tags(&sam_records(&asking.bytes(&format!("format={output}&{region}&fields={fields}"))));
            assert_eq!(served.len(), original.len(), "{name} {output} {fields}");
            let wanted: Vec<&str> = fields.split(',').collect();
            for ((columns, tags), (whole, whole_tags)) in served.iter().zip(&original) {
                for (at, column) in COLUMNS.into_iter().enumerate() {
                    let kept = columns[at] == whole[at];
                    // More may come than was asked for, never anything else.
                    let nothing = columns[at] == NOTHING[at] || (column == "FLAG" && whole[at].parse::<u16>().is_ok()) || columns[at] == "0";
                    assert!(kept || (!wanted.contains(&column) && nothing), "{name} {output} {fields}: {column} is {}", columns[at]);
                }
                assert!(columns[9] != "*" || columns[10] == "*", "{name} {fields}: qualities without bases");
                assert_eq!(tags.len(), whole_tags.len(), "{name} {output} {fields}: tags are not columns");
            }
            if !wanted.contains(&"SEQ") && !wanted.contains(&"QUAL") {
                assert!(served.iter().all(|(columns, _)| columns[9] == "*" && columns[10] == "*"), "{name} {output} {fields}: bases are not left out");
            }
        }
        refused(&asking.get(&format!("format={output}&fields=")), 400, "InvalidInput");
        refused(&asking.get(&format!("format={output}&fields=QNAME,NOPE")), 400, "InvalidInput");
    }
}

#[test]
fn tags_and_notags_leave_what_they_say() {
    for (name, output) in [("spliced", "BAM"), ("multi-slice", "CRAM"), ("multi-slice", "BAM")] {
        let (asking, path) = (Asking::reads(name), path_of(name));
        let region = "referenceName=synth1&start=100000&end=400000";
        let original = columns_and_tags(&samtools(["view", &path, "synth1:100001-400000"]));
        let keeps = |query: &str, wanted: &[&str]| {
            let served = columns_and_tags(&sam_records(&asking.bytes(&format!("format={output}&{region}&{query}"))));
            assert_eq!(served.len(), original.len(), "{name} {output} {query}");
            for ((columns, tags), (whole, whole_tags)) in served.iter().zip(&original) {
                assert_eq!(columns, whole, "{name} {output} {query}");
                let mut left: Vec<&String> = whole_tags.iter().filter(|tag| wanted.contains(&&tag[..2])).collect();
                let mut tags: Vec<&String> = tags.iter().collect();
                left.sort();
                tags.sort();
                assert_eq!(tags, left, "{name} {output} {query}");
            }
        };
        keeps("tags=", &[]);
        keeps("tags=RG", &["RG"]);
        keeps("tags=NM,XS", &["NM", "XS"]);
        keeps("tags=ZZ", &[]);
        keeps("notags=", &["RG", "NM", "XS"]);
        keeps("notags=NM", &["RG", "XS"]);
        keeps("notags=RG,XS", &["NM"]);
        keeps("tags=NM,RG&notags=XS", &["NM", "RG"]);
        keeps("tags=&notags=XS", &[]);
        let none = asking.posted(&json!({"format": output, "tags": [], "regions": [{"referenceName": "synth1", "start": 100_000, "end": 400_000}]}));
        assert!(columns_and_tags(&sam_records(&none)).iter().all(|(_, tags)| tags.is_empty()), "{name}: tags: []");
        refused(&asking.get(&format!("format={output}&tags=NM&notags=NM")), 400, "InvalidInput");
        refused(&asking.post(&json!({"format": output, "tags": ["NM"], "notags": ["XS", "NM"]})), 400, "InvalidInput");
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
    use gemj_tests::{Backend, Programme};
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

#[test]
fn ids_of_every_form_are_one_not_found() {
    let small = small();
    let client = &small.served.client;
    let token = small.programme.passport(Persona::DomesticAcademic);
    let id = small.programme.object_of(&person(1), "BAM");
    let long = "a".repeat(60_000);
    for path in [
        "a/b",
        "a%2Fb",
        "a/b/c.bam",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "..%5c..%5cetc",
        "%00",
        "%ff%fe",
        "objects/x",
        "file:%2f%2f%2fetc%2fpasswd",
        "service-info/x",
        "service-info%2f",
        "%E3%81%82",
        "'%20OR%201=1--",
        &format!("{id}/"),
        &format!("{id}%20"),
        &format!("{id}.bam"),
        &format!("x/../{id}x"),
        &id[..id.len() - 1],
        &long,
    ] {
        for endpoint in ["reads", "variants"] {
            let shown: String = path.chars().take(40).collect();
            let reply = client.get(&format!("/htsget/{endpoint}/{path}"), Some(&token));
            assert!(matches!(reply.status, 404 | 400 | 414), "{shown}: {} {}", reply.status, reply.text());
            assert_eq!(reply.header("content-type"), CONTENT_TYPE, "{shown}");
            assert!(!reply.text().contains("/etc") && !reply.text().contains("objects"), "{shown}: {}", reply.text());
        }
    }
    let other = client.get(&format!("/htsget/variants/{id}"), Some(&token));
    refused(&other, 404, "NotFound");
    let unknown = client.get("/htsget/variants/unknown", Some(&token));
    assert_eq!(other.text(), unknown.text(), "reads among variants are no other answer than nothing");
}

/// actix, as others do, takes heads of so many bytes and closes the connection behind what is longer.
#[test]
fn an_id_of_a_mebibyte_is_refused_and_the_next_question_answered() {
    use std::io::{Read as _, Write as _};
    let small = small();
    let address = small.served.client.base.trim_start_matches("http://").to_owned();
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    let _ = stream.write_all(format!("GET /htsget/reads/{} HTTP/1.1\r\nHost: {address}\r\n\r\n", "a".repeat(1 << 20)).as_bytes());
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{}", &said[..said.len().min(80)]);
    assert_eq!(small.served.client.get("/htsget/reads/service-info", None).status, 200);
}

#[test]
fn the_id_service_info_is_no_file() {
    let client = &small().served.client;
    for (endpoint, formats) in [("reads", ["BAM", "CRAM"]), ("variants", ["VCF", "BCF"])] {
        let info = client.get(&format!("/htsget/{endpoint}/service-info"), None).expect(200).json();
        assert_eq!(info["type"]["group"], "org.ga4gh");
        assert_eq!(info["type"]["artifact"], "htsget");
        assert_eq!(info["type"]["version"], "1.3.0");
        for member in ["id", "name", "version"] {
            assert!(info[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {info}");
        }
        assert!(info["organization"]["name"].is_string() && info["organization"]["url"].is_string());
        assert_eq!(info["htsget"]["datatype"], endpoint);
        let mut named: Vec<&str> = info["htsget"]["formats"].as_array().unwrap().iter().map(|f| f.as_str().unwrap()).collect();
        named.sort_unstable();
        let mut wanted = formats.to_vec();
        wanted.sort_unstable();
        assert_eq!(named, wanted);
        let effective = endpoint == "reads";
        assert_eq!(info["htsget"]["fieldsParameterEffective"], effective, "{endpoint}");
        assert_eq!(info["htsget"]["tagsParametersEffective"], effective, "{endpoint}");
        let posted = client.post(&format!("/htsget/{endpoint}/service-info"), None, &json!({}));
        refused(&posted, 405, "InvalidInput");
    }
}

#[test]
fn methods_that_are_not_offered_are_refused_in_htsget_words() {
    let asking = Asking::reads("spliced");
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        let reply = asking.send(method, &[], None);
        refused(&reply, 405, "InvalidInput");
        assert!(reply.header("allow").contains("GET") && reply.header("allow").contains("POST"), "{method}");
    }
    let head = asking.send("HEAD", &[], None);
    assert!(matches!(head.status, 200 | 405), "{}", head.status);
    assert!(head.body.is_empty());
}

#[test]
fn a_body_that_is_no_question_is_refused_in_htsget_words() {
    let asking = Asking::reads("spliced");
    let json = [("Content-Type", "application/json")];
    for body in ["", " ", "{", "[]", "null", "5", "\"x\"", "{\"regions\":{}}", "{\"regions\":[5]}", "{\"fields\":\"QNAME\"}", "{\"tags\":{}}", "{}{}", "\u{feff}{}"] {
        refused(&asking.send("POST", &json, Some(body.as_bytes())), 400, "InvalidInput");
    }
    refused(&asking.send("POST", &json, Some(b"\xff\xfe")), 400, "InvalidInput");
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/xml", "multipart/form-data; boundary=x"] {
        refused(&asking.send("POST", &[("Content-Type", media_type)], Some(b"{}")), 415, "InvalidInput");
    }
    let with_charset = asking.send("POST", &[("Content-Type", "application/json; charset=utf-8")], Some(b"{\"class\":\"header\"}"));
    assert_eq!(with_charset.status, 200, "{}", with_charset.text());
    let large = format!("{{\"x\":\"{}\"}}", "a".repeat(2 << 20));
    refused(&asking.send("POST", &json, Some(large.as_bytes())), 413, "PayloadTooLarge");
}

#[test]
fn many_regions_are_answered_or_too_many_and_never_half_of_them() {
    let (asking, path) = (Asking::reads("spliced"), path_of("spliced"));
    let regions = |count: u64| -> Vec<Value> {
        let at = |n: u64| json!({"referenceName": "synth1", "start": n * 1_400, "end": n * 1_400 + 100});
        (0..count).rev().map(at).collect()
    };
    let reply = asking.post(&json!({"regions": regions(2_000)}));
    match reply.status {
        200 => {
            let named: Vec<String> = (0..2_000).map(|n| format!("synth1:{}-{}", n * 1_400 + 1, n * 1_400 + 100)).collect();
            let wanted = samtools(["view", "-M", &path].into_iter().chain(named.iter().map(String::as_str)));
            assert!(sam_records(&fetch(asking.client, &reply.json())) == wanted);
        }
        _ => refused(&reply, 413, "PayloadTooLarge"),
    }
    refused(&asking.post(&json!({"regions": regions(15_000)})), 413, "PayloadTooLarge");
}

#[test]
fn who_shows_nothing_is_told_to_authenticate_and_who_shows_nonsense_that_it_is_none() {
    let small = small();
    let client = &small.served.client;
    let id = small.programme.object_of(&person(1), "BAM");
    for path in [format!("/htsget/reads/{id}"), "/htsget/variants/unknown".to_owned()] {
        for (token, name) in [(Some("nonsense"), "nonsense"), (Some("a.b.c"), "no token"), (Some(""), "empty")] {
            let reply = client.get(&path, token);
            refused(&reply, 401, "InvalidAuthentication");
            assert!(!reply.text().contains("a.b.c"), "{name}");
        }
        let expired = small.programme.passport(Persona::Expired);
        let reply = client.get(&path, Some(&expired));
        assert!(reply.status == 401 || reply.status == 404, "{}", reply.text());
        let nothing = client.get(&path, None);
        assert!(matches!(nothing.status, 401 | 403 | 404), "{}", nothing.text());
        let error = nothing.json()["htsget"]["error"].as_str().unwrap().to_owned();
        refused(&nothing, nothing.status, &error);
    }
}

#[test]
fn a_client_may_say_what_it_accepts() {
    let asking = Asking::reads("spliced");
    for accept in [
        "application/vnd.ga4gh.htsget.v1.3.0+json; charset=utf-8",
        "application/vnd.ga4gh.htsget.v1.2.0+json",
        "application/json",
        "*/*",
        "application/vnd.ga4gh.htsget.v1.0.0+json, application/json;q=0.5",
    ] {
        let mut one = Asking::reads("spliced");
        one.path = format!("{}?class=header", asking.path);
        let reply = one.send("GET", &[("Accept", accept), ("Accept-Encoding", "gzip, br")], None);
        assert_eq!(reply.status, 200, "{accept}: {}", reply.text());
        assert_eq!(reply.header("content-type"), CONTENT_TYPE, "{accept}");
        assert_eq!(reply.header("content-encoding"), "", "{accept}: the ticket is not compressed");
    }
}

#[test]
fn a_web_page_may_ask_for_tickets_and_for_their_blocks() {
    let asking = Asking::reads("spliced");
    let origin = "https://viewer.example";
    let ticket = asking.get("referenceName=synth1&start=0&end=2000000").expect(200).json();
    let block = block_urls(&ticket).into_iter().find(|url| !url.starts_with("data:")).unwrap();
    for (path, method, headers) in [
        (asking.path.as_str(), "GET", "authorization"),
        (asking.path.as_str(), "POST", "authorization, content-type"),
        ("/htsget/reads/service-info", "GET", "accept"),
        ("/htsget/variants/service-info", "GET", "x-anything"),
        (block.as_str(), "GET", "range"),
        (block.as_str(), "HEAD", "if-range, range"),
    ] {
        let asked = [("Origin", origin), ("Access-Control-Request-Method", method), ("Access-Control-Request-Headers", headers)];
        let reply = asking.client.send("OPTIONS", path, &asked, None);
        assert!(matches!(reply.status, 200 | 204), "{method} {path}: {}", reply.status);
        assert_eq!(reply.header("access-control-allow-origin"), origin);
        assert!(reply.header("access-control-allow-methods").contains(method), "{path}");
        assert_eq!(reply.header("access-control-allow-headers"), headers, "{path}");
        assert_eq!(reply.header("access-control-max-age"), "2592000", "{path}");
    }
    let fetched = asking.client.send("GET", &block, &[("Origin", origin), ("Range", "bytes=0-9")], None);
    assert_eq!((fetched.status, fetched.body.len()), (206, 10));
    assert_eq!(fetched.header("access-control-allow-origin"), origin);
    for name in ["content-range", "etag", "accept-ranges"] {
        let exposed = fetched.header("access-control-expose-headers").to_lowercase();
        assert!(exposed.contains(name), "{exposed}");
    }
}
