//! `/readyz`, `/metrics`, forwarded headers of a proxy, and the limit of anonymous requests.

use std::time::{Duration, Instant};

use gemj_demo::Persona;
use gemj_tests::programme::{free_address, private};
use gemj_tests::{Backend, Client, GatewayProcess, Programme};

/// An installation in which other configuration lines replace the lines that open `/metrics`.
fn configured(put: &str) -> Programme {
    let programme = Programme::new(Backend::Embedded);
    let text = std::fs::read_to_string(programme.config()).unwrap();
    let open = "[metrics]\naccess = \"open\"\n";
    assert_eq!(text.matches(open).count(), 1);
    std::fs::write(programme.config(), text.replace(open, put)).unwrap();
    programme
}

fn until_ready_is(served: &GatewayProcess, status: u16) -> String {
    let begun = Instant::now();
    loop {
        let reply = served.client.get("/readyz", None);
        if reply.status == status {
            return reply.text();
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "still {}", reply.status);
        std::thread::yield_now();
    }
}

#[test]
fn readyz_fails_while_the_folder_of_objects_is_missing() {
    let programme = Programme::new(Backend::Embedded);
    let served = programme.serve();
    let (folder, away) = (programme.path("objects"), programme.path("objects-away"));
    std::fs::rename(&folder, &away).unwrap();
    let said = until_ready_is(&served, 503);
    assert!(said.contains("objects"), "{said}");
    assert_eq!(served.client.get("/healthz", None).status, 200);
    std::fs::rename(&away, &folder).unwrap();
    until_ready_is(&served, 200);
}

#[test]
fn metrics_are_not_found_unless_the_configuration_opens_them() {
    let programme = configured("");
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    assert_eq!(served.client.get("/metrics", None).status, 404);
    assert_eq!(served.client.get("/metrics", Some(&token)).status, 404);
}

#[test]
fn metrics_with_a_token_are_open_only_with_this_token() {
    let programme = configured("[metrics]\naccess = \"token\"\ntoken_file = \"metrics.token\"\n");
    let refused = programme.run(&["serve"]);
    assert_eq!(refused.code, Some(2), "the token file is absent");
    private(&programme.path("metrics.token"), "short\n");
    assert!(programme.run(&["serve"]).err.contains("16 characters"));
    private(&programme.path("metrics.token"), "0123456789abcdef0123\n");
    let served = programme.serve();
    assert_eq!(served.client.get("/metrics", None).status, 401);
    assert_eq!(served.client.get("/metrics", Some("0123456789abcdef0124")).status, 401);
    assert_eq!(
        served
            .client
            .get("/metrics", Some(&programme.passport(Persona::DomesticAcademic)))
            .status,
        401
    );
    let text = served.client.get("/metrics", Some("0123456789abcdef0123")).expect(200).text();
    assert!(text.contains("gemj_http_responses_total"), "{text}");
}

#[test]
fn a_separate_address_for_metrics_serves_only_metrics() {
    let address = free_address();
    let programme = configured(&format!("[metrics]\nlisten = \"{address}\"\n"));
    let served = programme.serve();
    assert_eq!(served.client.get("/metrics", None).status, 404);
    let apart = Client::new(&format!("http://{address}"));
    assert!(apart.get("/metrics", None).expect(200).text().contains("gemj_decisions_total"));
    for path in ["/healthz", "/beacon/info", "/"] {
        assert_eq!(apart.get(path, None).status, 404, "{path}");
    }
}

#[test]
fn an_unconfigured_proxy_is_logged_once_and_its_headers_are_ignored() {
    let programme = Programme::new(Backend::Embedded);
    let served = programme.serve();
    for _ in 0..3 {
        let reply = served
            .client
            .send("GET", "/beacon/info", &[("X-Forwarded-For", "192.0.2.77")], None);
        assert_eq!(reply.status, 200);
    }
    let log = served.stop();
    assert_eq!(log.matches("server.trusted_proxies").count(), 1, "{log}");
    assert!(!log.contains("192.0.2.77"), "{log}");
}

#[test]
fn config_check_names_a_public_address_with_tls_and_no_proxy() {
    let programme = Programme::new(Backend::Embedded);
    let config = programme.config();
    let check = || gemj_tests::programme::run_gateway(["config", "check", config.to_str().unwrap()]).good();
    assert!(!check().err.contains("trusted_proxies"));
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("public_url = \"http://", "public_url = \"https://")).unwrap();
    assert!(check().err.contains("server.trusted_proxies is empty"));
}

#[test]
fn anonymous_requests_have_a_separate_limit() {
    let programme = configured("[limits]\nanonymous_requests_per_minute = 3\n");
    let served = programme.serve();
    let asked = |token: Option<&str>| served.client.get("/beacon/info", token).status;
    assert_eq!([asked(None), asked(None), asked(None), asked(None)], [200, 200, 200, 429]);
    let token = programme.passport(Persona::DomesticAcademic);
    for _ in 0..5 {
        assert_eq!(asked(Some(&token)), 200);
    }
}
