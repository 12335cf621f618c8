//! How a serving gateway ends, and what of its audit trail is there afterwards.

use gemj_tests::oracle::{python, run};
use gemj_tests::small_data::SHARED_VARIANT;
use gemj_tests::{Backend, GatewayProcess, Programme};
use serde_json::json;

use crate::small::loaded;

/// How often an anonymous caller asks.
const QUESTIONS: u64 = 7;

/// Serves, asks anonymously, and answers with the gateway that has just answered.
fn asked(programme: &Programme) -> GatewayProcess {
    let served = programme.serve();
    for _ in 0..QUESTIONS {
        let _ = served.client.get(&format!("/beacon/g_variants?{SHARED_VARIANT}"), None).expect(200);
    }
    served
}

/// The anonymous questions that the trail counts.
fn counted(programme: &Programme) -> u64 {
    let rows = python("audit_store.py", &json!({"database": programme.path("gateway.db"), "do": "list"}));
    let counts = rows["rows"].as_array().unwrap().iter();
    let counts = counts.filter(|row| row["action"] == "count-anonymous-questions");
    counts.map(|row| row["row_count"].as_u64().unwrap()).sum()
}

#[test]
fn a_gateway_that_is_stopped_writes_the_anonymous_questions_of_its_last_minute() {
    for signal in ["-TERM", "-INT"] {
        let programme = loaded(Backend::Embedded);
        let served = asked(&programme);
        assert_eq!(counted(&programme), 0, "the minute of these questions is not over");
        run("kill", [signal, &served.pid.to_string()], b"");
        let _ = served.stop();
        assert_eq!(counted(&programme), QUESTIONS, "{signal}");
        let _ = programme.run(&["audit", "verify"]).good();
    }
}

#[test]
fn a_gateway_that_is_killed_loses_at_most_the_anonymous_questions_of_its_last_minute() {
    let programme = loaded(Backend::Embedded);
    // The counts of an orderly end stay, whatever happens to the next process.
    let _ = asked(&programme).stop();
    asked(&programme).kill();
    let counted = counted(&programme);
    assert!((QUESTIONS..=2 * QUESTIONS).contains(&counted), "{counted}");
    let _ = programme.run(&["audit", "verify"]).good();
}
