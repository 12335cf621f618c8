//! Requests that the framework would reject get errors in the format of the standard to which the path belongs.

use gemj_demo::Persona;
use gemj_tests::Reply;
use gemj_tests::small_data::person;
use serde_json::json;

use crate::small::small;

/// The first difference of an error from the standard's format. `None` if the format is correct.
fn fault(path: &str, reply: &Reply) -> Option<String> {
    let Ok(body) = serde_json::from_slice::<serde_json::Value>(&reply.body) else {
        return Some(format!("no JSON: {}", reply.text()));
    };
    let status = u64::from(reply.status);
    let right = if path == "/htsget" || path.starts_with("/htsget/") {
        body["htsget"]["error"].is_string() && body["htsget"]["message"].is_string() && body.as_object().unwrap().len() == 1
    } else if path.starts_with("/beacon") || path.starts_with("/federation") {
        body["error"]["errorCode"] == status && body["error"]["errorMessage"].is_string() && body["meta"]["apiVersion"].is_string()
    } else if path.starts_with("/ga4gh/drs") || path.starts_with("/bytes") {
        body["status_code"] == status && body["msg"].is_string()
    } else if path.starts_with("/services") || path.starts_with("/service-info") {
        body["status"] == status && body["title"].is_string()
    } else {
        body["status"] == status && body["title"].is_string() && reply.header("content-type") == "application/problem+json"
    };
    (!right).then(|| body.to_string())
}

fn shaped(path: &str, reply: &Reply) {
    if let Some(fault) = fault(path, reply) {
        panic!("{path}: {}: {fault}", reply.status);
    }
}

#[test]
fn an_unknown_path_gets_404_in_the_format_of_its_standard() {
    let client = &small().served.client;
    for path in [
        "/htsget",
        "/htsget/",
        "/htsget/nothing",
        "/htsget/reads",
        "/htsget/reads/",
        "/htsget/blocks/",
        "/beacon/nothing",
        "/beacon/g_variants/",
        "/ga4gh/drs/v1",
        "/ga4gh/drs/v1/nothing",
        "/ga4gh/drs/v2/objects/x",
        "/ga4gh/drs/v1/objects/",
        "/bytes",
        "/bytes/",
        "/federation/nothing",
        "/recontact",
        "/services/nothing/x",
        "/services/unknown",
        "/service-info/x",
        "/nothing",
        "/htsgets",
        "/favicon.ico",
        "/..%2f..%2fetc/passwd",
        "/%00",
        "/%ff%fe",
        "//",
    ] {
        let reply = client.get(path, None);
        assert!(matches!(reply.status, 404 | 400), "{path}: {}", reply.status);
        shaped(path, &reply);
    }
}

#[test]
fn an_unsupported_method_gets_405_with_the_header_allow() {
    let client = &small().served.client;
    for (path, methods) in [
        ("/htsget/reads/x", "GET, HEAD, POST"),
        ("/htsget/variants/x/y", "GET, HEAD, POST"),
        ("/htsget/reads/service-info", "GET, HEAD"),
        ("/htsget/blocks/x", "GET, HEAD"),
        ("/beacon/g_variants", "GET, HEAD, POST"),
        ("/beacon/individuals", "GET, HEAD, POST"),
        ("/beacon/info", "GET, HEAD"),
        ("/ga4gh/drs/v1/objects/x", "GET, HEAD, POST, OPTIONS"),
        ("/ga4gh/drs/v1/objects/x/access/y", "GET, HEAD, POST"),
        ("/bytes/x", "GET, HEAD"),
        ("/federation/g_variants", "GET, HEAD, POST"),
        ("/recontact/requests/x", "GET, HEAD"),
        ("/services", "GET, HEAD"),
        ("/service-info", "GET, HEAD"),
        ("/healthz", "GET, HEAD"),
        ("/metrics", "GET, HEAD"),
    ] {
        for method in ["DELETE", "PUT", "PATCH", "OPTIONS", "BREW"] {
            if methods.contains(method) {
                continue;
            }
            let reply = client.send(method, path, &[], Some(b""));
            assert_eq!((reply.status, reply.header("allow")), (405, methods), "{method} {path}");
            shaped(path, &reply);
        }
    }
}

#[test]
fn an_unreadable_body_is_refused_in_the_format_of_its_standard() {
    let small = small();
    let client = &small.served.client;
    let token = format!("Bearer {}", small.programme.passport(Persona::DomesticAcademic));
    let id = small.programme.object_of(&person(1), "BAM");
    let reads = format!("/htsget/reads/{id}");
    let deep = "[".repeat(100_000);
    for path in [reads.as_str(), "/beacon/g_variants", "/beacon/individuals"] {
        // A region at the wrong place of a request must be refused. The gateway must not ignore it and return the whole file.
        let wrong = if path == reads {
            "{\"referenceName\": \"chr1\", \"start\": 1}"
        } else {
            "{\"meta\": 5}"
        };
        for body in [
            "",
            "{",
            "null",
            "[]",
            "\"x\"",
            wrong,
            "{\"regions\": 5}",
            "\u{0}",
            deep.as_str(),
            "{} {}",
        ] {
            let headers = [("Content-Type", "application/json"), ("Authorization", token.as_str())];
            let reply = client.send("POST", path, &headers, Some(body.as_bytes()));
            let start: String = body.chars().take(20).collect();
            assert_eq!(reply.status, 400, "{path} {start}: {}", reply.text());
            shaped(path, &reply);
        }
        let invalid = client.send(
            "POST",
            path,
            &[("Content-Type", "application/json"), ("Authorization", &token)],
            Some(b"{\"\xff\": 1}"),
        );
        assert_eq!(invalid.status, 400);
        shaped(path, &invalid);
        let text = client.send(
            "POST",
            path,
            &[("Content-Type", "text/plain"), ("Authorization", &token)],
            Some(b"{}"),
        );
        assert_eq!(text.status, 415, "{path}");
        shaped(path, &text);
        let large = format!("{{\"x\": \"{}\"}}", "a".repeat(3 * 1024 * 1024));
        let large = client.send(
            "POST",
            path,
            &[("Content-Type", "application/json"), ("Authorization", &token)],
            Some(large.as_bytes()),
        );
        assert_eq!(large.status, 413, "{path}: {}", large.text());
        shaped(path, &large);
        let twice = client.send(
            "POST",
            &format!("{path}?format=BAM&skip=1"),
            &[("Content-Type", "application/json"), ("Authorization", &token)],
            Some(b"{}"),
        );
        assert_eq!(twice.status, 400, "{path}: the parameters of a POST must be in the body");
        shaped(path, &twice);
    }
}

#[test]
fn an_invalid_beacon_query_gets_400_with_the_reason() {
    let client = &small().served.client;
    for (query, named) in [
        ("referenceName=chr1&start=5&assemblyId=GRCh38", "alternateBases"),
        ("referenceName=chr1&start=x&alternateBases=A&assemblyId=GRCh38", "start"),
        ("referenceName=chr1&start=-1&alternateBases=A&assemblyId=GRCh38", "start"),
        ("start=1&alternateBases=A&assemblyId=GRCh38", "referenceName"),
        ("referenceName=chr1&start=1&alternateBases=A", "assemblyId"),
        ("referenceName=chr1&start=1&alternateBases=A&assemblyId=GRCh36", "assemblyId"),
        (
            "referenceName=NC_000017.11&start=1&alternateBases=A&assemblyId=GRCh37",
            "assemblyId",
        ),
        ("referenceName=chr1&start=1&alternateBases=Q&assemblyId=GRCh38", "alternateBases"),
        ("referenceName=chr1&start=10&end=5&assemblyId=GRCh38", "end"),
        ("referenceName=chr99&start=1&alternateBases=A&assemblyId=GRCh38", "referenceName"),
        ("nonsense=1", "nonsense"),
        ("requestedGranularity=everything", "requestedGranularity"),
        ("skip=-1", "skip"),
        ("filters=HP:0001250&filters=HP:0000707", "filters"),
    ] {
        let reply = client.get(&format!("/beacon/g_variants?{query}"), None);
        assert_eq!(reply.status, 400, "{query}: {}", reply.text());
        shaped("/beacon", &reply);
        let message = reply.json()["error"]["errorMessage"].as_str().unwrap().to_owned();
        assert!(message.contains(named), "{query}: {message}");
    }
    let unbounded = client.get("/beacon/g_variants", None);
    assert!(unbounded.status >= 400, "a query without parameters would list the whole programme");
    let body = json!({"meta": {"apiVersion": "v2.1.1"}, "query": {"requestParameters": {"start": [1]}, "filters": "HP:0001250"}});
    assert_eq!(client.post("/beacon/individuals", None, &body).status, 400);
    let unknown = client.get("/beacon/individuals?datasets=nothing", None);
    assert!(matches!(unknown.status, 400 | 403 | 404), "{}", unknown.text());
    shaped("/beacon", &unknown);
}

#[test]
fn errors_are_valid_against_the_official_schema() {
    let Some(schemas) = crate::registry::official::beacon_errors() else {
        return;
    };
    let client = &small().served.client;
    for path in [
        "/beacon/nothing",
        "/beacon/g_variants?nonsense=1",
        "/beacon/individuals?filters=",
        "/beacon/g_variants",
    ] {
        let body = client.get(path, None).json();
        let faults: Vec<String> = schemas.iter_errors(&body).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(faults.is_empty(), "{path}: {faults:?} {body}");
    }
}

#[test]
fn a_compressed_body_is_refused_with_415_in_the_format_of_its_standard() {
    let client = &small().served.client;
    for path in [
        "/htsget/reads/x",
        "/beacon/individuals",
        "/ga4gh/drs/v1/objects/x",
        "/federation/g_variants",
        "/access/v1/explain",
        "/recontact/requests",
    ] {
        let headers = [("Content-Type", "application/json"), ("Content-Encoding", "gzip")];
        let reply = client.send("POST", path, &headers, Some(&[0x1f, 0x8b, 0x08, 0x00])).expect(415);
        shaped(path, &reply);
        assert!(reply.text().contains("Content-Encoding"), "{path}: {}", reply.text());
        let plain = [("Content-Type", "application/json"), ("Content-Encoding", "identity")];
        assert_ne!(client.send("POST", path, &plain, Some(b"{}")).status, 415, "{path}");
    }
}
