//! The access log of every route: one line with the route's operation, and nothing of the path, the query, the headers or the body.

use gemj_demo::Persona;
use gemj_tests::Backend;
use gemj_tests::binary::workspace;

use super::access_log::line_of;
use crate::small::loaded;

/// A route of the table: method, template and operation.
#[derive(Debug)]
struct Route {
    method: String,
    template: String,
    operation: String,
}

/// The lines of the route table, read from its source.
fn routes() -> Vec<Route> {
    let text = std::fs::read_to_string(workspace().join("gateway/server/src/http/routes.rs")).unwrap();
    let mut routes = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split('"').collect();
        // A line of the table: standard, template, and for each method its name and operation.
        let [standard, template, rest @ ..] = words.as_slice() else {
            continue;
        };
        let standard = standard.trim();
        let is_route = template.starts_with('/') && !standard.is_empty() && standard.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_route || !line.contains("=>") {
            continue;
        }
        for pair in rest.chunks(2) {
            if let [before, operation] = pair {
                let method = before.split_whitespace().last().unwrap().to_uppercase();
                routes.push(Route {
                    method,
                    template: (*template).to_owned(),
                    operation: (*operation).to_owned(),
                });
            }
        }
    }
    routes
}

/// The path of a template, with a recognisable text in each place of a parameter.
fn path_of(template: &str) -> String {
    let segments = template.split('/').map(|segment| match segment.strip_prefix('{') {
        None => segment.to_owned(),
        // A type of resource is no secret, and another text would match no route.
        Some(parameter) if parameter.starts_with("type:") => "Observation".to_owned(),
        Some(parameter) => format!("secretparameter-{}", parameter.trim_end_matches('}')),
    });
    segments.collect::<Vec<_>>().join("/")
}

#[test]
fn every_route_is_logged_with_its_operation_and_with_nothing_that_the_caller_sent() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let routes = routes();
    assert!(routes.len() > 120, "the route table was not found: {}", routes.len());
    let token = programme.passport(Persona::DomesticAcademic);
    let authorization = format!("Bearer {token}");
    let body = br#"{"secretbody": "hanako", "passports": ["secretpassport"]}"#;
    let mut expected = Vec::new();
    for (number, route) in routes.iter().enumerate() {
        let id = format!("{number:032x}");
        let path = format!("{}?secretquery=hanako", path_of(&route.template));
        let headers = [
            ("Authorization", authorization.as_str()),
            ("X-Request-Id", id.as_str()),
            ("Content-Type", "application/json"),
            ("User-Agent", "secretagent"),
        ];
        let with_body = ["POST", "PUT"].contains(&route.method.as_str()).then_some(body.as_slice());
        let reply = served.client.send(&route.method, &path, &headers, with_body);
        expected.push((id, route, reply.status));
    }
    for (id, route, status) in expected {
        let line = line_of(&served, &id);
        assert_eq!(line["operation"], route.operation, "{route:?}");
        assert_eq!(line["status"], status.to_string(), "{route:?}");
        let allowed = [
            "request",
            "operation",
            "status",
            "end",
            "bytes",
            "ready_ms",
            "duration_ms",
            "decision",
            "decisions",
            "trace",
        ];
        for member in line.keys() {
            assert!(allowed.contains(&member.as_str()), "{route:?}: {member}");
        }
    }
    let log = served.stop();
    let mut secrets: Vec<&str> = token.split('.').collect();
    secrets.extend([
        "secretparameter",
        "secretquery",
        "secretbody",
        "secretpassport",
        "secretagent",
        "hanako",
        "domestic-academic",
    ]);
    for secret in secrets {
        assert!(
            !log.contains(secret),
            "{secret}: {}",
            log.lines().find(|line| line.contains(secret)).unwrap()
        );
    }
}
