//! Invalid htsget requests are refused with htsget error bodies.

use gemj_demo::Persona;
use gemj_tests::small_data::person;
use serde_json::json;

use super::ticket_requests::{CONTENT_TYPE, TicketRequests, refused};
use crate::small::small;

#[test]
fn unknown_and_malformed_ids_get_the_same_not_found() {
    let small = small();
    let client = &small.served.client;
    let token = small.programme.passport(Persona::DomesticAcademic);
    let id = small.programme.object_of(&person(1), "BAM");
    let long = "a".repeat(60_000);
    for path in [
        "a/b",
        "a%2Fb",
        "a/b/c.bam",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "..%5c..%5cetc",
        "%00",
        "%ff%fe",
        "objects/x",
        "file:%2f%2f%2fetc%2fpasswd",
        "service-info/x",
        "service-info%2f",
        "%E3%81%82",
        "'%20OR%201=1--",
        &format!("{id}/"),
        &format!("{id}%20"),
        &format!("{id}.bam"),
        &format!("x/../{id}x"),
        &id[..id.len() - 1],
        &long,
    ] {
        for endpoint in ["reads", "variants"] {
            let shown: String = path.chars().take(40).collect();
            let reply = client.get(&format!("/htsget/{endpoint}/{path}"), Some(&token));
            assert!(
                matches!(reply.status, 404 | 400 | 414),
                "{shown}: {} {}",
                reply.status,
                reply.text()
            );
            assert_eq!(reply.header("content-type"), CONTENT_TYPE, "{shown}");
            assert!(
                !reply.text().contains("/etc") && !reply.text().contains("objects"),
                "{shown}: {}",
                reply.text()
            );
        }
    }
    let other = client.get(&format!("/htsget/variants/{id}"), Some(&token));
    refused(&other, 404, "NotFound");
}

/// Like other servers, actix limits the size of a request's head. It closes the connection after a longer head.
#[test]
fn an_id_of_one_mebibyte_is_refused_and_the_next_request_is_answered() {
    use std::io::{Read as _, Write as _};
    let small = small();
    let address = small.served.client.base.trim_start_matches("http://").to_owned();
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    let _ = stream.write_all(format!("GET /htsget/reads/{} HTTP/1.1\r\nHost: {address}\r\n\r\n", "a".repeat(1 << 20)).as_bytes());
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{}", &said[..said.len().min(80)]);
    assert_eq!(small.served.client.get("/htsget/reads/service-info", None).status, 200);
}

#[test]
fn unsupported_methods_are_refused_with_htsget_errors() {
    let asking = TicketRequests::reads("spliced");
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        let reply = asking.send(method, &[], None);
        refused(&reply, 405, "InvalidInput");
        assert!(
            reply.header("allow").contains("GET") && reply.header("allow").contains("POST"),
            "{method}"
        );
    }
    let head = asking.send("HEAD", &[], None);
    assert!(matches!(head.status, 200 | 405), "{}", head.status);
    assert!(head.body.is_empty());
}

#[test]
fn an_invalid_body_is_refused_with_an_htsget_error() {
    let asking = TicketRequests::reads("spliced");
    let json = [("Content-Type", "application/json")];
    for body in [
        "",
        " ",
        "{",
        "[]",
        "null",
        "5",
        "\"x\"",
        "{\"regions\":{}}",
        "{\"regions\":[5]}",
        "{\"fields\":\"QNAME\"}",
        "{\"tags\":{}}",
        "{}{}",
        "\u{feff}{}",
    ] {
        refused(&asking.send("POST", &json, Some(body.as_bytes())), 400, "InvalidInput");
    }
    refused(&asking.send("POST", &json, Some(b"\xff\xfe")), 400, "InvalidInput");
    for media_type in ["text/plain", "application/xml", "multipart/form-data; boundary=x"] {
        refused(
            &asking.send("POST", &[("Content-Type", media_type)], Some(b"{}")),
            415,
            "InvalidInput",
        );
    }
    let with_charset = asking.send(
        "POST",
        &[("Content-Type", "application/json; charset=utf-8")],
        Some(b"{\"class\":\"header\"}"),
    );
    assert_eq!(with_charset.status, 200, "{}", with_charset.text());
    let large = format!("{{\"x\":\"{}\"}}", "a".repeat(2 << 20));
    refused(&asking.send("POST", &json, Some(large.as_bytes())), 413, "PayloadTooLarge");
}

#[test]
fn requests_without_a_valid_token_are_refused_with_htsget_errors() {
    let small = small();
    let client = &small.served.client;
    let id = small.programme.object_of(&person(1), "BAM");
    for path in [format!("/htsget/reads/{id}"), "/htsget/variants/unknown".to_owned()] {
        for (token, name) in [(Some("nonsense"), "nonsense"), (Some("a.b.c"), "no token"), (Some(""), "empty")] {
            let reply = client.get(&path, token);
            refused(&reply, 401, "InvalidAuthentication");
            assert!(!reply.text().contains("a.b.c"), "{name}");
        }
        let expired = small.programme.passport(Persona::Expired);
        let reply = client.get(&path, Some(&expired));
        assert!(reply.status == 401 || reply.status == 404, "{}", reply.text());
        let nothing = client.get(&path, None);
        assert!(matches!(nothing.status, 401 | 403 | 404), "{}", nothing.text());
        let error = nothing.json()["htsget"]["error"].as_str().unwrap().to_owned();
        refused(&nothing, nothing.status, &error);
    }
}

#[test]
fn positions_are_unsigned_numbers_of_32_bits() {
    let asking = TicketRequests::reads("spliced");
    for value in [
        "-1",
        "+1",
        "1e3",
        "4294967296",
        "99999999999999999999",
        "0x10",
        "1.0",
        "",
        "%20",
        "1%20",
        "NaN",
        "%D9%A1",
    ] {
        refused(&asking.get(&format!("referenceName=synth1&start={value}")), 400, "InvalidInput");
        refused(&asking.get(&format!("referenceName=synth1&end={value}")), 400, "InvalidInput");
    }
    assert_eq!(asking.get("referenceName=synth1&start=4294967295").status, 200);
    refused(&asking.get("start=1"), 400, "InvalidInput");
    refused(&asking.get("end=1"), 400, "InvalidInput");
    refused(&asking.get("referenceName=*&start=1"), 400, "InvalidInput");
    refused(&asking.get("referenceName=*&end=1"), 400, "InvalidInput");
    refused(&asking.get("referenceName=synth1&start=6&end=5"), 400, "InvalidRange");
}

#[test]
fn a_repeated_parameter_is_refused() {
    let asking = TicketRequests::reads("spliced");
    for query in [
        "format=BAM&format=BAM",
        "class=header&class=header",
        "referenceName=synth1&referenceName=synth2",
        "referenceName=synth1&start=1&start=2",
        "referenceName=synth1&end=1&end=2",
        "fields=QNAME&fields=FLAG",
        "tags=NM&tags=XS",
        "notags=NM&notags=XS",
    ] {
        refused(&asking.get(query), 400, "InvalidInput");
    }
}

#[test]
fn query_parameters_of_a_post_are_refused() {
    let mut asking = TicketRequests::reads("spliced");
    let path = asking.path.clone();
    for query in [
        "format=BAM",
        "class=header",
        "referenceName=synth1",
        "start=1",
        "end=1",
        "fields=QNAME",
        "tags=",
        "notags=NM",
    ] {
        asking.path = format!("{path}?{query}");
        refused(&asking.post(&json!({})), 400, "InvalidInput");
    }
}

#[test]
fn a_post_with_an_empty_region_or_without_regions_is_refused() {
    let asking = TicketRequests::reads("spliced");
    let region = |start: u64, end: u64| json!({"regions": [{"referenceName": "synth1", "start": start, "end": end}]});
    refused(&asking.post(&region(5, 5)), 400, "InvalidRange");
    refused(&asking.post(&region(0, 0)), 400, "InvalidRange");
    refused(&asking.post(&region(6, 5)), 400, "InvalidRange");
    let second = json!({"regions": [{"referenceName": "synth1", "start": 1, "end": 5}, {"referenceName": "synth1", "start": 5, "end": 5}]});
    refused(&asking.post(&second), 400, "InvalidRange");
    refused(&asking.post(&json!({"regions": []})), 400, "InvalidInput");
    refused(&asking.post(&json!({"regions": null, "class": 5})), 400, "InvalidInput");
    refused(&asking.post(&json!({"regions": [{"referenceName": "nowhere"}]})), 404, "NotFound");
    refused(
        &asking.post(&json!({"regions": [{"referenceName": "synth1", "start": 4_294_967_296_u64}]})),
        400,
        "InvalidInput",
    );
    refused(
        &asking.post(&json!({"regions": [{"referenceName": "synth1", "start": 1.5}]})),
        400,
        "InvalidInput",
    );
    refused(
        &asking.post(&json!({"regions": [{"referenceName": "synth1", "start": "1"}]})),
        400,
        "InvalidInput",
    );
    refused(&asking.post(&json!({"regions": [{"start": 1, "end": 2}]})), 400, "InvalidInput");
    refused(
        &asking.post(&json!({"regions": [{"referenceName": "*", "start": 1, "end": 2}]})),
        400,
        "InvalidInput",
    );
}
