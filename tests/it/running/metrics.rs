//! `/metrics`: latencies, decisions by reason, and gauges. The oracle is the official Prometheus parser of Python.

use gemj_demo::Persona;
use gemj_tests::oracle::python;
use gemj_tests::postgres::PostgresDatabase;
use gemj_tests::small_data::{SHARED_VARIANT, person};
use gemj_tests::{Backend, Client};
use serde_json::{Value, json};

use super::{METRICS_TOKEN, until, with_protected_metrics};
use crate::small::loaded;

/// Families of metrics, as the official parser of Prometheus reads them.
pub(super) struct Families(Value);

impl Families {
    pub(super) fn parse(text: &str) -> Self {
        Self(python("prometheus_text.py", &json!({"text": text})))
    }

    pub(super) fn names(&self) -> Vec<String> {
        let samples = self.0["samples"].as_array().unwrap();
        samples.iter().map(|sample| sample["name"].as_str().unwrap().to_owned()).collect()
    }

    pub(super) fn kind(&self, family: &str) -> Option<&str> {
        self.0["kinds"][family].as_str()
    }

    /// The value of the only sample with this name and these labels. Other labels are ignored.
    pub(super) fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let samples = self.0["samples"].as_array().unwrap();
        let found: Vec<f64> = samples
            .iter()
            .filter(|s| s["name"] == name && labels.iter().all(|(label, value)| s["labels"][label] == *value))
            .map(|s| s["value"].as_f64().unwrap())
            .collect();
        assert!(found.len() < 2, "{name} {labels:?}: {found:?}");
        found.first().copied()
    }
}

/// The metrics of an installation with protected metrics.
pub(super) fn protected(client: &Client) -> Families {
    Families::parse(&client.get("/metrics", Some(METRICS_TOKEN)).expect(200).text())
}

#[test]
fn answers_and_their_latencies_are_counted_by_operation() {
    let programme = with_protected_metrics(Backend::Embedded);
    let served = programme.serve();
    for _ in 0..3 {
        let _ = served.client.get("/services", None).expect(200);
    }
    let _ = served.client.get("/services/nothing", None).expect(404);
    let families = protected(&served.client);
    assert_eq!(families.kind("gemj_http_request_duration_seconds"), Some("histogram"));
    let of = [("operation", "getServices")];
    let responses = "gemj_http_responses_total";
    assert_eq!(families.value(responses, &[of[0], ("status", "200")]), Some(3.0));
    assert_eq!(
        families.value(responses, &[("operation", "getServiceById"), ("status", "404")]),
        Some(1.0)
    );
    assert_eq!(families.value("gemj_http_request_duration_seconds_count", &of), Some(3.0));
    let sum = families.value("gemj_http_request_duration_seconds_sum", &of).unwrap();
    assert!(sum > 0.0 && sum < 60.0, "{sum}");
    let mut before = 0.0;
    for bound in ["0.001", "0.01", "0.1", "1", "10", "30", "+Inf"] {
        // The Python parser normalises bounds.
        let bounds = [bound.to_owned(), format!("{bound}.0")];
        let bucket = bounds
            .iter()
            .find_map(|le| families.value("gemj_http_request_duration_seconds_bucket", &[of[0], ("le", le)]));
        let bucket = bucket.unwrap_or_else(|| panic!("no bucket {bound}"));
        assert!(bucket >= before);
        before = bucket;
    }
    assert_eq!(before, 3.0);
}

#[test]
fn decisions_are_counted_by_the_basis_or_the_rule() {
    let programme = with_protected_metrics(Backend::Embedded);
    let served = programme.serve();
    let client = &served.client;
    let decisions = |verdict: &str, reason: &str| {
        let labels = [("verdict", verdict), ("reason", reason)];
        protected(client).value("gemj_decisions_total", &labels).unwrap()
    };
    let token = programme.passport(Persona::DomesticAcademic);
    assert_eq!(decisions("allow", "research"), 0.0);
    let id = programme.object_of(&person(1), "BAM");
    let _ = client.get(&format!("/htsget/reads/{id}"), Some(&token)).expect(200);
    assert_eq!(decisions("allow", "research"), 1.0);
    let _ = client.get("/ga4gh/drs/v1/objects/nothing", Some(&token)).expect(404);
    assert_eq!(decisions("deny", "not-visible"), 1.0);
    let role = client.get("/objects/held", Some(&token));
    assert_eq!(role.status, 403);
    assert_eq!(decisions("deny", "role-required"), 1.0);
    // Every refusal code that is a rule of access is a label, also if it never occurred.
    let listed = client.get("/access/v1/denials", None).expect(200).json();
    let families = protected(client);
    for rule in ["regions", "region-budget", "data-use", "purpose", "held", "scope"] {
        assert!(listed.to_string().contains(&format!("\"{rule}\"")));
        assert_eq!(
            families.value("gemj_decisions_total", &[("verdict", "deny"), ("reason", rule)]),
            Some(0.0)
        );
    }
}

fn gauges_show_the_state_of_the_stores(backend: Backend<'_>) {
    let programme = with_protected_metrics(backend);
    let served = programme.serve();
    let families = protected(&served.client);
    assert_eq!(families.value("gemj_catalogue_up", &[]), Some(1.0));
    for part in ["process", "audit", "catalogue", "objects", "index"] {
        assert_eq!(families.value("gemj_ready", &[("part", part)]), Some(1.0), "{part}");
    }
    let listed = programme.objects(&[]);
    assert_eq!(families.value("gemj_files", &[("status", "served")]), Some(listed.len() as f64));
    let status = programme.run(&["index", "status"]).good().out;
    assert!(families.value("gemj_index_segments", &[]).unwrap() > 0.0, "{status}");
    assert!(families.value("gemj_index_generation", &[]).unwrap() > 0.0);
    assert!(families.value("gemj_index_bytes", &[]).unwrap() > 0.0);
    assert_eq!(families.value("gemj_audit_waiting_rows", &[]), Some(0.0));
    assert!(families.value("gemj_cache_capacity_bytes", &[("cache", "blocks")]).unwrap() > 0.0);
    let open = families.value("gemj_consents", &[("state", "open")]).unwrap();
    let closed = families.value("gemj_consents", &[("state", "closed")]).unwrap();
    assert!(open > 1.0);
    assert_eq!(families.value("gemj_consent_clauses", &[("clause", "study-use")]), Some(open));

    let _ = programme.run(&["consent", "withdraw", &person(3)]).good();
    until("the withdrawal is not in the gauges", || {
        let families = protected(&served.client);
        let now = families.value("gemj_consents", &[("state", "closed")])?;
        (now == closed + 1.0 && families.value("gemj_consents", &[("state", "open")]) == Some(open - 1.0)).then_some(())
    });
}

#[test]
fn gauges_show_the_state_of_the_stores_on_sqlite() {
    gauges_show_the_state_of_the_stores(Backend::Embedded);
}

#[test]
fn gauges_show_the_state_of_the_stores_on_postgresql() {
    if let Some(database) = PostgresDatabase::create() {
        gauges_show_the_state_of_the_stores(Backend::Postgres(&database.url));
    }
}

#[test]
fn numbers_of_participants_are_omitted_if_every_client_may_read_the_metrics() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let text = served.client.get("/metrics", None).expect(200).text();
    assert!(text.contains("gemj_files"), "{text}");
    for name in [
        "gemj_consents",
        "gemj_consent_clauses",
        "gemj_consent_events",
        "gemj_quarantined",
        "gemj_recontact_tasks",
    ] {
        assert!(!text.contains(name), "{name}");
    }
}

#[test]
fn no_label_contains_a_participant_a_caller_or_a_path() {
    let programme = with_protected_metrics(Backend::Embedded);
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let id = programme.object_of(&person(1), "BAM");
    let _ = served.client.get(&format!("/htsget/reads/{id}"), Some(&token)).expect(200);
    let _ = served.client.get(&format!("/beacon/individuals?{SHARED_VARIANT}"), Some(&token));
    let _ = served.client.send("SECRETMETHOD", "/secretpath", &[], None);
    let text = served.client.get("/metrics", Some(METRICS_TOKEN)).expect(200).text();
    for secret in ["TST-", "demo-", id.as_str(), "SECRETMETHOD", "secretpath", "hospital-"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn a_catalogue_that_cannot_be_counted_gives_up_0_and_no_numbers() {
    let programme = with_protected_metrics(Backend::Embedded);
    let served = programme.serve();
    let rename = |from: &str, to: &str| {
        python(
            "rename_table.py",
            &json!({"database": programme.path("gateway.db"), "from": from, "to": to}),
        )
    };
    assert_eq!(protected(&served.client).value("gemj_catalogue_up", &[]), Some(1.0));
    rename("recontact_task", "recontact_task_away");
    until("gemj_catalogue_up stays 1", || {
        let families = protected(&served.client);
        if families.value("gemj_catalogue_up", &[]) == Some(1.0) {
            return None;
        }
        assert_eq!(families.value("gemj_catalogue_up", &[]), Some(0.0));
        assert_eq!(families.value("gemj_files", &[("status", "served")]), None);
        assert_eq!(families.value("gemj_consents", &[("state", "open")]), None);
        // The numbers of the process do not need the catalogue.
        assert!(families.value("gemj_audit_waiting_rows", &[]).is_some());
        Some(())
    });
    rename("recontact_task_away", "recontact_task");
    until("gemj_catalogue_up stays 0", || {
        (protected(&served.client).value("gemj_catalogue_up", &[]) == Some(1.0)).then_some(())
    });
}

#[test]
fn units_of_a_feed_are_counted_by_result_and_reason() {
    let programme = with_protected_metrics(Backend::Embedded);
    let feed = programme.path("records.csv");
    std::fs::write(&feed, "record_id,dob\nnobody-1,not-a-date\nnobody-2,1980-01-01\n").unwrap();
    let options = [
        "--dataset",
        "rare-disease",
        "--profile",
        "redcap",
        "--site",
        "hospital-a",
        "--namespace",
        "redcap",
    ];
    let ran = programme.run(&[&["ingest"][..], &options, &[feed.to_str().unwrap()]].concat());
    let served = programme.serve();
    let families = protected(&served.client);
    let of = |result: &str| families.value("gemj_feed_units_total", &[("feed", "redcap"), ("result", result)]);
    let [received, kept, left_out, refused] = ["received", "kept", "left-out", "refused"].map(|result| of(result).unwrap_or(-1.0));
    assert!(received > 0.0, "{}{}", ran.out, ran.err);
    assert_eq!(received, kept + left_out + refused);
    let reasons: f64 = families.0["samples"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|s| s["name"] == "gemj_quarantined_units")
        .map(|s| s["value"].as_f64().unwrap())
        .sum();
    assert_eq!(reasons, refused);
    assert_eq!(families.value("gemj_feed_runs_total", &[("feed", "redcap")]), Some(1.0));
}
