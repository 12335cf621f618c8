//! `GET|POST /federation/g_variants`: every member answers for itself, and a member that does not answer is named.

use gemj_demo::Persona;
use gemj_tests::programme::private;
use gemj_tests::small_data::{PEOPLE, SHARED_VARIANT, person};
use gemj_tests::{Backend, Programme};
use serde_json::{Value, json};

use super::fake_partner::FakePartner;
use crate::registry::official;
use crate::small::loaded;

pub(super) const YES: &str =
    r#"{"meta": {"beaconId": "p", "apiVersion": "v2.0", "returnedGranularity": "boolean"}, "responseSummary": {"exists": true}}"#;

/// The entry of a partner in the configuration.
pub(super) struct Entry<'a> {
    pub(super) id: &'a str,
    pub(super) url: &'a str,
    pub(super) token_file: Option<&'a str>,
    pub(super) dialect: Option<&'a str>,
}

pub(super) fn configure(programme: &Programme, deadline_ms: u32, partners: &[Entry<'_>]) {
    let mut text = std::fs::read_to_string(programme.config()).unwrap();
    text.push_str(&format!("\n[federation]\ndeadline_ms = {deadline_ms}\n"));
    for Entry {
        id,
        url,
        token_file,
        dialect,
    } in partners
    {
        text.push_str(&format!(
            "\n[[federation.partner]]\nid = \"{id}\"\nname = \"Partner {id}\"\norganization_name = \"Organisation of {id}\"\n\
             organization_url = \"https://{id}.example\"\nbeacon_url = \"{url}\"\n"
        ));
        if let Some(file) = token_file {
            text.push_str(&format!("token_file = \"{file}\"\n"));
        }
        if let Some(dialect) = dialect {
            text.push_str(&format!("dialect = \"{dialect}\"\n"));
        }
    }
    std::fs::write(programme.config(), text).unwrap();
}

pub(super) fn partner<'a>(id: &'a str, url: &'a str) -> Entry<'a> {
    Entry {
        id,
        url,
        token_file: None,
        dialect: None,
    }
}

pub(super) fn member<'a>(answer: &'a Value, id: &str) -> &'a Value {
    let members = answer["info"]["members"].as_array().unwrap();
    members.iter().find(|m| m["id"] == id).unwrap_or_else(|| panic!("{answer:#}"))
}

/// Asserts that the answer has the Beacon format and contains no sum.
pub(super) fn valid(answer: &Value) {
    if let Some(schema) = official::beacon("beaconBooleanResponse") {
        let faults: Vec<String> = schema.iter_errors(answer).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(faults.is_empty(), "{faults:?} {answer:#}");
    }
    assert_eq!(answer["meta"]["returnedGranularity"], "boolean");
    assert!(
        answer["responseSummary"].get("numTotalResults").is_none(),
        "the numbers of the members must not be added: {answer:#}"
    );
}

#[test]
fn three_gateways_answer_one_query_and_a_partner_that_is_down_is_not_counted_as_no() {
    let (asking, near, far) = (
        Programme::new(Backend::Embedded),
        loaded(Backend::Embedded),
        Programme::new(Backend::Embedded),
    );
    let (near_served, far_served) = (near.serve(), far.serve());
    let beacon = |base: &str| format!("{base}/beacon");
    let (near_url, far_url) = (beacon(&near_served.client.base), beacon(&far_served.client.base));
    private(&asking.path("near.token"), &near.passport(Persona::OverseasTre));
    let entries = [
        Entry {
            token_file: Some("near.token"),
            ..partner("near", &near_url)
        },
        partner("far", &far_url),
    ];
    configure(&asking, 30_000, &entries);
    let served = asking.serve();
    let question = format!("/federation/g_variants?{SHARED_VARIANT}");
    let ask = |persona: Option<Persona>, granularity: &str| {
        let token = persona.map(|p| asking.passport(p));
        let path = format!("{question}&requestedGranularity={granularity}");
        let answer = served.client.get(&path, token.as_deref()).expect(200).json();
        valid(&answer);
        answer
    };

    // A caller without credentials gets a yes or a no from each member.
    let public = ask(None, "count");
    assert_eq!(public["responseSummary"], json!({"exists": true, "complete": true}));
    assert_eq!(public["info"]["members"].as_array().unwrap().len(), 3);
    assert_eq!(member(&public, "near")["exists"], true);
    assert_eq!(
        member(&public, "near").get("numTotalResults"),
        None,
        "a query of the public must not use the partner's token"
    );
    assert_eq!(
        (&member(&public, "far")["status"], &member(&public, "far")["exists"]),
        (&json!("ok"), &json!(false))
    );
    assert_eq!(member(&public, "example.gemj.gateway.demo.beacon")["exists"], false);

    // A registered caller gets the answers that the partner gives to this gateway's own token.
    let registered = ask(Some(Persona::RegisteredOnly), "count");
    let near_says = member(&registered, "near");
    assert_eq!(
        (&near_says["granularity"], &near_says["countPrecision"]),
        (&json!("count"), &json!("exact"))
    );
    assert_eq!(near_says["numTotalResults"], 1, "one variant, carried by {PEOPLE}");
    assert_eq!(
        member(&ask(Some(Persona::RegisteredOnly), "boolean"), "near").get("numTotalResults"),
        None
    );

    // A POST with the same query in its body gets the same answer.
    let body = json!({"meta": {"apiVersion": "v2.1.1"}, "query": {"requestParameters": {"g_variant": {"assemblyId": "GRCh38",
        "referenceName": "chr1", "start": [999], "referenceBases": "A", "alternateBases": "G"}}, "requestedGranularity": "boolean"}});
    let posted = served.client.post("/federation/g_variants", None, &body).expect(200).json();
    valid(&posted);
    assert_eq!(posted["responseSummary"]["exists"], true);

    // The gateway reads a changed token file again. The partner refuses an invalid token. If the token file is absent, the gateway does not send an
    // anonymous query instead.
    private(&asking.path("near.token"), "no-such-token");
    let refused = ask(Some(Persona::RegisteredOnly), "count");
    assert_eq!(member(&refused, "near")["status"], "refused");
    assert_eq!(refused["responseSummary"], json!({"exists": false, "complete": false}));
    std::fs::remove_file(asking.path("near.token")).unwrap();
    assert_eq!(
        member(&ask(Some(Persona::RegisteredOnly), "count"), "near")["status"],
        "unreachable"
    );

    // Three of the partner's twelve families withdraw. The partner's next answer no longer counts them.
    for number in 1..=3 {
        let _ = near.run(&["consent", "withdraw", &person(number)]).good();
    }
    let left = ask(None, "boolean");
    assert_eq!(left["responseSummary"], json!({"exists": false, "complete": true}));

    // A partner that is stopped is a member without an answer.
    let _ = far_served.stop();
    let down = ask(None, "boolean");
    assert_eq!(member(&down, "far")["status"], "unreachable");
    assert_eq!(
        member(&down, "far").get("exists"),
        None,
        "a partner without an answer is not counted as no"
    );
    assert_eq!(down["responseSummary"], json!({"exists": false, "complete": false}));
    assert_eq!(member(&down, "near")["status"], "ok");
    let _ = asking.run(&["audit", "verify"]).good();
    let log = served.stop();
    // The queried position is no part of the log. Times, durations and random ids can contain the same digits.
    let by_chance = [
        "20",
        "request=",
        "decision=",
        "ready_ms=",
        "duration_ms=",
        "bytes=",
        "\"actix-web-service-",
        "127.0.0.1:",
    ];
    let is_by_chance = |word: &&str| by_chance.iter().any(|start| word.starts_with(start));
    let logged: Vec<&str> = log.split_whitespace().filter(|word| !is_by_chance(word)).collect();
    assert!(logged.iter().all(|word| !word.contains("999")), "{log}");
    assert!(!log.contains("no-such-token"), "{log}");
}

#[test]
fn partners_that_hang_or_send_invalid_answers_are_named_and_delay_no_other_answer() {
    let asking = Programme::new(Backend::Embedded);
    let large = format!("{{\"pad\": \"{}\", {}", "a".repeat(300_000), &YES[1..]);
    let partners = [
        ("good", FakePartner::answering("200 OK", YES), "ok"),
        ("hangs", FakePartner::start(None), "timeout"),
        ("babbles", FakePartner::answering("200 OK", "hello"), "bad-answer"),
        (
            "halves",
            FakePartner::start(Some("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"meta\"".to_owned())),
            "bad-answer",
        ),
        ("large", FakePartner::answering("200 OK", &large), "bad-answer"),
        (
            "contradicts",
            FakePartner::answering(
                "200 OK",
                r#"{"meta": {"returnedGranularity": "count"}, "responseSummary": {"exists": true, "numTotalResults": 0}}"#,
            ),
            "bad-answer",
        ),
        (
            "raises",
            FakePartner::answering(
                "200 OK",
                r#"{"meta": {"returnedGranularity": "boolean"}, "responseSummary": {"exists": false, "numTotalResults": 10}}"#,
            ),
            "bad-answer",
        ),
        ("refuses", FakePartner::answering("403 Forbidden", "{}"), "refused"),
        ("fails", FakePartner::answering("500 Oops", YES), "unreachable"),
    ];
    let elsewhere = FakePartner::answering("200 OK", YES);
    let location = format!(
        "HTTP/1.1 307 Elsewhere\r\nLocation: {}/g_variants\r\nContent-Length: 0\r\n\r\n",
        elsewhere.url
    );
    let redirects = FakePartner::start(Some(location));
    let mut entries: Vec<Entry<'_>> = partners.iter().map(|(id, fake, _)| partner(id, &fake.url)).collect();
    entries.push(partner("redirects", &redirects.url));
    configure(&asking, 1_500, &entries);
    let served = asking.serve();
    let answer = served
        .client
        .get(&format!("/federation/g_variants?{SHARED_VARIANT}"), None)
        .expect(200)
        .json();
    valid(&answer);
    for (id, _, status) in &partners {
        assert_eq!(member(&answer, id)["status"], *status, "{id}");
        assert_eq!(member(&answer, id).get("exists").is_some(), *status == "ok", "{id}");
    }
    assert_eq!(member(&answer, "redirects")["status"], "bad-answer");
    assert!(elsewhere.requests.try_recv().is_err(), "a redirect is not followed");
    assert_eq!(answer["responseSummary"], json!({"exists": true, "complete": false}));
}

#[test]
fn no_data_of_the_caller_is_sent_to_a_partner() {
    let asking = Programme::new(Backend::Embedded);
    let recorder = FakePartner::answering("200 OK", YES);
    private(&asking.path("partner.token"), "the-partner-s-token\n");
    let entries = [Entry {
        token_file: Some("partner.token"),
        ..partner("recorder", &recorder.url)
    }];
    configure(&asking, 30_000, &entries);
    let served = asking.serve();
    let token = asking.passport(Persona::DomesticAcademic);
    let authorization = format!("Bearer {token}");
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Cookie", "session=of-the-caller"),
        ("X-Forwarded-For", "203.0.113.77"),
        ("User-Agent", "browser-of-the-caller"),
    ];
    let question = format!("/federation/g_variants?{SHARED_VARIANT}&requestedGranularity=count");
    let _ = served.client.send("GET", &question, &headers, None).expect(200);
    let sent = recorder.next_question();
    assert!(sent.starts_with("POST /beacon/g_variants HTTP/1.1"), "{sent}");
    assert!(
        sent.to_ascii_lowercase().contains("authorization: bearer the-partner-s-token\r\n"),
        "{sent}"
    );
    for part in token.split('.').chain(["of-the-caller", "203.0.113.77", "demo-domestic-academic"]) {
        assert!(!sent.contains(part), "{sent}");
    }
    let body: Value = serde_json::from_str(sent.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body["query"]["requestedGranularity"], "count");
    assert_eq!(body["query"]["requestParameters"]["g_variant"]["start"], json!([999]));

    let _ = served.client.get(&question, None).expect(200);
    let sent = recorder.next_question();
    assert!(
        !sent.to_ascii_lowercase().contains("authorization:"),
        "a query of the public must not use the partner's token: {sent}"
    );

    // A caller with invalid credentials cannot query partners through this gateway.
    assert_eq!(served.client.get(&question, Some("a.b.c")).status, 401);
    for wrong in ["&datasets=cancer", "&filters=age:P30Y&nonsense=1", "&geneId=BRCA1"] {
        let reply = served.client.get(&format!("{question}{wrong}"), None);
        assert_eq!(reply.status, 400, "{}", reply.text());
        assert_eq!(reply.json()["error"]["errorCode"], 400);
    }
    assert!(recorder.requests.try_recv().is_err());
}

#[test]
fn partners_are_listed_in_the_registry() {
    let asking = Programme::new(Backend::Embedded);
    configure(&asking, 1_000, &[partner("org.example.near", "https://near.example/beacon")]);
    let served = asking.serve();
    let services = served.client.get("/services", None).expect(200).json();
    let entry = services.as_array().unwrap().iter().find(|s| s["id"] == "org.example.near").unwrap();
    assert_eq!(
        (&entry["url"], &entry["type"]["artifact"]),
        (&json!("https://near.example/beacon"), &json!("beacon"))
    );
    assert_eq!(served.client.get("/services/org.example.near", None).expect(200).json(), *entry);
    if let Some(registry) = official::registry() {
        let schema = official::validator(&registry, "ExternalService");
        assert!(schema.is_valid(entry), "{entry:#}");
    }
    let own = served.client.get("/federation/service-info", None).expect(200).json();
    assert_eq!(
        (&own["type"]["group"], &own["type"]["artifact"]),
        (&json!("jp.gemj"), &json!("federation"))
    );
}

#[test]
fn a_partner_with_a_forbidden_address_prevents_the_start() {
    for url in [
        "http://near.example/beacon",
        "https://user:word@near.example/beacon",
        "http://10.0.0.1/beacon",
    ] {
        let asking = Programme::new(Backend::Embedded);
        configure(&asking, 1_000, &[partner("near", url)]);
        let ran = asking.run(&["serve"]);
        assert_ne!(ran.code, Some(0), "{url}");
        assert!(
            ran.err.contains("near") && ran.err.contains("beacon_url") && !ran.err.contains("user:word"),
            "{}",
            ran.err
        );
    }
}
