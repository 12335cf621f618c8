//! Settings of access decisions in the configuration. The gateway refuses invalid settings and logs questionable settings.

use gemj_demo::Persona;
use gemj_tests::small_data::person;
use gemj_tests::{Backend, Programme};

use super::configure;
use crate::small::loaded;

/// The error of `serve` for an invalid configuration.
fn refusal(lines: &str) -> String {
    let programme = Programme::new(Backend::Embedded);
    configure(&programme, lines);
    let ran = programme.run(&["serve"]);
    assert_ne!(ran.code, Some(0), "{lines}");
    ran.err
}

#[test]
fn an_invalid_setting_is_refused_by_name() {
    assert!(refusal("[policy]\nhidden_status = 200\n").contains("policy.hidden_status"));
    assert!(refusal("[policy]\nhidden_statu = 404\n").contains("hidden_statu"));
    let programme = Programme::new(Backend::Embedded);
    let text = std::fs::read_to_string(programme.config()).unwrap();
    for (lines, named) in [
        ("majority_age = 0", "majority_age"),
        ("assent_age = 19", "assent_age"),
        ("at_majority = \"maybe\"", "at_majority"),
    ] {
        std::fs::write(programme.config(), text.replacen("[consent]", &format!("[consent]\n{lines}"), 1)).unwrap();
        let ran = programme.run(&["serve"]);
        assert!(ran.code != Some(0) && ran.err.contains(named), "{lines}: {}", ran.err);
    }
}

#[test]
fn an_incomplete_use_condition_is_logged_at_the_start_and_opens_nothing() {
    let programme = loaded(Backend::Embedded);
    let text = std::fs::read_to_string(programme.config()).unwrap();
    assert_eq!(text.matches("data_use = [\"DUO:0000042\"]").count(), 1);
    let with = |terms: &str| {
        std::fs::write(
            programme.config(),
            text.replace("data_use = [\"DUO:0000042\"]", &format!("data_use = [{terms}]")),
        )
        .unwrap();
        let served = programme.serve();
        let token = programme.passport(Persona::DomesticAcademic);
        let path = format!("/ga4gh/drs/v1/objects/{}", programme.object_of(&person(1), "VCF"));
        let status = served.client.get(&path, Some(&token)).status;
        let told = served.client.get("/access/v1/explain", Some(&token)).expect(200).text();
        (status, told, served.stop())
    };
    let (status, told, log) = with("\"DUO:0000007\"");
    assert!(status == 404 && told.contains("DUO:0000007"), "{status} {told}");
    assert!(log.contains("DUO:0000007") && log.contains("diseases"), "{log}");
    let (status, told, log) = with("\"DUO:0000021\"");
    assert!(status == 404 && told.contains("\"data_use\":\"none\""), "{status} {told}");
    assert!(log.contains("no permission"), "{log}");
    let (status, _, log) = with("\"DUO:0000042\"");
    assert_eq!((status, log.contains("data_use")), (200, false));
}
