//! The operator's deny list, changed while the gateway serves.

use std::process::Command;
use std::time::{Duration, Instant};

use gemj_demo::Persona;
use gemj_tests::htsget_client::record_urls;
use gemj_tests::small_data::person;
use gemj_tests::{Backend, GatewayProcess, Programme};
use serde_json::Value;

use crate::small::loaded;

/// Writes a configuration and has a serving gateway read it.
fn hang_up(programme: &Programme, served: &GatewayProcess, text: &str) {
    std::fs::write(programme.config(), text).unwrap();
    let pid = served.pid.to_string();
    assert!(Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
}

/// Asks until an answer has a status.
fn becomes(served: &GatewayProcess, status: u16, ask: impl Fn() -> u16) {
    let end = Instant::now() + Duration::from_secs(30);
    while ask() != status {
        assert!(Instant::now() < end, "not {status}: {}", served.log());
        std::thread::yield_now();
    }
}

/// The `iss`, `sub` and `jti` of a token, unverified.
fn claims(token: &str) -> (String, String, Option<String>) {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    let claims: Value = serde_json::from_slice(&bytes).unwrap();
    let text = |name: &str| claims[name].as_str().map(str::to_owned);
    (text("iss").unwrap(), text("sub").unwrap(), text("jti"))
}

#[test]
fn a_ban_closes_addresses_of_bytes_and_blocks_that_were_given_before() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let (issuer, subject, token_id) = claims(&token);
    let id = programme.object_of(&person(1), "BAM");
    let access = format!("/ga4gh/drs/v1/objects/{id}/access/https");
    let bytes = served.client.get(&access, Some(&token)).expect(200).json()["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let ticket = served
        .client
        .get(&format!("/htsget/reads/{id}?referenceName=chr1&start=0&end=20000"), Some(&token));
    let block = record_urls(&ticket.expect(200).json()).remove(0);
    let of = |url: &str| served.client.get(url, None).status;
    let config = std::fs::read_to_string(programme.config()).unwrap();
    let mut bans = vec![
        format!("issuers = [\"{issuer}\"]"),
        format!("subject = [{{ issuer = \"{issuer}\", subject = \"{subject}\" }}]"),
    ];
    bans.extend(token_id.map(|jti| format!("token = [{{ issuer = \"{issuer}\", jti = \"{jti}\" }}]")));
    for ban in bans {
        assert_eq!((of(&bytes), of(&block)), (200, 200), "{ban}");
        hang_up(&programme, &served, &format!("{config}\n[authentication.deny]\n{ban}\n"));
        becomes(&served, 401, || served.client.get(&access, Some(&token)).status);
        assert!(of(&bytes) >= 400 && of(&block) >= 400, "{ban}: {} {}", of(&bytes), of(&block));
        hang_up(&programme, &served, &config);
        becomes(&served, 200, || served.client.get(&access, Some(&token)).status);
    }
    // Another person's ban closes nothing of this one.
    let other = format!("subject = [{{ issuer = \"{issuer}\", subject = \"another\" }}]");
    hang_up(&programme, &served, &format!("{config}\n[authentication.deny]\n{other}\n"));
    assert_eq!((of(&bytes), of(&block)), (200, 200));
}

#[test]
fn a_denied_issuer_is_refused_after_a_hangup_although_its_passport_is_remembered() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let object = format!("/ga4gh/drs/v1/objects/{}", programme.object_of(&person(1), "BAM"));
    assert_eq!(served.client.get(&object, Some(&token)).status, 200);

    let config = std::fs::read_to_string(programme.config()).unwrap();
    let issuer = config
        .lines()
        .find(|line| line.starts_with("issuer = "))
        .and_then(|line| line.split('"').nth(1))
        .unwrap();
    let hang_up = |text: &str| {
        std::fs::write(programme.config(), text).unwrap();
        assert!(
            Command::new("kill")
                .args(["-HUP", &served.pid.to_string()])
                .status()
                .unwrap()
                .success()
        );
    };
    let becomes = |status: u16| {
        let end = Instant::now() + Duration::from_secs(30);
        while served.client.get(&object, Some(&token)).status != status {
            assert!(Instant::now() < end, "not {status}: {}", served.log());
            std::thread::yield_now();
        }
    };
    hang_up(&format!("{config}\n[authentication.deny]\nissuers = [\"{issuer}\"]\n"));
    becomes(401);
    // What cannot be read changes nothing.
    hang_up("[authentication.deny\n");
    let end = Instant::now() + Duration::from_secs(30);
    while !served.log().contains("the deny list stays as it was") {
        assert!(Instant::now() < end, "{}", served.log());
        std::thread::yield_now();
    }
    assert_eq!(served.client.get(&object, Some(&token)).status, 401);
    hang_up(&config);
    becomes(200);
}
