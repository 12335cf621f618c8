//! Limits on the number of requests of one caller.

use gemj_demo::Persona;
use gemj_tests::{Backend, Programme, Reply};
use serde_json::Value;

use super::configure;

fn served(limits: &str) -> (Programme, gemj_tests::GatewayProcess) {
    let programme = Programme::new(Backend::Embedded);
    configure(&programme, limits);
    let served = programme.serve();
    (programme, served)
}

/// Repeats a request until its answer is 429. Returns the number of requests before that, and the refusal.
fn until_refused(mut ask: impl FnMut() -> Reply) -> (usize, Reply) {
    for count in 0..200 {
        let reply = ask();
        if reply.status == 429 {
            return (count, reply);
        }
    }
    panic!("never refused")
}

fn retry_after(reply: &Reply) -> u64 {
    reply.header("retry-after").parse().unwrap()
}

#[test]
fn an_anonymous_address_over_the_limit_gets_429_in_the_format_of_each_standard() {
    // With a limit of three requests per minute, one request becomes available every 20 seconds. This test ends before the first does.
    let (_programme, served) = served("[limits]\nrequests_per_minute = 3\n");
    let client = &served.client;
    let (_, first) = until_refused(|| client.get("/service-info", None));
    assert!((1..=60).contains(&retry_after(&first)), "{}", first.header("retry-after"));
    type Right = fn(&Value) -> bool;
    let shapes: [(&str, Right); 7] = [
        ("/htsget/reads/x", |body| {
            body["htsget"]["error"].is_string() && body["htsget"]["code"] == "too-many-requests"
        }),
        ("/beacon/g_variants", |body| {
            body["error"]["errorCode"] == 429 && body["meta"]["apiVersion"].is_string()
        }),
        ("/ga4gh/drs/v1/objects/x", |body| {
            body["status_code"] == 429 && body["msg"].is_string()
        }),
        ("/ga4gh/wes/v1/runs", |body| body["status_code"] == 429 && body["msg"].is_string()),
        ("/fhir/Patient/x", |body| {
            body["resourceType"] == "OperationOutcome" && body["issue"][0]["code"] == "throttled"
        }),
        ("/services", |body| body["status"] == 429 && body["title"].is_string()),
        ("/access/v1/projects", |body| body["status"] == 429 && body["type"].is_string()),
    ];
    for (path, right) in shapes {
        let (_, reply) = until_refused(|| client.get(path, None));
        assert!(retry_after(&reply) >= 1, "{path}");
        assert!(right(&reply.json()), "{path}: {}", reply.text());
    }
    assert_eq!(client.get("/healthz", None).status, 200, "monitoring still gets an answer");
    assert_eq!(client.get("/readyz", None).status, 200);
}

#[test]
fn each_authenticated_caller_has_a_separate_limit() {
    let (programme, served) = served("[limits]\nrequests_per_minute = 5\n");
    let client = &served.client;
    let [one, other] = [Persona::DomesticAcademic, Persona::RegisteredOnly].map(|persona| programme.passport(persona));
    let (answered, _) = until_refused(|| client.get("/access/v1/explain", Some(&one)));
    assert!((5..10).contains(&answered), "{answered}");
    assert_eq!(client.get("/access/v1/explain", Some(&other)).status, 200);
    assert_eq!(client.get("/access/v1/explain", None).status, 200);
    let again = programme.passport(Persona::DomesticAcademic);
    assert_eq!(
        client.get("/access/v1/explain", Some(&again)).status,
        429,
        "another token of the same caller has the same limit"
    );
}

#[test]
fn an_address_with_many_failed_authentications_is_refused_before_any_verification() {
    let (programme, served) = served("[limits]\nfailed_authentications_per_minute = 4\n");
    let client = &served.client;
    let (answered, refused) = until_refused(|| client.get("/access/v1/explain", Some("nonsense")));
    assert!((4..8).contains(&answered), "{answered}");
    assert!(retry_after(&refused) >= 1);
    let good = programme.passport(Persona::DomesticAcademic);
    assert_eq!(
        client.get("/access/v1/explain", Some(&good)).status,
        429,
        "a valid token from the same address is refused too"
    );
    assert_eq!(
        client.get("/access/v1/explain", None).status,
        200,
        "a request without credentials is no failed authentication"
    );
    assert_eq!(client.get("/bytes/x.y", None).status, 429, "a signed URL counts as a credential");
}

#[test]
fn the_forwarded_address_is_accepted_only_from_a_configured_proxy() {
    let ask = |client: &gemj_tests::Client, from: &str| client.send("GET", "/service-info", &[("X-Forwarded-For", from)], None);
    let (_one, plain) = served("[limits]\nrequests_per_minute = 3\n");
    let mut number = 0;
    let (answered, _) = until_refused(|| {
        number += 1;
        ask(&plain.client, &format!("192.0.2.{number}"))
    });
    assert!(answered < 8, "the header must have no effect: {answered}");
    let two = Programme::new(Backend::Embedded);
    let text = std::fs::read_to_string(two.config()).unwrap();
    let text = text.replacen("[service]", "# The proxy.\ntrusted_proxies = [\"127.0.0.1\"]\n\n[service]", 1);
    std::fs::write(two.config(), text + "\n[limits]\nrequests_per_minute = 3\n").unwrap();
    let behind = two.serve();
    let (_, _) = until_refused(|| ask(&behind.client, "192.0.2.1"));
    assert_eq!(ask(&behind.client, "192.0.2.2").status, 200);
    assert_eq!(
        ask(&behind.client, "203.0.113.9, 192.0.2.1").status,
        429,
        "the last entry is the address that the proxy saw"
    );
}

#[test]
fn without_limits_no_request_is_refused_and_no_caller_is_logged() {
    let programme = Programme::new(Backend::Embedded);
    configure(
        &programme,
        "[limits]\nrequests_per_minute = 0\nfailed_authentications_per_minute = 0\n",
    );
    let served = programme.serve_with(&programme.config(), Some("debug"));
    for _ in 0..100 {
        assert_eq!(served.client.get("/service-info", None).status, 200);
        assert_eq!(served.client.get("/access/v1/explain", Some("nonsense")).status, 401);
    }
    let log = served.stop();
    assert!(!log.contains("nonsense") && !log.contains("127.0.0.1:5"), "{log}");
}
