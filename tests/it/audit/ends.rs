//! The end of a serving gateway, and the audit trail afterwards.

use gemj_tests::oracle::{python, run};
use gemj_tests::small_data::SHARED_VARIANT;
use gemj_tests::{Backend, GatewayProcess, Programme};
use serde_json::json;

use crate::small::loaded;

/// The number of anonymous requests that each gateway of this test receives.
const QUESTIONS: u64 = 7;

/// Starts a gateway and sends it the anonymous requests. Returns the running gateway.
fn asked(programme: &Programme) -> GatewayProcess {
    let served = programme.serve();
    for _ in 0..QUESTIONS {
        let _ = served.client.get(&format!("/beacon/g_variants?{SHARED_VARIANT}"), None).expect(200);
    }
    served
}

/// The number of anonymous requests that the rows of the audit trail count.
fn counted(programme: &Programme) -> u64 {
    let rows = python("audit_store.py", &json!({"database": programme.path("gateway.db"), "do": "list"}));
    let counts = rows["rows"].as_array().unwrap().iter();
    let counts = counts.filter(|row| row["action"] == "count-anonymous-questions");
    counts.map(|row| row["row_count"].as_u64().unwrap()).sum()
}

#[test]
fn a_stopped_gateway_writes_the_counts_of_its_last_minute() {
    for signal in ["-TERM", "-INT"] {
        let programme = loaded(Backend::Embedded);
        let served = asked(&programme);
        assert_eq!(counted(&programme), 0, "the minute of these requests is not over");
        run("kill", [signal, &served.pid.to_string()], b"");
        let _ = served.stop();
        assert_eq!(counted(&programme), QUESTIONS, "{signal}");
        let _ = programme.run(&["audit", "verify"]).good();
    }
}

#[test]
fn a_killed_gateway_loses_at_most_the_counts_of_its_last_minute() {
    let programme = loaded(Backend::Embedded);
    // The counts that a gateway wrote at its orderly end must remain after the next gateway is killed.
    let _ = asked(&programme).stop();
    asked(&programme).kill();
    let counted = counted(&programme);
    assert!((QUESTIONS..=2 * QUESTIONS).contains(&counted), "{counted}");
    let _ = programme.run(&["audit", "verify"]).good();
}
