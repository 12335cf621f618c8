//! The access log: one line for each request, with checked ids and numbers only.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use gemj_demo::Persona;
use gemj_tests::big_file::load_big_file;
use gemj_tests::htsget_client::block_urls;
use gemj_tests::programme::run_gateway;
use gemj_tests::small_data::{SHARED_VARIANT, person};
use gemj_tests::{Backend, GatewayProcess, Programme};
use serde_json::Value;

use super::{configure, until};
use crate::small::loaded;

const ID: &str = "0af7651916cd43dd8448eb211c80319c";

/// The access line with a request id, as its members. Waits for the line, because it is written after the body.
pub(super) fn line_of(served: &GatewayProcess, id: &str) -> HashMap<String, String> {
    until(&format!("no access line of {id}"), || {
        let log = served.log();
        let line = log.lines().find(|line| line.contains(&format!(" request={id} ")))?;
        let (_, fields) = line.split_once("gemj_gateway::access: ")?;
        let pair = |field: &str| field.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        fields.split(' ').map(pair).collect()
    })
}

#[test]
fn a_line_has_operation_status_bytes_and_the_decision_of_the_answer() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let authorization = format!("Bearer {token}");
    let id = programme.object_of(&person(1), "BAM");
    let headers = [("Authorization", authorization.as_str()), ("X-Request-Id", ID)];
    let reply = served
        .client
        .send("GET", &format!("/htsget/reads/{id}"), &headers, None)
        .expect(200);
    assert_eq!(reply.header("x-request-id"), ID);
    let line = line_of(&served, ID);
    assert_eq!(line["operation"], "searchReadId");
    assert_eq!((line["status"].as_str(), line["end"].as_str()), ("200", "whole"));
    assert_eq!(line["bytes"], reply.body.len().to_string());
    assert!(line["duration_ms"].parse::<f64>().unwrap() >= line["ready_ms"].parse::<f64>().unwrap());
    assert_eq!(line["decision"].len(), 32);

    let other = "11111111-2222-3333-4444-5555aaaabbbb";
    let refused = served
        .client
        .send(
            "GET",
            "/ga4gh/drs/v1/objects/nothing",
            &[("Authorization", &authorization), ("X-Request-Id", other)],
            None,
        )
        .expect(404);
    let line = line_of(&served, other);
    assert_eq!((line["operation"].as_str(), line["status"].as_str()), ("GetObject", "404"));
    assert!(refused.text().contains(&line["decision"]), "{line:?}: {}", refused.text());
}

#[test]
fn head_unknown_paths_and_refused_requests_have_a_line_too() {
    let programme = Programme::new(Backend::Embedded);
    let served = programme.serve();
    for (number, method, path, operation, status) in [
        (1, "HEAD", "/services", "getServices", 200),
        (2, "GET", "/no/such/path", "none", 404),
        (3, "DELETE", "/services", "none", 405),
        (4, "GET", "/services?access_token=abc", "getServices", 401),
        (5, "OPTIONS", "/ga4gh/drs/v1/objects/x", "OptionsObject", 404),
    ] {
        let id = format!("{number:032x}");
        let reply = served.client.send(method, path, &[("X-Request-Id", &id)], None);
        assert_eq!(reply.header("x-request-id"), id, "{method} {path}");
        let line = line_of(&served, &id);
        assert_eq!(line["operation"], operation, "{method} {path}");
        assert_eq!(line["status"], reply.status.to_string());
        assert!(status == reply.status || method == "OPTIONS", "{method} {path}: {}", reply.status);
        assert_eq!(line["end"], "whole", "{method} {path}");
        assert!(!line.contains_key("decision"), "{method} {path}: {line:?}");
    }
}

#[test]
fn a_request_id_of_another_form_is_replaced_and_never_logged() {
    let programme = Programme::new(Backend::Embedded);
    let served = programme.serve();
    for sent in ["hanako.yamada", "0AF7651916CD43DD8448EB211C80319C", "short", &"a".repeat(33)] {
        let reply = served.client.send("GET", "/services", &[("X-Request-Id", sent)], None).expect(200);
        let made = reply.header("x-request-id").to_owned();
        assert!(made.len() == 32 && made != sent);
        assert_eq!(line_of(&served, &made)["operation"], "getServices");
    }
    let twice = served
        .client
        .send("GET", "/services", &[("X-Request-Id", ID), ("X-Request-Id", ID)], None);
    assert_ne!(twice.header("x-request-id"), ID);
    let log = served.stop();
    for secret in ["hanako", "0AF765", "short"] {
        assert!(!log.contains(secret), "{log}");
    }
}

#[test]
fn a_stream_whose_client_leaves_is_logged_as_aborted_when_it_ends() {
    const FILE_BYTES: usize = 24 * 1024 * 1024;
    let programme = Programme::new(Backend::Embedded);
    let _ = load_big_file(&programme, "BIG-01", FILE_BYTES);
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let id = programme.object_of("BIG-01", "VCF");
    let access = served.client.get(&format!("/ga4gh/drs/v1/objects/{id}/access/https"), Some(&token));
    let url = access.expect(200).json()["url"].as_str().unwrap().to_owned();
    let host = served.client.base.trim_start_matches("http://");
    let path = url.strip_prefix(&served.client.base).unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nX-Request-Id: {ID}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut begun = [0; 12];
    stream.read_exact(&mut begun).unwrap();
    assert!(!served.log().contains(ID), "the line is written before the stream ended");
    drop(stream);
    let line = line_of(&served, ID);
    assert_eq!(
        (line["operation"].as_str(), line["status"].as_str(), line["end"].as_str()),
        ("getBytes", "200", "aborted")
    );
    assert!(line["bytes"].parse::<usize>().unwrap() < FILE_BYTES);
    assert!(line["duration_ms"].parse::<f64>().unwrap() > line["ready_ms"].parse::<f64>().unwrap());

    let whole = served
        .client
        .send("GET", &url, &[("X-Request-Id", &ID.replace('0', "1"))], None)
        .expect(200);
    let line = line_of(&served, &ID.replace('0', "1"));
    assert_eq!(
        (line["end"].as_str(), line["bytes"].clone()),
        ("whole", whole.body.len().to_string())
    );
}

#[test]
fn the_json_format_has_one_object_in_each_line() {
    let programme = Programme::new(Backend::Embedded);
    configure(&programme.config(), "log", "format = \"json\"");
    let served = programme.serve();
    let _ = served.client.send("GET", "/services", &[("X-Request-Id", ID)], None).expect(200);
    let log = served.stop();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect();
    for line in &lines {
        for member in ["timestamp", "level", "target"] {
            assert!(line[member].is_string(), "{line}");
        }
    }
    let access = lines.iter().find(|line| line["request"] == ID).unwrap();
    assert_eq!(
        (access["target"].as_str(), access["operation"].as_str()),
        (Some("gemj_gateway::access"), Some("getServices"))
    );
    assert!(access["status"] == 200 && access["bytes"].as_u64().unwrap() > 0 && access["duration_ms"].is_f64());
}

#[test]
fn the_level_of_the_configuration_selects_the_access_log_and_the_variable_has_priority() {
    let programme = Programme::new(Backend::Embedded);
    configure(&programme.config(), "log", "level = \"warn\"");
    let served = programme.serve();
    let _ = served.client.get("/services", None).expect(200);
    assert!(!served.stop().contains("operation="));
    let served = programme.serve_with(&programme.config(), Some("warn,gemj_gateway::access=info"));
    let _ = served.client.get("/services", None).expect(200);
    assert!(served.stop().contains("operation=getServices"));
    configure(&programme.config(), "log", "level = \"loud=silent\"");
    let refused = run_gateway(["config", "check", programme.config().to_str().unwrap()]);
    assert!(
        refused.code == Some(2) && refused.err.contains("log.level"),
        "{}{}",
        refused.out,
        refused.err
    );
}

#[test]
fn no_level_that_an_operator_sets_lets_a_secret_into_the_log() {
    for (format, level) in [("text", "info"), ("json", "info"), ("json", "debug"), ("text", "trace")] {
        let programme = loaded(Backend::Embedded);
        configure(&programme.config(), "log", &format!("format = \"{format}\""));
        let served = programme.serve_with(&programme.config(), Some(level));
        let client = &served.client;
        let token = programme.passport(Persona::DomesticAcademic);
        let authorization = format!("Bearer {token}");
        let id = programme.object_of(&person(1), "BAM");
        let mut secrets: Vec<String> = token.split('.').map(str::to_owned).collect();
        let ticket = client
            .get(&format!("/htsget/reads/{id}?referenceName=chr1&start=17&end=2017"), Some(&token))
            .expect(200);
        let access = client
            .get(&format!("/ga4gh/drs/v1/objects/{id}/access/https"), Some(&token))
            .expect(200);
        let mut urls = block_urls(&ticket.json());
        urls.push(access.json()["url"].as_str().unwrap().to_owned());
        for url in &urls {
            let _ = client.get(url, None).expect(200);
            secrets.push(url.rsplit('/').next().unwrap().to_owned());
        }
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-hanako";
        let headers = [
            ("Authorization", authorization.as_str()),
            ("X-Request-Id", "patient-hanako"),
            ("traceparent", parent),
            ("tracestate", "name=hanako"),
            ("User-Agent", "hanako/1"),
            ("Referer", "https://hospital.example/hanako"),
        ];
        let path = format!("/beacon/individuals?filters=HP:0001250&{SHARED_VARIANT}&secretparameter=hanako");
        let _ = client.send("GET", &path, &headers, None);
        let _ = client.send("GET", "/fhir/Patient?identifier=urn:oid:1|secretnumber", &headers, None);
        let _ = client.send("GET", "/no/secretpath", &headers, None);
        let _ = client.send("SECRETMETHOD", "/services", &headers, None);
        let log = served.stop();
        assert!(log.lines().count() > 8, "{log}");
        secrets.extend(
            [
                "hanako",
                "secretparameter",
                "secretnumber",
                "secretpath",
                "TST-0",
                "demo-domestic-academic",
            ]
            .map(str::to_owned),
        );
        if level == "info" {
            // At `debug`, the libraries may log the words of a request, but none of the words above.
            secrets.extend(["SECRETMETHOD", "HP:0001250", "start=17", ".bam", id.as_str()].map(str::to_owned));
        }
        for secret in secrets {
            if let Some(line) = log.lines().find(|line| line.contains(&secret)) {
                panic!("{format} {level}: {secret}: {}", line.chars().take(400).collect::<String>());
            }
        }
    }
}
