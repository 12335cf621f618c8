//! Tests of the whole program: standards that are not offered, exit statuses, texts that are never printed, and hosts that never receive a token.

use std::sync::{Arc, Mutex};

use clap::Parser as _;
use serde_json::{Value, json};

use super::right::{EXPIRED, FHIR, GOOD, VISALESS};
use super::{Request, Response, Server, right, target};
use crate::check::{Standard, Stop, make_all};
use crate::cli::{self, Arguments};

/// Runs the program with the valid token and without settings. Returns its exit status and its JSON report.
fn run(server: &Server, extra: &[&str]) -> (u8, Value) {
    let folder = tempfile::tempdir().unwrap();
    let (token, report) = (folder.path().join("token"), folder.path().join("report.json"));
    std::fs::write(&token, GOOD).unwrap();
    let (token, report_path) = (token.to_str().unwrap(), report.to_str().unwrap());
    let mut words = vec!["ga4gh-conformance", &server.url, "--token-file", token, "--report", report_path];
    words.extend(extra);
    let status = cli::run(&Arguments::parse_from(words)).unwrap_or(cli::COULD_NOT_RUN);
    let report = std::fs::read(&report).map_or(Value::Null, |bytes| serde_json::from_slice(&bytes).unwrap());
    (status, report)
}

fn nothing(_: &Request) -> Response {
    Response::json(404, &json!({}))
}

#[test]
fn right_answers_end_with_0_and_checks_without_their_settings_are_skipped_and_name_them() {
    let server = Server::start(right::answer);
    let (status, report) = run(&server, &[]);
    assert_eq!(status, 0, "{report:#}");
    assert_eq!(report["totals"]["failed"], 0);
    let lines: Vec<&Value> = report["standards"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|group| group["checks"].as_array().unwrap())
        .collect();
    assert_eq!(lines.len(), 79);
    let skipped = |reason: &str| lines.iter().any(|line| line["outcome"] == "skipped" && line["got"] == reason);
    for reason in [
        "no schemas folder",
        "needs drs.object_id",
        "needs wes.workflow_file",
        "needs fhir.patient_identifier",
        "needs beacon.assembly",
    ] {
        assert!(skipped(reason), "{reason} in {report:#}");
    }
    for line in lines {
        assert!(line["title"].as_str().unwrap().ends_with('.') && !line["reference"].as_str().unwrap().is_empty());
        assert!(line["duration_ms"].is_u64() && line["expected"].is_string());
    }
    assert!(report["started_at"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
}

#[test]
fn a_failed_check_ends_with_1() {
    let server = Server::start(|request| match request.path.as_str() {
        "/services/types" => Response::json(500, &json!({})),
        _ => right::answer(request),
    });
    assert_eq!(run(&server, &["--standard", "service-registry,beacon"]).0, 1);
    let (status, report) = run(&server, &["--standard", "beacon"]);
    assert_eq!((status, report["standards"].as_array().unwrap().len()), (0, 1));
}

#[test]
fn a_server_without_standards_and_an_unreachable_server_end_with_2() {
    let server = Server::start(nothing);
    assert_eq!(run(&server, &[]).0, cli::COULD_NOT_RUN);
    // The server has stopped, so no process listens on its port.
    let ended = Server::start(nothing);
    let url = ended.url.clone();
    drop(ended);
    assert!(cli::run(&Arguments::parse_from(["ga4gh-conformance", &url])).is_err());
}

#[test]
fn a_standard_is_not_offered_only_if_unlisted_and_404() {
    let gone = |request: &Request| request.path.starts_with("/beacon") || request.path.starts_with("/fhir");
    // No registry lists FHIR, and FHIR answers 404. Beacon answers 404 too, but the registry lists it.
    let server = Server::start(move |request| if gone(request) { nothing(request) } else { right::answer(request) });
    let target = target(&server);
    let findings = |standard| make_all(standard, &target).into_iter().map(|made| made.finding).collect::<Vec<_>>();
    assert!(
        findings(Standard::Fhir)
            .iter()
            .all(|finding| matches!(finding, Err(Stop::NotOffered(_))))
    );
    assert!(
        findings(Standard::Beacon)
            .iter()
            .any(|finding| matches!(finding, Err(Stop::Fail(_))))
    );
    // FHIR answers 500 here, so it is offered and broken, not absent.
    let broken = Server::start(|request| match request.path.starts_with("/fhir") {
        true => Response::json(500, &json!({})),
        false => right::answer(request),
    });
    let target = super::target(&broken);
    assert!(
        make_all(Standard::Fhir, &target)
            .iter()
            .any(|made| matches!(made.finding, Err(Stop::Fail(_))))
    );
}

#[test]
fn no_report_shows_a_token_even_if_the_server_echoes_it() {
    let server = Server::start(|request| {
        let mut response = right::answer(request);
        if let Some(value) = request.header("authorization") {
            let text = format!("you sent {value}");
            response = Response::json(400, &json!({"msg": text, "title": text, "status": 400}));
        }
        response
    });
    let target = target(&server);
    let censor = crate::report::Censor::new(&target.tokens, target.settings.fhir.patient_identifier.as_deref());
    let mut report = crate::report::Report::begin(&target.base, true);
    for standard in Standard::ALL {
        report.add(standard, target.base_of(standard), make_all(standard, &target), &censor);
    }
    for shown in [report.text(), report.json().unwrap()] {
        for secret in GOOD.split('.').chain([EXPIRED, VISALESS, FHIR, "urn:x|1", "urn%3Ax"]) {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}

#[test]
fn a_token_is_sent_only_to_hosts_that_the_caller_named() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&heard);
    let elsewhere = Server::start(move |request| {
        hears
            .lock()
            .unwrap()
            .push((request.path.clone(), request.header("authorization").is_some()));
        right::answer(request)
    });
    let other = elsewhere.url.clone();
    // The registry lists services on another host, and one path redirects to that host.
    let server = Server::start(move |request| match request.path.as_str() {
        "/services" => {
            let mut response = right::answer(request);
            let text = String::from_utf8(response.body).unwrap().replace(&request.url(), &other);
            response.body = text.into_bytes();
            response
        }
        "/beacon/g_variants" => Response::json(302, &json!({})).with("Location", &format!("{other}/beacon/g_variants")),
        _ => right::answer(request),
    });
    let target = target(&server);
    for standard in Standard::ALL {
        make_all(standard, &target);
    }
    let heard = heard.lock().unwrap();
    assert!(heard.iter().all(|(_, with_token)| !with_token), "{heard:?}");
}
