//! While the audit store takes no rows, nothing exact is answered, and the gateway says that it is not ready.

use std::time::{Duration, Instant};

use gemj_demo::Persona;
use gemj_tests::oracle::python;
use gemj_tests::small_data::{SHARED_VARIANT, person};
use gemj_tests::{Backend, Client, Programme};
use serde_json::{Value, json};

use crate::small::loaded;

fn store(programme: &Programme, what: &str) -> Value {
    python("audit_store.py", &json!({"database": programme.path("gateway.db"), "do": what}))
}

/// Asks until the gateway is as ready as expected.
fn until_ready_is(client: &Client, status: u16) {
    let begun = Instant::now();
    loop {
        let reply = client.get("/readyz", None);
        if reply.status == status {
            return;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "still {}: {}",
            reply.status,
            reply.text()
        );
        std::thread::yield_now();
    }
}

#[test]
fn exact_answers_are_refused_while_their_audit_row_cannot_be_written() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let client = &served.client;
    let token = programme.passport(Persona::DomesticAcademic);
    let exact = [
        format!("/beacon/individuals?{SHARED_VARIANT}&requestedGranularity=count"),
        format!("/beacon/individuals?{SHARED_VARIANT}&requestedGranularity=boolean"),
        format!("/beacon/g_variants?{SHARED_VARIANT}&requestedGranularity=count"),
        format!("/federation/g_variants?{SHARED_VARIANT}"),
        "/beacon/filtering_terms".to_owned(),
        format!("/htsget/reads/{}", programme.object_of(&person(1), "BAM")),
    ];
    let public = format!("/beacon/g_variants?{SHARED_VARIANT}");
    for path in &exact {
        let _ = client.get(path, Some(&token)).expect(200);
    }
    let _ = client.get(&public, None).expect(200);

    store(&programme, "refuse");
    std::thread::scope(|scope| {
        // A ticket of addresses holds no data; what it leads to waits for its own row.
        let asked: Vec<_> = exact[..5]
            .iter()
            .map(|path| (path, scope.spawn(|| client.get(path, Some(&token)))))
            .collect();
        for (path, reply) in asked {
            let reply = reply.join().unwrap();
            assert_eq!(reply.status, 503, "{path}: {}", reply.text());
            assert!(!reply.text().contains("numTotalResults"), "{path}");
            if path.starts_with("/beacon") {
                assert_eq!(reply.json()["error"]["errorCode"], 503, "{path}: in Beacon's own words");
            }
        }
    });
    let ready = client.get("/readyz", None).expect(503);
    assert!(ready.text().contains("audit"), "{}", ready.text());
    assert_eq!(client.get("/healthz", None).status, 200);
    assert_eq!(client.get(&public, None).status, 503, "nobody is answered what is not recorded");

    store(&programme, "accept");
    until_ready_is(client, 200);
    for path in &exact {
        let _ = client.get(path, Some(&token)).expect(200);
    }
    let _ = client.get(&public, None).expect(200);
    drop(served);
    let _ = programme.run(&["audit", "verify"]).good();
    let rows = store(&programme, "list")["rows"].as_array().unwrap().clone();
    let of = |action: &str| rows.iter().filter(|row| row["action"] == action && row["actor"] != "").count();
    assert_eq!(of("ask-individuals"), 9, "the rows of refused answers waited: {rows:?}");
}

#[test]
fn a_thousand_anonymous_questions_are_one_row_that_says_how_many() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let path = format!("/beacon/g_variants?{SHARED_VARIANT}");
    for _ in 0..1_000 {
        let _ = served.client.get(&path, None).expect(200);
    }
    drop(served);
    let rows = store(&programme, "list")["rows"].as_array().unwrap().clone();
    let counted: Vec<&Value> = rows.iter().filter(|row| row["action"] == "count-anonymous-questions").collect();
    // One a minute, and one at the end.
    assert!((1..=4).contains(&counted.len()) && rows.len() == counted.len(), "{rows:?}");
    assert_eq!(counted.iter().map(|row| row["row_count"].as_u64().unwrap()).sum::<u64>(), 1_000);
    for row in counted {
        let text = row["resource"].as_str().unwrap();
        assert!(text.len() < 1_000 && !text.contains("127.0.0.1"), "{text}");
        let said: Value = serde_json::from_str(text).unwrap();
        for question in said["questions"].as_array().unwrap() {
            assert_eq!(
                (&question["action"], &question["verdict"]),
                (&json!("ask-variants"), &json!("allow"))
            );
            assert!(question["epoch"].as_u64().is_some() && question["from"].as_str().unwrap().len() == 16);
        }
    }
    let _ = programme.run(&["audit", "verify"]).good();
    // A count that was changed is found like any row that was.
    let changed = python(
        "tamper.py",
        &json!({"database": programme.path("gateway.db"), "how": "update", "sequence": 1}),
    );
    assert!(changed["rows"].as_u64().unwrap() >= 1);
    assert!(programme.run(&["audit", "verify"]).refused().err.contains("row 1: altered"));
}
