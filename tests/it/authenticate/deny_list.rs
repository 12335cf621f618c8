//! The operator's deny list in the configuration, changed while the gateway serves.

use std::time::{Duration, Instant};

use gemj_demo::Persona;
use gemj_tests::Backend;
use gemj_tests::htsget_client::record_urls;
use gemj_tests::small_data::person;

use super::bans::{bans_of, becomes, claims, hang_up, with_ban};
use crate::small::loaded;

#[test]
fn a_ban_closes_byte_urls_and_block_urls_that_were_issued_before() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
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
    for ban in bans_of(&token) {
        assert_eq!((of(&bytes), of(&block)), (200, 200), "{ban}");
        hang_up(&programme, &served, &with_ban(&config, &ban));
        becomes(&served, 401, || served.client.get(&access, Some(&token)).status);
        assert!(of(&bytes) >= 400 && of(&block) >= 400, "{ban}: {} {}", of(&bytes), of(&block));
        hang_up(&programme, &served, &config);
        becomes(&served, 200, || served.client.get(&access, Some(&token)).status);
    }
    // A ban of another person of the same issuer does not affect this caller.
    let issuer = claims(&token)["iss"].as_str().unwrap().to_owned();
    let other = format!("subject = [{{ issuer = \"{issuer}\", subject = \"another\" }}]");
    hang_up(&programme, &served, &with_ban(&config, &other));
    assert_eq!((of(&bytes), of(&block)), (200, 200));
}

#[test]
fn a_denied_issuer_is_refused_after_a_hangup_although_its_passport_is_cached() {
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
    let ask = || served.client.get(&object, Some(&token)).status;
    hang_up(&programme, &served, &with_ban(&config, &format!("issuers = [\"{issuer}\"]")));
    becomes(&served, 401, ask);
    // A configuration that cannot be parsed changes nothing: the earlier ban stays.
    hang_up(&programme, &served, "[authentication.deny\n");
    let end = Instant::now() + Duration::from_secs(30);
    while !served.log().contains("the configuration is unchanged") {
        assert!(Instant::now() < end, "{}", served.log());
        std::thread::yield_now();
    }
    assert_eq!(ask(), 401);
    hang_up(&programme, &served, &config);
    becomes(&served, 200, ask);
}
