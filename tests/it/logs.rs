//! The log contains no part of a token or a signed URL and no participant, at any level.

use gemj_demo::Persona;
use gemj_tests::Backend;
use gemj_tests::htsget_client::block_urls;
use gemj_tests::small_data::{SHARED_VARIANT, person};

use crate::small::loaded;

#[test]
fn a_log_at_level_trace_contains_no_token_no_signed_url_and_no_participant() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve_with(&programme.config(), Some("trace"));
    let client = &served.client;
    let token = programme.passport(Persona::DomesticAcademic);
    let expired = programme.passport(Persona::Expired);
    let id = programme.object_of(&person(1), "BAM");
    let mut secrets: Vec<String> = Vec::new();
    let ticket = client
        .get(&format!("/htsget/reads/{id}?referenceName=chr1&start=0&end=2000"), Some(&token))
        .expect(200)
        .json();
    let access = client
        .get(&format!("/ga4gh/drs/v1/objects/{id}/access/https"), Some(&token))
        .expect(200)
        .json();
    let mut urls = block_urls(&ticket);
    urls.push(access["url"].as_str().unwrap().to_owned());
    for url in &urls {
        let _ = client.get(url, None).expect(200);
        let _ = client.get(&format!("{url}x"), None);
        secrets.extend(url.rsplit('/').next().unwrap().split('.').map(str::to_owned));
    }
    for bearer in [&token, &expired] {
        let _ = client.get(&format!("/beacon/individuals?filters=HP:0001250&{SHARED_VARIANT}"), Some(bearer));
        let _ = client.get("/ga4gh/drs/v1/objects/nothing", Some(bearer));
        secrets.extend(bearer.split('.').map(str::to_owned));
    }
    let _ = client.get("/htsget/reads/x", Some("verysecretword"));
    let _ = client.send(
        "POST",
        "/beacon/individuals",
        &[("Content-Type", "application/json")],
        Some(b"{\"secretbody\": 1}"),
    );
    let _ = programme.run(&["consent", "withdraw", &person(1)]).good();
    assert_eq!(client.get(&urls[0], None).status, 404);
    secrets.extend(["verysecretword", "secretbody", "TST-0", "TST-1", "demo-domestic-academic"].map(str::to_owned));
    let log = served.stop();
    assert!(log.len() > 1000, "the log is almost empty: {log}");
    for secret in secrets {
        if let Some(line) = log.lines().find(|line| line.contains(&secret)) {
            let shown: String = secret.chars().take(12).collect();
            panic!("the log repeats {shown}…: {}", line.chars().take(400).collect::<String>());
        }
    }
}
