//! Requests that are almost correct are refused with a helpful message, and never answered with a whole file.

use gemj_demo::Persona;
use gemj_tests::Reply;
use gemj_tests::htsget_client::{fetch, slice};
use gemj_tests::oracle::sam_records;
use gemj_tests::small_data::{feeds, person};

use crate::small::small;

fn reads() -> (String, String) {
    let programme = &small().programme;
    let id = programme.object_of(&person(1), "BAM");
    (format!("/htsget/reads/{id}"), programme.passport(Persona::DomesticAcademic))
}

#[test]
fn an_unknown_parameter_is_refused_and_a_misspelt_parameter_is_named() {
    let (path, token) = reads();
    for (query, named) in [
        ("referencename=chr1", "referenceName"),
        ("referenceName=chr1&Start=5", "start"),
        ("referenceMD5=6aef897c3d6ff0c78aff06ac189178dd", "referenceName"),
        ("encryptionScheme=c4gh", "format"),
    ] {
        let reply = small().served.client.get(&format!("{path}?{query}"), Some(&token));
        let error = &reply.json()["htsget"];
        assert_eq!((reply.status, error["error"].as_str()), (400, Some("InvalidInput")), "{query}");
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains(named) && !message.contains("c4gh") && !message.contains("6aef"),
            "{query}: {message}"
        );
    }
}

fn posted(media_type: &str, body: &str) -> Reply {
    let (path, token) = reads();
    let authorization = format!("Bearer {token}");
    let headers = [("Content-Type", media_type), ("Authorization", authorization.as_str())];
    small().served.client.send("POST", &path, &headers, Some(body.as_bytes()))
}

#[test]
fn a_json_body_is_accepted_with_the_media_types_that_clients_send() {
    let body = r#"{"regions":[{"referenceName":"chr1","start":0,"end":2000}]}"#;
    let wanted = fetch(&small().served.client, &posted("application/json", body).expect(200).json());
    for media_type in [
        "application/json; charset=utf-8",
        "application/x-www-form-urlencoded",
        "application/vnd.ga4gh.htsget.v1.3.0+json",
        "application/vnd.ga4gh.htsget.v1.2.0+json; charset=utf-8",
    ] {
        let ticket = posted(media_type, body).expect(200).json();
        assert!(fetch(&small().served.client, &ticket) == wanted, "{media_type}");
    }
    for (media_type, body) in [
        ("application/x-www-form-urlencoded", "referenceName=chr1&start=0"),
        ("application/x-www-form-urlencoded", ""),
        ("text/plain", body),
        ("application/vnd.ga4gh.htsget", body),
    ] {
        let reply = posted(media_type, body);
        assert_eq!(
            (reply.status, reply.json()["htsget"]["error"].as_str()),
            (415, Some("InvalidInput")),
            "{media_type}"
        );
        assert!(reply.text().contains("application/json"), "{}", reply.text());
    }
}

/// A request may name the contigs `1` or `chr1`. The file's own names are `chr1` and `chr2`, by which samtools reads it.
#[test]
fn a_contig_is_found_under_its_other_spelling() {
    let (path, token) = reads();
    let client = &small().served.client;
    let file = feeds().join(format!("reads/{}.bam", person(1)));
    let wanted = gemj_tests::oracle::samtools(["view", "-e", "rname==\"chr1\" && pos<=2000 && endpos>=1", file.to_str().unwrap()]);
    for name in ["1", "chr1"] {
        let got = slice(client, &format!("{path}?referenceName={name}&start=0&end=2000"), &token);
        assert!(sam_records(&got) == wanted, "{name}");
    }
    let body = r#"{"regions":[{"referenceName":"1","start":0,"end":1500},{"referenceName":"chr1","start":1000,"end":2000}]}"#;
    let got = fetch(client, &posted("application/json", body).expect(200).json());
    assert!(sam_records(&got) == wanted, "both spellings in one request");
    for unknown in ["01", "CHR1", "NC_000001.11", "chrchr1"] {
        assert_eq!(
            client.get(&format!("{path}?referenceName={unknown}"), Some(&token)).status,
            404,
            "{unknown}"
        );
    }
}

#[test]
fn more_regions_than_fit_into_a_ticket_are_refused_with_a_message_about_regions() {
    let regions: Vec<String> = (0..12_000)
        .map(|n| format!(r#"{{"referenceName":"chr1","start":{},"end":{}}}"#, n * 20_011, n * 20_011 + 7_001))
        .collect();
    let reply = posted("application/json", &format!(r#"{{"regions":[{}]}}"#, regions.join(",")));
    let error = &reply.json()["htsget"];
    assert_eq!((reply.status, error["error"].as_str()), (413, Some("PayloadTooLarge")));
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("regions") && message.contains("several requests"), "{message}");
}
