//! A token with one error gets a 401 in the error format of each standard. The answer contains no part of the token.

use gemj_demo::{Broker, Persona};
use gemj_model::{Clock as _, SystemClock};
use gemj_tests::oracle::python;
use gemj_tests::small_data::{SHARED_VARIANT, person};
use gemj_tests::{Client, Reply};
use serde_json::json;

use crate::small::small;

fn is_a_refusal(path: &str, reply: &Reply, what: &str) {
    assert_eq!(reply.status, 401, "{path} {what}: {}", reply.text());
    assert!(
        reply.header("www-authenticate").starts_with("Bearer"),
        "{path} {what}: no challenge"
    );
    let body = reply.json();
    match path {
        p if p.starts_with("/htsget") => assert_eq!(body["htsget"]["error"], "InvalidAuthentication", "{what}"),
        p if p.starts_with("/beacon") => {
            assert_eq!(body["error"]["errorCode"], 401, "{what}");
            assert!(body["meta"]["beaconId"].is_string(), "{what}");
        }
        _ => assert_eq!(body["status_code"], 401, "{what}"),
    }
}

fn paths() -> [String; 4] {
    let id = small().programme.object_of(&person(1), "BAM");
    [
        format!("/htsget/reads/{id}"),
        format!("/ga4gh/drs/v1/objects/{id}"),
        format!("/ga4gh/drs/v1/objects/{id}/access/https"),
        format!("/beacon/g_variants?{SHARED_VARIANT}"),
    ]
}

fn with_header(client: &Client, path: &str, value: &str) -> Reply {
    client.send("GET", path, &[("Authorization", value)], None)
}

#[test]
fn a_token_with_one_wrong_part_is_refused_on_every_route_and_absent_from_the_answer() {
    let small = small();
    let good = small.programme.passport(Persona::DomesticAcademic);
    let paths = paths();
    for path in &paths {
        let _ = small.served.client.get(path, Some(&good)).expect(200);
    }
    let hostile = python("hostile_tokens.py", &json!({"token": good}));
    for case in hostile.as_array().unwrap() {
        let (name, token) = (case["name"].as_str().unwrap(), case["token"].as_str().unwrap());
        for path in &paths {
            let reply = small.served.client.get(path, Some(token));
            is_a_refusal(path, &reply, name);
            for part in token.split('.').filter(|part| part.len() > 8) {
                assert!(!reply.text().contains(part), "{path} {name}: the answer repeats the token");
                assert!(!reply.header("www-authenticate").contains(part), "{path} {name}");
            }
        }
    }
}

#[test]
fn tokens_of_other_issuers_and_other_keys_are_refused() {
    let small = small();
    let folder = tempfile::tempdir().unwrap();
    let now = SystemClock::default().now();
    let stranger = Broker::create_or_open(&folder.path().join("a"), "http://other-broker.example").unwrap();
    let impostor = Broker::create_or_open(&folder.path().join("b"), small.programme.broker().passport_issuer()).unwrap();
    let audience = small.programme.broker_for_audience("somebody-else");
    for (broker, what) in [
        (&stranger, "another issuer"),
        (&impostor, "our issuer's name and other keys"),
        (&audience, "another audience"),
    ] {
        let token = broker.mint(Persona::DomesticAcademic, now, 3600).unwrap();
        for path in paths() {
            is_a_refusal(&path, &small.served.client.get(&path, Some(&token)), what);
        }
    }
    let own = small.programme.broker();
    for (token, what) in [
        (own.mint(Persona::Expired, now, 3600).unwrap(), "expired"),
        (
            own.mint(Persona::DomesticAcademic, now.plus_seconds(-7200), 3600).unwrap(),
            "past its end",
        ),
        (
            own.mint(Persona::DomesticAcademic, now.plus_seconds(3600), 3600).unwrap(),
            "issued in the future",
        ),
        (own.mint(Persona::DomesticAcademic, now, 1_000_000).unwrap(), "too long-lived"),
    ] {
        for path in paths() {
            is_a_refusal(&path, &small.served.client.get(&path, Some(&token)), what);
        }
    }
}

#[test]
fn an_authorization_header_without_a_bearer_token_is_refused_and_not_anonymous() {
    let small = small();
    let good = small.programme.passport(Persona::DomesticAcademic);
    for value in [
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Digest x",
        "bearer",
        &good,
        &format!("Basic {good}"),
        &format!("Bearer {good} {good}"),
    ] {
        for path in paths() {
            is_a_refusal(
                &path,
                &with_header(&small.served.client, &path, value),
                value.split(' ').next().unwrap(),
            );
        }
    }
    for path in paths() {
        let headers = [
            ("Authorization", &*format!("Bearer {good}")),
            ("Authorization", &*format!("Bearer {good}")),
        ];
        is_a_refusal(&path, &small.served.client.send("GET", &path, &headers, None), "two headers");
    }
    for scheme in ["bearer", "BEARER"] {
        let _ = with_header(&small.served.client, &paths()[0], &format!("{scheme} {good}")).expect(200);
    }
}

#[test]
fn requests_for_tickets_and_objects_without_credentials_are_refused() {
    let small = small();
    for path in &paths()[..3] {
        is_a_refusal(path, &small.served.client.get(path, None), "anonymous");
        let unknown = path.replace("gemj.", "gemj.0");
        is_a_refusal(&unknown, &small.served.client.get(&unknown, None), "anonymous, unknown id");
    }
    let _ = small.served.client.get(&paths()[3], None).expect(200);
}

#[test]
fn a_token_in_the_address_is_no_credential() {
    let small = small();
    let good = small.programme.passport(Persona::DomesticAcademic);
    let id = small.programme.object_of(&person(1), "BAM");
    let reply = small
        .served
        .client
        .get(&format!("/ga4gh/drs/v1/objects/{id}?access_token={good}"), None);
    assert_eq!(reply.status, 401);
}
