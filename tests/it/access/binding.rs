//! Tokens in URLs are refused. A token that is bound to a key is refused without a proof of the key.

use gemj_demo::Persona;
use gemj_tests::Backend;
use gemj_tests::small_data::person;
use serde_json::Value;

use super::with;
use crate::small::{loaded, small};

#[test]
fn a_token_in_a_url_is_refused_on_every_route_and_never_logged() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve_with(&programme.config(), Some("trace"));
    let client = &served.client;
    let token = programme.passport(Persona::DomesticAcademic);
    let id = programme.object_of(&person(1), "VCF");
    type Right = fn(&Value) -> bool;
    let routes: [(String, Right); 6] = [
        (format!("/htsget/variants/{id}"), |body| {
            body["htsget"]["error"] == "InvalidAuthentication"
        }),
        (format!("/ga4gh/drs/v1/objects/{id}"), |body| body["status_code"] == 401),
        ("/beacon/individuals".to_owned(), |body| body["error"]["errorCode"] == 401),
        ("/ga4gh/wes/v1/runs".to_owned(), |body| body["status_code"] == 401),
        ("/fhir/Patient".to_owned(), |body| body["resourceType"] == "OperationOutcome"),
        ("/access/v1/explain".to_owned(), |body| {
            body["status"] == 401 && body["code"] == "token-in-url"
        }),
    ];
    for (path, right) in routes {
        for name in ["access_token", "ACCESS_TOKEN", "%61ccess_token"] {
            let reply = client.get(&format!("{path}?{name}={token}"), None);
            assert_eq!(reply.status, 401, "{path}: {}", reply.text());
            assert!(right(&reply.json()), "{path}: {}", reply.text());
            assert!(!reply.text().contains(&token[..40]), "the answer repeats the token");
            assert_eq!(
                client.get(&format!("{path}?{name}={token}"), Some(&token)).status,
                400,
                "a token in the URL is refused also beside a header"
            );
        }
    }
    let log = served.stop();
    for part in token.split('.') {
        assert!(!log.contains(part), "the log repeats a token");
    }
}

#[test]
fn an_unknown_scheme_and_a_proof_without_a_bound_token_are_refused() {
    let small = small();
    let client = &small.served.client;
    let token = small.programme.passport(Persona::DomesticAcademic);
    let status = |authorization: &str, further: &[(&str, &str)]| {
        let reply = client.send("GET", "/access/v1/explain", &with(authorization, further), None);
        (reply.status, reply.header("www-authenticate").to_owned())
    };
    assert_eq!(status(&format!("Basic {token}"), &[]).0, 401);
    let (refused, challenge) = status(&format!("DPoP {token}"), &[]);
    assert_eq!(refused, 401);
    assert!(challenge.starts_with("DPoP ") && challenge.contains("algs="), "{challenge}");
    assert_eq!(status(&format!("Bearer {token}"), &[]).0, 200);
    let twice = [("DPoP", "a"), ("DPoP", "b")];
    assert_eq!(
        status(&format!("Bearer {token}"), &twice).0,
        401,
        "a request with two proofs is ambiguous"
    );
}

#[test]
fn a_client_certificate_header_is_accepted_only_from_a_configured_proxy() {
    let programme = gemj_tests::Programme::new(Backend::Embedded);
    let text = std::fs::read_to_string(programme.config()).unwrap();
    let wanted = "client_certificate_header = \"Client-Cert\"\n";
    let with_proxy = |proxy: &str| text.replacen("[service]", &format!("trusted_proxies = [{proxy}]\n{wanted}\n[service]"), 1);
    let token = programme.passport(Persona::DomesticAcademic);
    let authorization = format!("Bearer {token}");
    let garbage = [("Client-Cert", "no byte sequence")];
    for (proxy, expected) in [("\"127.0.0.1\"", 401), ("\"192.0.2.1\"", 200)] {
        std::fs::write(programme.config(), with_proxy(proxy)).unwrap();
        let served = programme.serve();
        let reply = served
            .client
            .send("GET", "/access/v1/explain", &with(&authorization, &garbage), None);
        assert_eq!(reply.status, expected, "{proxy}: {}", reply.text());
    }
    std::fs::write(programme.config(), with_proxy("")).unwrap();
    let refused = programme.run(&["serve"]);
    assert!(
        refused.code != Some(0) && refused.err.contains("trusted_proxies"),
        "{}",
        refused.err
    );
}
