//! Traces: the spans that arrive at a collector, decoded with OpenTelemetry's own messages.

use std::path::PathBuf;
use std::process::{Child, ChildStdin, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use gemj_demo::Persona;
use gemj_tests::oracle::script;
use gemj_tests::programme::run_gateway;
use gemj_tests::small_data::{SHARED_VARIANT, person};
use gemj_tests::{Backend, Programme};
use serde_json::Value;

use super::{configure, until};
use crate::small::loaded;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// A collector that decodes what arrives. It ends when the value is dropped.
struct Collector {
    process: Child,
    input: Option<ChildStdin>,
    spans: PathBuf,
    port: u16,
}

impl Collector {
    fn start(programme: &Programme) -> Self {
        let (port_file, spans) = (programme.path("collector.port"), programme.path("spans.jsonl"));
        let mut command = script("collector.py");
        command.arg(&port_file).arg(&spans).stdin(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let input = process.stdin.take();
        let port = until("the collector does not start", || {
            std::fs::read_to_string(&port_file).ok()?.parse().ok()
        });
        Self {
            process,
            input,
            spans,
            port,
        }
    }

    fn spans(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.spans).unwrap();
        // The last line may be incomplete while the collector writes.
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.process.wait();
    }
}

fn traced(more: &str) -> (Programme, Collector) {
    let programme = loaded(Backend::Embedded);
    let collector = Collector::start(&programme);
    let endpoint = format!("endpoint = \"http://127.0.0.1:{}/v1/traces\"\n{more}", collector.port);
    configure(&programme.config(), "traces", &endpoint);
    (programme, collector)
}

fn now_ns() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos()).unwrap()
}

#[test]
fn a_request_becomes_a_span_with_its_steps_in_the_callers_trace() {
    let (programme, collector) = traced("");
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let id = programme.object_of(&person(1), "BAM");
    let (authorization, parent) = (format!("Bearer {token}"), format!("00-{TRACE}-{PARENT}-01"));
    let headers = [("Authorization", authorization.as_str()), ("traceparent", parent.as_str())];
    let before = now_ns();
    let path = format!("/beacon/individuals?{SHARED_VARIANT}&requestedGranularity=count");
    let reply = served.client.send("GET", &path, &headers, None).expect(200);
    let after = now_ns();
    let _ = served
        .client
        .get(&format!("/htsget/reads/{id}?referenceName=chr1"), Some(&token))
        .expect(200);
    let request = reply.header("x-request-id").to_owned();
    // The spans that wait are sent when the gateway ends.
    let log = served.stop();
    assert!(log.contains(&format!("trace={TRACE}")), "{log}");
    let spans = collector.spans();
    let root = spans
        .iter()
        .find(|span| span["trace"] == TRACE && span["parent"] == PARENT)
        .unwrap();
    assert_eq!((root["name"].as_str(), root["kind"].as_i64()), (Some("getIndividuals"), Some(2)));
    assert_eq!(
        (root["service"]["service.name"].as_str(), root["scope"].as_str()),
        (Some("example.gemj.gateway.demo"), Some("gemj-gateway"))
    );
    let attributes = root["attributes"].as_object().unwrap();
    assert_eq!(attributes["http.route"], "/beacon/individuals");
    assert_eq!(
        (&attributes["http.response.status_code"], &attributes["http.request.method"]),
        (&200.into(), &"GET".into())
    );
    assert_eq!(attributes["gemj.request_id"], request.as_str());
    assert_eq!(attributes["gemj.decision"].as_str().unwrap().len(), 32);
    let names: Vec<&str> = attributes.keys().map(String::as_str).collect();
    assert_eq!(names.len(), 5, "{names:?}");
    let (began, ended) = (root["began"].as_u64().unwrap(), root["ended"].as_u64().unwrap());
    assert!(
        before <= began && began < ended && ended <= after + 1_000_000_000,
        "{before} {began} {ended} {after}"
    );
    let children: Vec<&Value> = spans.iter().filter(|span| span["parent"] == root["id"]).collect();
    for name in ["decide", "store read", "audit wait"] {
        let child = children
            .iter()
            .find(|child| child["name"] == name)
            .unwrap_or_else(|| panic!("no {name}: {children:?}"));
        assert!(child["trace"] == TRACE && child["kind"] == 1 && child["attributes"] == serde_json::json!({}));
        assert!(began <= child["began"].as_u64().unwrap() && child["ended"].as_u64().unwrap() <= ended);
    }
    // A request without a caller's trace begins its own.
    let own = spans.iter().find(|span| span["name"] == "searchReadId").unwrap();
    assert!(own["trace"] != TRACE && own["parent"] == "");
}

#[test]
fn spans_contain_no_person_no_token_no_capability_and_no_query() {
    let (programme, collector) = traced("");
    let served = programme.serve();
    let client = &served.client;
    let token = programme.passport(Persona::DomesticAcademic);
    let id = programme.object_of(&person(1), "BAM");
    let access = client
        .get(&format!("/ga4gh/drs/v1/objects/{id}/access/https"), Some(&token))
        .expect(200);
    let url = access.json()["url"].as_str().unwrap().to_owned();
    let _ = client.get(&url, None).expect(200);
    let headers = [("traceparent", "00-hanako"), ("tracestate", "hanako=1"), ("X-Request-Id", "hanako")];
    let _ = client.send("GET", "/no/secretpath?secretquery", &headers, None);
    let _ = client.send("SECRETMETHOD", "/services", &headers, None);
    drop(served);
    let text = std::fs::read_to_string(&collector.spans).unwrap();
    assert!(text.contains("getBytes"), "{text}");
    let mut secrets: Vec<&str> = token.split('.').collect();
    secrets.extend(["hanako", "secret", "SECRET", id.as_str(), "TST-", url.rsplit('/').next().unwrap()]);
    for secret in secrets {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[test]
fn a_caller_cannot_force_traces_and_can_decline_them() {
    let (programme, collector) = traced("sample = 0.0");
    let served = programme.serve();
    let _ = served
        .client
        .send("GET", "/services", &[("traceparent", &format!("00-{TRACE}-{PARENT}-01"))], None)
        .expect(200);
    drop(served);
    assert!(collector.spans().is_empty());
    drop(collector);
    let (programme, collector) = traced("");
    let served = programme.serve();
    let _ = served
        .client
        .send("GET", "/services", &[("traceparent", &format!("00-{TRACE}-{PARENT}-00"))], None)
        .expect(200);
    drop(served);
    assert!(collector.spans().iter().all(|span| span["trace"] != TRACE));
}

#[test]
fn a_collector_that_is_absent_is_logged_once_and_requests_are_answered() {
    let programme = loaded(Backend::Embedded);
    configure(&programme.config(), "traces", "endpoint = \"http://127.0.0.1:9/v1/traces\"");
    let served = programme.serve();
    for _ in 0..3 {
        let _ = served.client.get("/services", None).expect(200);
    }
    until("no span is counted as dropped", || {
        let text = served.client.get("/metrics", None).expect(200).text();
        let line = text.lines().find(|line| line.starts_with("gemj_trace_spans_dropped_total "))?;
        (line != "gemj_trace_spans_dropped_total 0").then_some(())
    });
    let log = served.stop();
    assert_eq!(log.matches("the collector does not accept spans").count(), 1, "{log}");
}

#[test]
fn an_address_of_a_collector_that_cannot_be_used_is_a_fault_of_the_configuration() {
    let programme = Programme::new(Backend::Embedded);
    for (lines, fault) in [
        ("endpoint = \"ftp://collector.example/\"", "traces.endpoint"),
        ("endpoint = \"http://user:word@collector.example/\"", "traces.endpoint"),
        ("endpoint = \"http://127.0.0.1:9/v1/traces\"\nsample = 1.5", "traces.sample"),
    ] {
        let before = std::fs::read_to_string(programme.config()).unwrap();
        configure(&programme.config(), "traces", lines);
        let checked = run_gateway(["config", "check", programme.config().to_str().unwrap()]);
        assert!(
            checked.code == Some(2) && checked.err.contains(fault),
            "{}{}",
            checked.out,
            checked.err
        );
        assert!(!checked.err.contains("word"), "{}", checked.err);
        std::fs::write(programme.config(), before).unwrap();
    }
}
