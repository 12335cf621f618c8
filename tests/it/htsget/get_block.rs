//! `GET /blocks/{capability}`: the URL itself gives access, and a changed URL is refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gemj_demo::Persona;
use gemj_tests::htsget_client::{block_urls, fetch, of_class, record_urls};
use gemj_tests::oracle::sam_records;
use gemj_tests::random::Random;
use gemj_tests::small_data::person;
use gemj_tests::{Backend, Client, Programme, Reply};

use super::made::made;
use crate::small::{loaded, small};

#[test]
fn an_altered_or_truncated_block_url_is_refused() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let token = programme.passport(Persona::OverseasAcademic);
    let id = programme.object_of(&person(1), "BAM");
    let path = format!("/htsget/reads/{id}?referenceName=chr1&start=0&end=2000");
    let ticket = client.get(&path, Some(&token)).expect(200).json();
    let url = record_urls(&ticket).remove(0);
    assert_eq!(client.get(&url, None).status, 200);
    let (front, capability) = url.rsplit_once('/').unwrap();
    for at in (0..capability.len()).step_by(7) {
        let other = if capability.as_bytes()[at] == b'A' { "B" } else { "A" };
        let altered = format!("{front}/{}{other}{}", &capability[..at], &capability[at + 1..]);
        let reply = client.get(&altered, None);
        assert!(reply.status == 403, "{at}: {} {}", reply.status, reply.text());
        assert_eq!(reply.json()["htsget"]["error"], "PermissionDenied");
        assert!(!reply.text().contains(&capability[..40]), "the answer repeats the URL");
    }
    for cut in [
        "",
        "a",
        ".",
        "a.b",
        &capability[..capability.len() - 1],
        &capability[..capability.len() / 2],
        &format!("{capability}.{capability}"),
    ] {
        let status = client.get(&format!("{front}/{cut}"), None).status;
        assert!(matches!(status, 403 | 404), "{cut}: {status}");
    }
}

#[test]
fn a_block_url_works_without_a_token_but_not_with_the_token_of_another_caller() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let id = programme.object_of(&person(1), "BAM");
    let (holder, other) = (
        programme.passport(Persona::OverseasAcademic),
        programme.passport(Persona::DomesticAcademic),
    );
    let path = format!("/htsget/reads/{id}?referenceName=chr1&start=0&end=2000");
    let url = record_urls(&client.get(&path, Some(&holder)).expect(200).json()).remove(0);
    let without = client.get(&url, None).expect(200);
    let with = client.get(&url, Some(&holder)).expect(200);
    assert_eq!(without.body, with.body);
    assert_eq!(client.get(&url, Some(&other)).status, 401);
    assert_eq!(client.get(&url, Some("nonsense")).status, 401);
}

#[test]
fn a_block_url_is_refused_as_a_byte_url_and_a_byte_url_as_a_block_url() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let token = programme.passport(Persona::DomesticAcademic);
    let id = programme.object_of(&person(1), "BAM");
    let block = record_urls(
        &client
            .get(&format!("/htsget/reads/{id}?referenceName=chr1&start=0&end=2000"), Some(&token))
            .expect(200)
            .json(),
    )
    .remove(0);
    let bytes = client
        .get(&format!("/ga4gh/drs/v1/objects/{id}/access/https"), Some(&token))
        .expect(200)
        .json();
    let capability = |url: &str| url.rsplit_once('/').unwrap().1.to_owned();
    assert_eq!(client.get(&format!("/bytes/{}", capability(&block)), None).status, 404);
    assert_eq!(
        client
            .get(&format!("/htsget/blocks/{}", capability(bytes["url"].as_str().unwrap())), None)
            .status,
        404
    );
}

fn range(client: &Client, url: &str, range: &str, further: &[(&str, &str)]) -> Reply {
    let headers: Vec<(&str, &str)> = [("Range", range)].iter().chain(further).copied().collect();
    client.send("GET", url, &headers, None)
}

/// A description and the block URL of every kind of slice.
fn blocks_of_every_kind() -> Vec<(String, String)> {
    let made = made();
    let mut blocks = Vec::new();
    let mut add = |what: &str, path: String| {
        let ticket = made.client().get(&path, Some(&made.token)).expect(200).json();
        let urls = record_urls(&ticket);
        assert!(!urls.is_empty(), "{what}: the ticket contains all data inline");
        blocks.extend(urls.into_iter().map(|url| (what.to_owned(), url)));
    };
    for (name, format) in [
        ("spliced", "BAM"),
        ("giant", "BAM"),
        ("multi-slice", "CRAM"),
        ("embedded", "CRAM"),
        ("multi-slice", "BAM"),
    ] {
        let id = made.id(&made.reads(name).path);
        let contig = made_contig(name);
        let path = format!("/htsget/reads/{id}?format={format}");
        add(&format!("{name} as {format}"), path.clone());
        add(
            &format!("a region of {name} as {format}"),
            format!("{path}&referenceName={contig}&start=1000&end=690000000"),
        );
        add(
            &format!("{name} as {format} without tags"),
            format!("{path}&referenceName={contig}&tags="),
        );
    }
    for (writer, width) in [("bgzip", 1_200), ("bcftools", 1_200), ("bcf", 6_000)] {
        let file = made.variants(writer, width);
        let path = format!("/htsget/variants/{}?format={}", made.id(&file.path), file.format);
        add(&format!("{writer} of {width}"), path.clone());
        add(
            &format!("a region of {writer} of {width}"),
            format!("{path}&referenceName=synth1&start=1000&end=1900000"),
        );
    }
    for file in &made.partly {
        let path = format!("/htsget/variants/{}?format={}", made.id(&file.path), file.format);
        add(&format!("{} without columns of unknown samples", file.writer), path);
    }
    blocks
}

fn made_contig(name: &str) -> &'static str {
    if name == "giant" { "giant" } else { "synth1" }
}

/// "Clients may split" a block into ranges (htsget 1.3 § HTTPS data block URLs); RFC 9110 § 14 defines the ranges.
#[test]
fn concatenated_ranges_of_a_block_of_any_kind_equal_the_block() {
    let client = made().client();
    let mut random = Random::of("ranges");
    for (what, url) in blocks_of_every_kind() {
        let whole = client.get(&url, None).expect(200);
        let length = whole.body.len() as u64;
        let etag = whole.header("etag").to_owned();
        assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 2, "{what}: {etag}");
        assert_eq!(whole.header("accept-ranges"), "bytes", "{what}");
        let head = client.send("HEAD", &url, &[], None).expect(200);
        assert_eq!(
            (head.header("etag"), head.header("content-length")),
            (etag.as_str(), length.to_string().as_str()),
            "{what}"
        );
        assert!(head.body.is_empty());

        let mut cuts: Vec<u64> = (0..7).map(|_| 1 + random.below(length - 1)).chain([0, length]).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let mut together = Vec::new();
        for pair in cuts.windows(2) {
            let part = range(client, &url, &format!("bytes={}-{}", pair[0], pair[1] - 1), &[]).expect(206);
            assert_eq!(
                part.header("content-range"),
                format!("bytes {}-{}/{length}", pair[0], pair[1] - 1),
                "{what}"
            );
            assert_eq!(part.header("content-length"), (pair[1] - pair[0]).to_string(), "{what}");
            assert_eq!(part.header("etag"), etag, "{what}");
            together.extend(part.body);
        }
        assert!(together == whole.body, "{what}: the concatenated ranges differ from the block");

        let last = range(client, &url, "bytes=-100", &[]).expect(206);
        assert!(whole.body.ends_with(&last.body) && last.body.len() == 100, "{what}: suffix");
        let open = range(client, &url, &format!("bytes={}-", length - 7), &[]).expect(206);
        assert!(whole.body.ends_with(&open.body) && open.body.len() == 7, "{what}: open end");
        let wide = range(client, &url, &format!("bytes={}-{}", length - 5, length + 1_000_000), &[]).expect(206);
        assert!(
            whole.body.ends_with(&wide.body) && wide.body.len() == 5,
            "{what}: a range ends at the end of the block"
        );
        for beyond in [
            format!("bytes={length}-"),
            format!("bytes={}-{}", length + 10, length + 20),
            "bytes=-0".to_owned(),
        ] {
            let refused = range(client, &url, &beyond, &[]);
            assert_eq!(
                (refused.status, refused.header("content-range")),
                (416, format!("bytes */{length}").as_str()),
                "{what}: {beyond}"
            );
            assert_eq!(refused.json()["htsget"]["error"], "InvalidRange", "{what}");
        }
        let same = range(client, &url, "bytes=0-9", &[("If-Range", &etag)]).expect(206);
        assert!(same.body == whole.body[..10], "{what}: If-Range");
        for stale in ["\"another\"", "W/\"weak\"", "Sat, 29 Oct 1994 19:43:31 GMT"] {
            let reply = range(client, &url, "bytes=0-9", &[("If-Range", stale)]).expect(200);
            assert!(reply.body == whole.body, "{what}: If-Range {stale}");
        }
        for unreadable in ["bytes=9-0", "bytes=a-b", "lines=0-9", "bytes=", "0-9"] {
            let reply = range(client, &url, unreadable, &[]);
            assert!(matches!(reply.status, 200 | 416), "{what}: {unreadable}: {}", reply.status);
        }
    }
}

#[test]
fn the_same_request_has_the_same_bytes_and_another_request_has_another_entity_tag() {
    let made = made();
    let id = made.id(&made.reads("spliced").path);
    let block = |query: &str| {
        let ticket = made
            .client()
            .get(&format!("/htsget/reads/{id}?{query}"), Some(&made.token))
            .expect(200)
            .json();
        made.client().get(&record_urls(&ticket).remove(0), None).expect(200)
    };
    let region = "referenceName=synth1&start=0&end=2000000";
    let (one, two) = (block(region), block(region));
    assert!(one.body == two.body && one.header("etag") == two.header("etag"));
    for other in [
        "referenceName=synth1&start=0&end=2000001",
        &format!("{region}&tags="),
        &format!("{region}&notags=NM"),
        "",
    ] {
        assert_ne!(block(other).header("etag"), one.header("etag"), "{other}");
    }
}

fn parts(url: &str) -> (&str, &str) {
    url.rsplit_once('/').unwrap()
}

#[test]
fn a_capability_of_one_file_or_region_opens_no_other_file_or_region() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let token = programme.passport(Persona::DomesticAcademic);
    let block = |number: usize, query: &str| {
        let id = programme.object_of(&person(number), "BAM");
        record_urls(&client.get(&format!("/htsget/reads/{id}?{query}"), Some(&token)).expect(200).json()).remove(0)
    };
    let region = "referenceName=chr1&start=0&end=2000";
    let urls = [block(1, region), block(2, region), block(1, "")];
    for (at, one) in urls.iter().enumerate() {
        for (other_at, other) in urls.iter().enumerate() {
            let ((front, one), (_, other)) = (parts(one), parts(other));
            for middle in [16, 512, one.len() - 22] {
                let reply = client.get(&format!("{front}/{}{}", &one[..middle], &other[middle..]), None);
                assert_eq!(reply.status, if at == other_at { 200 } else { 403 }, "{middle}");
            }
        }
    }
}

/// Proxies and logs see a block URL. The URL must not reveal the caller, the approval, the file or the region, and its length must not depend on
/// them.
#[test]
fn a_capability_reveals_neither_caller_nor_file_nor_region() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let mut lengths = std::collections::BTreeSet::new();
    for persona in [Persona::DomesticAcademic, Persona::OverseasAcademic] {
        let token = programme.passport(persona);
        for (number, query) in [
            (1, "referenceName=chr1&start=0&end=2000"),
            (2, "referenceName=chr2&start=0&end=3000"),
            (1, "referenceName=chr1&start=0&end=2000&tags=NM,MD"),
        ] {
            let id = programme.object_of(&person(number), "BAM");
            let ticket = client.get(&format!("/htsget/reads/{id}?{query}"), Some(&token)).expect(200).json();
            for url in block_urls(&ticket) {
                let capability = parts(&url).1.to_owned();
                lengths.insert(capability.len());
                let bytes = URL_SAFE_NO_PAD.decode(&capability).unwrap();
                let shown = String::from_utf8_lossy(&bytes).to_lowercase();
                for word in [id.as_str(), &id[5..13], "chr1", "body", "http", "2000", "gemj", "\"o\"", "approv"] {
                    assert!(!shown.contains(word), "{word}");
                }
            }
        }
        let bytes = client.get(
            &format!("/ga4gh/drs/v1/objects/{}/access/https", programme.object_of(&person(1), "BAM")),
            Some(&token),
        );
        if bytes.status == 200 {
            lengths.insert(parts(bytes.json()["url"].as_str().unwrap()).1.len());
        }
    }
    assert_eq!(lengths.len(), 1, "{lengths:?}");
}

#[test]
fn an_expired_block_url_is_refused_and_a_new_ticket_is_returned() {
    let programme = loaded(Backend::Embedded);
    let text = std::fs::read_to_string(programme.config()).unwrap();
    let line = "\nlifetime_s = 600\n";
    assert_eq!(text.matches(line).count(), 1);
    std::fs::write(programme.config(), text.replace(line, "\nlifetime_s = 1\n")).unwrap();
    let served = programme.serve();
    let client = &served.client;
    let token = programme.passport(Persona::DomesticAcademic);
    let path = format!(
        "/htsget/reads/{}?referenceName=chr1&start=0&end=2000",
        programme.object_of(&person(1), "BAM")
    );
    let url = record_urls(&client.get(&path, Some(&token)).expect(200).json()).remove(0);
    let begun = std::time::Instant::now();
    let refused = loop {
        let reply = client.get(&url, None);
        if reply.status != 200 {
            break reply;
        }
        assert!(
            begun.elapsed() < std::time::Duration::from_secs(60),
            "a URL with a lifetime of one second does not expire"
        );
    };
    assert_eq!(
        (refused.status, refused.json()["htsget"]["error"].as_str()),
        (403, Some("PermissionDenied"))
    );
    for headers in [vec![("Range", "bytes=0-1")], vec![("If-Range", "\"x\"")]] {
        assert_eq!(client.send("GET", &url, &headers, None).status, 403);
    }
    assert_eq!(client.send("HEAD", &url, &[], None).status, 403);
    assert_eq!(
        client.get(&url, Some(&token)).status,
        403,
        "the holder's token does not extend the URL"
    );
    assert_eq!(client.get(&path, Some(&token)).status, 200);
}

#[test]
fn after_a_withdrawal_blocks_and_ranges_of_the_participant_are_refused() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let client = &served.client;
    let token = programme.passport(Persona::DomesticAcademic);
    let urls = |programme: &Programme, number: usize| {
        let id = programme.object_of(&person(number), "BAM");
        let ticket = |query: &str| record_urls(&client.get(&format!("/htsget/reads/{id}?{query}"), Some(&token)).expect(200).json());
        [ticket(""), ticket("referenceName=chr1&start=0&end=2000"), ticket("tags=")].concat()
    };
    let (leaver, other) = (urls(&programme, 2), urls(&programme, 1));
    assert!(leaver.len() == 3 && other.len() == 3);
    let _ = programme.run(&["consent", "withdraw", &person(2)]).good();
    for url in &leaver {
        for (method, headers) in [
            ("GET", vec![]),
            ("GET", vec![("Range", "bytes=0-9")]),
            ("GET", vec![("Range", "bytes=99999999-")]),
            ("HEAD", vec![]),
        ] {
            let reply = client.send(method, url, &headers, None);
            assert!(matches!(reply.status, 403 | 404), "{method}: {}", reply.status);
            assert!(
                reply.header("etag").is_empty() && reply.header("content-range").is_empty(),
                "the answer reveals metadata of the block"
            );
            if method == "GET" {
                assert!(reply.json()["htsget"]["error"].is_string());
            }
        }
    }
    for url in &other {
        let _ = client.get(url, None).expect(200);
    }
}

#[test]
fn a_block_contains_only_the_records_of_its_ticket_request() {
    let made = made();
    let id = made.id(&made.reads("spliced").path);
    let query = "referenceName=synth1&start=1000000&end=1200000";
    let ticket = made
        .client()
        .get(&format!("/htsget/reads/{id}?{query}"), Some(&made.token))
        .expect(200)
        .json();
    let header = fetch(made.client(), &of_class(&ticket, "header"));
    let url = record_urls(&ticket).remove(0);
    // Query parameters that are added to the URL have no effect.
    for added in [
        "",
        "?referenceName=synth1",
        "?start=0&end=4294967295",
        "?class=header",
        "?format=CRAM",
    ] {
        let body = made.client().get(&format!("{url}{added}"), None).expect(200).body;
        let path = made.reads("spliced").path.to_str().unwrap().to_owned();
        let wanted = gemj_tests::oracle::samtools(["view", &path, "synth1:1000001-1200000"]);
        assert!(sam_records(&[&header[..], &body].concat()) == wanted, "{added}");
    }
}
