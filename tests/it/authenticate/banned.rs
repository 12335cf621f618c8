//! A ban also ends tokens and URLs that were issued before, and answers that are in progress.

use std::io::Read as _;
use std::time::{Duration, Instant};

use gemj_demo::Persona;
use gemj_demo::hospital_clients::client_assertion;
use gemj_model::{Clock as _, SystemClock};
use gemj_tests::big_file::{load_big_file, region_of_big};
use gemj_tests::htsget_client::record_urls;
use gemj_tests::{Backend, Client, GatewayProcess, Programme};

use super::bans::{bans_of, becomes, claims, hang_up, with_ban};

pub(super) const PERSON: &str = "BIG-01";

/// More bytes than the buffers of a connection can hold.
pub(super) const FILE_BYTES: usize = 32 * 1024 * 1024;

/// The start of the requested ranges, in bytes.
const FROM: u64 = 100_000;

/// An answer of which the test has read only the beginning.
pub(super) struct UnderWay {
    what: String,
    body: ureq::Body,
    read: Vec<u8>,
}

impl UnderWay {
    fn begin(what: String, url: &str, from: Option<u64>) -> Self {
        let request = ureq::get(url);
        let request = match from {
            Some(from) => request.header("Range", format!("bytes={from}-")),
            None => request,
        };
        let mut body = request.call().unwrap().into_body();
        let mut read = vec![0; 64 * 1024];
        body.as_reader().read_exact(&mut read).unwrap();
        Self { what, body, read }
    }

    /// Reads the rest of the answer. Returns its kind, the number of bytes, and whether the answer ended normally.
    pub(super) fn end(mut self) -> (String, usize, bool) {
        let mut reader = self.body.into_with_config().limit(u64::MAX).reader();
        let whole = reader.read_to_end(&mut self.read).is_ok();
        (self.what, self.read.len(), whole)
    }
}

/// Starts every kind of download of a big file: bytes, a block of the whole file, a block of a region, and ranges of these.
pub(super) fn begin_all(client: &Client, token: &str, id: &str) -> Vec<UnderWay> {
    let get = |path: &str| client.get(path, Some(token)).expect(200).json();
    let access = get(&format!("/ga4gh/drs/v1/objects/{id}/access/https"));
    let bytes = access["url"].as_str().unwrap().to_owned();
    let whole = record_urls(&get(&format!("/htsget/variants/{id}"))).remove(0);
    let region = record_urls(&get(&region_of_big(id))).remove(0);
    [("bytes", bytes), ("all of it", whole), ("a region", region)]
        .iter()
        .flat_map(|(what, url)| [None, Some(FROM)].map(|from| UnderWay::begin(format!("{what} from {from:?}"), url, from)))
        .collect()
}

/// Waits until the log states that the gateway has read its deny list again `times` times.
fn read_again(served: &GatewayProcess, times: usize) {
    let end = Instant::now() + Duration::from_secs(30);
    while served.log().matches("the configuration was read again").count() < times {
        assert!(Instant::now() < end, "{}", served.log());
        std::thread::yield_now();
    }
}

#[test]
fn a_ban_resets_the_running_streams_of_the_banned_caller_only() {
    let programme = Programme::new(Backend::Embedded);
    let _ = load_big_file(&programme, PERSON, FILE_BYTES);
    let served = programme.serve_with(&programme.config(), Some("info"));
    let client = &served.client;
    let id = programme.object_of(PERSON, "VCF");
    let [banned, other] = [Persona::DomesticAcademic, Persona::ConformanceCi].map(|persona| programme.passport(persona));
    let config = std::fs::read_to_string(programme.config()).unwrap();
    for (round, ban) in bans_of(&banned).iter().enumerate() {
        let (streams, others) = (begin_all(client, &banned, &id), begin_all(client, &other, &id));
        hang_up(&programme, &served, &with_ban(&config, ban));
        read_again(&served, 2 * round + 1);
        for stream in streams {
            let (what, came, whole) = stream.end();
            assert!(!whole, "{ban}: {what}: a complete answer of {came} bytes");
            assert!(came < FILE_BYTES, "{ban}: {what}: {came} bytes were received");
        }
        // Both passports have the same issuer, so a ban of the issuer bans both callers.
        let all_are_banned = ban.starts_with("issuers");
        for stream in others {
            let (what, _, whole) = stream.end();
            assert_eq!(whole, !all_are_banned, "{ban}: {what} of another caller");
        }
        hang_up(&programme, &served, &config);
        read_again(&served, 2 * round + 2);
    }
}

#[test]
fn a_ban_of_a_hospital_system_closes_tokens_that_were_issued_before() {
    let programme = Programme::new(Backend::Embedded);
    let served = programme.serve();
    let client = &served.client;
    let endpoint = format!("{}/auth/token", client.base);
    let assertion = || client_assertion(&programme.path(""), "ehr-hospital-a", &endpoint, SystemClock::default().now()).unwrap();
    let issue = |assertion: &str| {
        let form = format!(
            "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion={assertion}"
        );
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        client.send("POST", "/auth/token", &headers, Some(form.as_bytes()))
    };
    let shown = assertion();
    let token = issue(&shown).expect(200).json()["access_token"].as_str().unwrap().to_owned();
    let other = programme.hospital_token(&client.base, "ehr-hospital-b");
    let ask = |token: &str| client.get("/fhir/Patient?identifier=urn%3Aa%7C1", Some(token)).status;
    assert_eq!((ask(&token), ask(&other)), (200, 200));
    let config = std::fs::read_to_string(programme.config()).unwrap();
    // An operator may ban a SMART client by its assertions (the client is their issuer) or by the gateway's own tokens.
    let [of_client, of_subject, of_assertion] = bans_of(&shown);
    let of_endpoint = format!("issuers = [\"{endpoint}\"]");
    let of_our_subject = format!("subject = [{{ issuer = \"{endpoint}\", subject = \"ehr-hospital-a\" }}]");
    for (ban, closes_others, closes_new) in [
        (&of_client, false, true),
        (&of_subject, false, true),
        (&of_assertion, false, false),
        (&of_endpoint, true, true),
        (&of_our_subject, false, true),
    ] {
        hang_up(&programme, &served, &with_ban(&config, ban));
        becomes(&served, 401, || ask(&token));
        assert_eq!(ask(&other), if closes_others { 401 } else { 200 }, "{ban}: the other hospital");
        assert_eq!(
            issue(&assertion()).status,
            if closes_new { 401 } else { 200 },
            "{ban}: a new token of the same system"
        );
        hang_up(&programme, &served, &config);
        becomes(&served, 200, || ask(&token));
    }
}

#[test]
fn a_ban_of_a_staff_member_closes_the_roles_of_the_staff_member() {
    let programme = Programme::new(Backend::Embedded);
    let served = programme.serve();
    let client = &served.client;
    let held = |token: &str| client.get("/objects/held", Some(token)).status;
    let steward = programme.passport(Persona::Steward);
    let another_of_the_steward = programme.passport(Persona::Steward);
    assert_ne!(claims(&steward)["jti"], claims(&another_of_the_steward)["jti"]);
    assert_eq!((held(&steward), held(&another_of_the_steward)), (200, 200));
    let config = std::fs::read_to_string(programme.config()).unwrap();
    for ban in bans_of(&steward) {
        hang_up(&programme, &served, &with_ban(&config, &ban));
        becomes(&served, 401, || held(&steward));
        let is_of_one_token = ban.starts_with("token");
        assert_eq!(held(&another_of_the_steward), if is_of_one_token { 200 } else { 401 }, "{ban}");
        hang_up(&programme, &served, &config);
        becomes(&served, 200, || held(&steward));
    }
}
