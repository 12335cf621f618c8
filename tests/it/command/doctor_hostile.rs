//! `doctor` and `init --for broker` with brokers that are hostile, incomplete or down.

use gemj_tests::oracle::run;
use gemj_tests::programme::private;
use serde_json::{Value, json};

use super::doctor::{assert_named, findings_of, test_broker};
use super::new_installation::NewInstallation;
use crate::federation::fake_partner::{FakePartner, http};

const DOCTOR: [&str; 4] = ["doctor", "--json", "--pause-s", "0"];

/// A broker whose discovery document the test changes.
fn broker(change: impl Fn(&mut Value) + Send + 'static) -> FakePartner {
    FakePartner::judging(move |request| {
        let head = request.to_ascii_lowercase();
        let host = head.lines().find_map(|line| line.strip_prefix("host: "))?;
        let issuer = format!("http://{}/beacon", host.trim());
        let mut document = json!({
            "issuer": issuer,
            "jwks_uri": format!("{issuer}/jwks"),
            "authorization_endpoint": format!("{issuer}/authorize"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        });
        change(&mut document);
        let is_keys = request.starts_with("GET /beacon/jwks");
        let body = if is_keys { json!({"keys": []}) } else { document };
        Some(http("200 OK", &body.to_string()))
    })
}

fn entry(new: &NewInstallation, issuer: &str, settings: &str) -> String {
    format!(
        "{}\n[[authentication.issuer]]\nissuer = \"{issuer}\"\nkinds = [\"broker\", \"access-token\"]\nbearer = [\"access-token\"]\n\
         audiences = [\"gateway\"]\n{settings}\n",
        new.text()
    )
}

#[test]
fn texts_of_a_hostile_broker_forge_no_line_and_send_no_control_character_to_the_terminal() {
    const ESCAPE: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J";
    let forged = "x\ngood     issuers: all fine";
    let new = NewInstallation::make();
    for member in [
        "issuer",
        "scopes_supported",
        "grant_types_supported",
        "id_token_signing_alg_values_supported",
        "jwks_uri",
    ] {
        let text = format!("{forged}{ESCAPE}\u{202e}");
        let hostile = broker(move |document| {
            document[member] = if member.ends_with("_supported") {
                json!([text, "RS256"])
            } else {
                json!(text)
            };
        });
        let text = new.text();
        let added = new.run(&["init", "--for", "broker", &hostile.url, "--audience", "gateway"]);
        new.write(&entry(&new, &hostile.url, ""));
        let checked = new.run(&["doctor", "--pause-s", "0"]);
        new.write(&text);
        let _ = std::fs::remove_dir_all(new.path("for-127.0.0.1"));
        for shown in [&added.out, &added.err, &checked.out, &checked.err] {
            let is_plain = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
            assert!(shown.chars().all(is_plain), "{member}: {shown:?}");
            assert!(
                !shown.lines().any(|line| line.starts_with("good     issuers: all fine")),
                "{member}: {shown}"
            );
        }
    }
}

#[test]
fn an_opaque_broker_that_is_down_is_no_fault_of_the_proxy() {
    let new = NewInstallation::make();
    run("python3", [test_broker(), "keys".as_ref(), new.folder.path().as_os_str()], b"");
    private(&new.path("secrets/broker"), "secret\n");
    let opaque = "jwks_file = \"test-broker.jwks.json\"\nopaque = { by = \"introspection\", client_id = \"gateway\", \
                  client_secret_file = \"secrets/broker\", introspection_url = \"http://127.0.0.1:9/introspect\", max_age_s = 60 }";
    new.write(&entry(&new, "https://login.example", opaque));
    let served = new.serve();
    // A well-formed opaque token gets a 503, because its issuer is down.
    assert_eq!(served.client.get("/access/v1/explain", Some("doctor-token")).status, 503);
    let ran = new.run(&DOCTOR);
    let of_proxy: Vec<_> = findings_of(&ran).into_iter().filter(|(_, check, _)| check == "proxy").collect();
    assert!(
        of_proxy.len() > 2 && of_proxy.iter().all(|(level, _, _)| level == "good"),
        "{of_proxy:#?}"
    );
}

#[test]
fn too_many_requests_are_no_fault_of_the_proxy() {
    let new = NewInstallation::make();
    let text = new.text();
    let limited = text.replace("anonymous_requests_per_minute = 60000", "anonymous_requests_per_minute = 2");
    assert_ne!(limited, text);
    new.write(&limited);
    let served = new.serve();
    let _ = served.client.get("/service-info", None).expect(200);
    let ran = new.run(&DOCTOR);
    let of_proxy: Vec<_> = findings_of(&ran).into_iter().filter(|(_, check, _)| check == "proxy").collect();
    assert!(of_proxy.iter().all(|(level, _, _)| level == "good"), "{of_proxy:#?}");
}

#[test]
fn an_introspection_endpoint_on_another_host_is_named_if_opaque_tokens_are_accepted() {
    let new = NewInstallation::make();
    private(&new.path("secrets/broker"), "secret\n");
    let issuer = broker(|document| document["introspection_endpoint"] = json!("https://introspection.example/i"));
    let text = new.text();
    new.write(&entry(&new, &issuer.url, ""));
    let ran = new.run(&DOCTOR);
    assert!(
        !ran.out.contains("introspection.example"),
        "without opaque tokens, the endpoint is not used: {}",
        ran.out
    );
    new.write(&text);
    let opaque = "opaque = { by = \"introspection\", client_id = \"gateway\", client_secret_file = \"secrets/broker\", max_age_s = 60 }";
    new.write(&entry(&new, &issuer.url, opaque));
    let said = "places an endpoint on introspection.example, which endpoint_hosts does not name";
    assert_named(
        &new.run(&DOCTOR),
        "fault",
        "issuers",
        said,
        "add \"introspection.example\" to endpoint_hosts",
    );
}
