//! The alert rules and the dashboard of `docs/examples/monitoring` use only metrics that the gateway serves. The oracle is Prometheus's own promtool.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use gemj_tests::Backend;
use gemj_tests::binary::workspace;
use gemj_tests::oracle::run;
use gemj_tests::shared_data::skipped;
use serde_json::Value;

use super::metrics::protected;
use super::{METRICS_TOKEN, configure, until, with_protected_metrics};

fn example(name: &str) -> PathBuf {
    workspace().join("docs/examples/monitoring").join(name)
}

/// promtool; absent if it is not installed. The skip is reported.
fn promtool() -> Option<String> {
    let name = std::env::var("GEMJ_TEST_PROMTOOL").unwrap_or_else(|_| "promtool".to_owned());
    if Command::new(&name).arg("--version").output().is_ok() {
        return Some(name);
    }
    skipped("promtool is not installed: the alert rules and the metrics are not checked with it");
    None
}

/// The names of metrics in a text. The name of the program's crate, which the log contains, is no metric.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words
        .filter(|word| word.starts_with("gemj_") && *word != "gemj_gateway")
        .map(str::to_owned)
        .collect()
}

/// The expressions of every panel of the dashboard.
fn expressions(dashboard: &Value) -> Vec<String> {
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_metric_of_the_rules_and_the_dashboard_is_served() {
    let programme = with_protected_metrics(Backend::Embedded);
    // Nothing listens there. The metric about dropped spans exists if a collector is configured.
    configure(&programme.config(), "traces", "endpoint = \"http://127.0.0.1:9/v1/traces\"");
    let served = programme.serve();
    let _ = served.client.get("/services", None).expect(200);
    // The first head of the audit chain is signed soon after the start.
    let families = until("no head of the audit chain is signed", || {
        let families = protected(&served.client);
        families
            .value("gemj_audit_checkpoint_age_seconds", &[])
            .is_some()
            .then_some(families)
    });
    let served_names: BTreeSet<String> = families.names().into_iter().collect();
    let is_served = |name: &str| {
        // A family without values has its kind only. The Python parser calls a counter by its name without `_total`.
        served_names.contains(name) || families.kind(name).is_some() || families.kind(name.trim_end_matches("_total")).is_some()
    };
    let rules = std::fs::read_to_string(example("gemj-gateway.rules.yml")).unwrap();
    let tests = std::fs::read_to_string(example("gemj-gateway.rules.test.yml")).unwrap();
    let dashboard: Value = serde_json::from_slice(&std::fs::read(example("gemj-gateway.dashboard.json")).unwrap()).unwrap();
    let shown = expressions(&dashboard).join("\n");
    let page = std::fs::read_to_string(workspace().join("docs/monitoring.md")).unwrap();
    for (file, text) in [
        ("rules", &rules),
        ("tests of the rules", &tests),
        ("dashboard", &shown),
        ("docs/monitoring.md", &page),
    ] {
        let names = named(text);
        assert!(names.len() > 2, "{file}: {names:?}");
        for name in names {
            // A name that ends with an underscore is a prefix in a text.
            assert!(name.ends_with('_') || is_served(&name), "{file}: {name} is not served");
        }
    }
    // Every served metric is documented.
    let documented = named(&page);
    for name in &served_names {
        let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        assert!(
            documented.contains(base.unwrap_or(name)),
            "docs/monitoring.md does not explain {name}"
        );
    }
}

#[test]
fn promtool_accepts_the_rules_their_tests_and_the_metrics() {
    let Some(promtool) = promtool() else { return };
    let rules = example("gemj-gateway.rules.yml");
    let _ = run(&promtool, ["check", "rules", rules.to_str().unwrap()], b"");
    let tests = example("gemj-gateway.rules.test.yml");
    let _ = run(&promtool, ["test", "rules", tests.to_str().unwrap()], b"");
    let programme = with_protected_metrics(Backend::Embedded);
    let served = programme.serve();
    let _ = served.client.get("/services", None).expect(200);
    let text = served.client.get("/metrics", Some(METRICS_TOKEN)).expect(200);
    let _ = run(&promtool, ["check", "metrics"], &text.body);
    let dashboard: Value = serde_json::from_slice(&std::fs::read(example("gemj-gateway.dashboard.json")).unwrap()).unwrap();
    // promtool has no check of one expression, so each becomes a rule. The variables of Grafana get a value.
    let expressions: Vec<Value> = expressions(&dashboard)
        .iter()
        .map(|expression| expression.replace("$__rate_interval", "5m").replace("$instance", ".*"))
        .map(|expression| serde_json::json!({"record": "checked", "expr": expression}))
        .collect();
    let as_rules = serde_json::json!({"groups": [{"name": "dashboard", "rules": expressions}]});
    let file = programme.path("dashboard.rules.yml");
    std::fs::write(&file, as_rules.to_string()).unwrap();
    let _ = run(&promtool, ["check", "rules", "--lint=none", file.to_str().unwrap()], b"");
}
