//! The operator's deny list, changed while the gateway serves.

use std::process::Command;
use std::time::{Duration, Instant};

use gemj_demo::Persona;
use gemj_tests::Backend;
use gemj_tests::small_data::person;

use crate::small::loaded;

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
