//! Partners that accept only one form of a Beacon query and do not state which form.

use gemj_tests::small_data::SHARED_VARIANT;
use gemj_tests::{Backend, Programme};
use serde_json::{Value, json};

use super::fake_partner::{FakePartner, http};
use super::get_g_variants::{YES, configure, member, partner, valid};

/// The variant parameters that each partner must receive. The contig has a name that every Beacon product accepts.
const VARIANT: [(&str, &str); 4] = [
    ("referenceName", "1"),
    ("assemblyId", "GRCh38"),
    ("referenceBases", "A"),
    ("alternateBases", "G"),
];

fn parts(request: &str) -> (&str, &str, Option<Value>) {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut words = head.split_whitespace();
    (words.next().unwrap(), words.next().unwrap(), serde_json::from_str(body).ok())
}

/// Whether the received parameters are exactly those of [`VARIANT`].
fn is_the_variant(parameters: &Value) -> bool {
    let right = VARIANT.iter().all(|(name, value)| parameters[name] == *value) && parameters["start"] == json!([999]);
    right && parameters.as_object().is_some_and(|members| members.len() == VARIANT.len() + 1)
}

fn refused() -> Option<String> {
    Some(http("400 Bad Request", r#"{"meta": {}, "error": {"errorCode": 400}}"#))
}

/// A partner that accepts only the form of Beacon's request-body schema, in which the parameters are under the name of their entry type.
fn nested_only() -> FakePartner {
    FakePartner::judging(|request| match parts(request) {
        ("POST", "/beacon/g_variants", Some(body)) => {
            let parameters = body["query"]["requestParameters"].as_object().unwrap();
            let objects = parameters.values().all(Value::is_object);
            let right = objects && parameters.get("g_variant").is_some_and(is_the_variant);
            if right { Some(http("200 OK", YES)) } else { refused() }
        }
        _ => Some(http("404 Not Found", "{}")),
    })
}

/// A partner like the Beacon of the European Genome-phenome Archive: it accepts the parameters directly in `requestParameters` and refuses any other
/// member.
fn flat_only(describes_itself: bool) -> FakePartner {
    FakePartner::judging(move |request| match parts(request) {
        ("GET", "/beacon/service-info", _) if describes_itself => {
            Some(http("200 OK", r#"{"id": "org.ega-archive.beacon-test", "name": "x"}"#))
        }
        ("POST", "/beacon/g_variants", Some(body)) => {
            if is_the_variant(&body["query"]["requestParameters"]) {
                Some(http("200 OK", YES))
            } else {
                refused()
            }
        }
        _ => Some(http("404 Not Found", "{}")),
    })
}

/// A partner that accepts only GET.
fn get_only() -> FakePartner {
    FakePartner::judging(|request| match parts(request) {
        ("GET", path, _) if path.starts_with("/beacon/g_variants?") => {
            let query = path.split_once('?').unwrap().1;
            let has = |name: &str, value: &str| query.split('&').any(|pair| pair == format!("{name}={value}"));
            let right = VARIANT.iter().all(|(name, value)| has(name, value)) && has("start", "999");
            if right { Some(http("200 OK", YES)) } else { refused() }
        }
        ("POST", "/beacon/g_variants", _) => Some(http("405 Method Not Allowed", "{}")),
        _ => Some(http("404 Not Found", "{}")),
    })
}

/// A partner that accepts every form and ignores parameters in a form that it does not know. It then answers a wider query.
fn ignores_what_is_nested() -> FakePartner {
    FakePartner::judging(|request| match parts(request) {
        ("POST", "/beacon/g_variants", Some(body)) => {
            let asked = &body["query"]["requestParameters"];
            let understood = if is_the_variant(asked) { asked.clone() } else { json!({}) };
            let exists = understood == json!({});
            let answer = json!({
                "meta": {"returnedGranularity": "boolean", "receivedRequestSummary": {"requestParameters": understood}},
                "responseSummary": {"exists": exists},
            });
            Some(http("200 OK", &answer.to_string()))
        }
        _ => Some(http("404 Not Found", "{}")),
    })
}

/// A partner whose `/map` names another path for `g_variants`.
fn elsewhere() -> FakePartner {
    FakePartner::judging(|request| match parts(request) {
        ("GET", "/beacon/map", _) => Some(http(
            "200 OK",
            r#"{"response": {"endpointSets": {"genomicVariant": {"rootUrl": "/api/g_variants"}}}}"#,
        )),
        ("POST", "/api/g_variants", Some(body)) if is_the_variant(&body["query"]["requestParameters"]["g_variant"]) => {
            Some(http("200 OK", YES))
        }
        _ => Some(http("404 Not Found", "{}")),
    })
}

#[test]
fn each_partner_is_queried_in_its_own_form_and_the_form_is_cached() {
    let asking = Programme::new(Backend::Embedded);
    let partners = [
        ("nested", nested_only(), true),
        ("flat", flat_only(false), true),
        ("archive", flat_only(true), true),
        ("get", get_only(), true),
        ("wider", ignores_what_is_nested(), false),
        ("elsewhere", elsewhere(), true),
    ];
    let entries: Vec<_> = partners.iter().map(|(id, fake, _)| partner(id, &fake.url)).collect();
    configure(&asking, 30_000, &entries);
    let served = asking.serve();
    let question = format!("/federation/g_variants?{SHARED_VARIANT}");
    for round in 1..=2 {
        let answer = served.client.get(&question, None).expect(200).json();
        valid(&answer);
        for (id, fake, exists) in &partners {
            let said = member(&answer, id);
            assert_eq!(
                (&said["status"], &said["exists"]),
                (&json!("ok"), &json!(exists)),
                "{id}, round {round}"
            );
            let asked = fake.requests.try_iter().count();
            assert!(
                round == 1 || asked == 1,
                "{id}: the second query must use the cached form at once, but the partner got {asked} requests"
            );
        }
    }

    // A partner whose id is that of the Archive gets the Archive's form at once.
    let archive = flat_only(true);
    let asking = Programme::new(Backend::Embedded);
    configure(&asking, 30_000, &[partner("archive", &archive.url)]);
    let served = asking.serve();
    assert_eq!(
        member(&served.client.get(&question, None).expect(200).json(), "archive")["exists"],
        true
    );
    let posted = archive.requests.try_iter().filter(|request| request.starts_with("POST")).count();
    assert_eq!(posted, 1);
}

#[test]
fn a_configured_form_is_the_only_form_and_a_query_that_does_not_fit_is_not_sent() {
    let asking = Programme::new(Backend::Embedded);
    let (get, flat) = (get_only(), flat_only(true));
    let entries = [
        super::get_g_variants::Entry {
            dialect: Some("get"),
            ..partner("get", &get.url)
        },
        super::get_g_variants::Entry {
            dialect: Some("nested"),
            ..partner("wrong", &flat.url)
        },
    ];
    configure(&asking, 30_000, &entries);
    let served = asking.serve();
    let ask = |more: &str| {
        served
            .client
            .get(&format!("/federation/g_variants?{SHARED_VARIANT}{more}"), None)
            .expect(200)
            .json()
    };
    let answer = ask("");
    assert_eq!(member(&answer, "get")["status"], "ok", "{:?}", get.requests.try_recv());
    assert_eq!(member(&answer, "wrong")["status"], "refused");
    assert_eq!(
        (get.requests.try_iter().count(), flat.requests.try_iter().count()),
        (1, 1),
        "the gateway sends no other request"
    );
    let answer = ask("&filters=sex!NCIT:C16576");
    assert_eq!(member(&answer, "get")["status"], "unsupported", "{answer:#}");
    assert!(member(&answer, "get").get("exists").is_none());
    assert_eq!(get.requests.try_iter().count(), 0, "a query without the filter would be wider");
}
