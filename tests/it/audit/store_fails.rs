//! While the audit store accepts no rows, the gateway refuses requests and reports that it is not ready.

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

/// Requests `/readyz` until it returns the status.
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
        // A ticket that contains only URLs contains no data, so it does not wait for its audit row. The data behind its URLs waits for a row of its
        // own.
        let asked: Vec<_> = exact[..5]
            .iter()
            .map(|path| (path, scope.spawn(|| client.get(path, Some(&token)))))
            .collect();
        for (path, reply) in asked {
            let reply = reply.join().unwrap();
            assert_eq!(reply.status, 503, "{path}: {}", reply.text());
            assert!(!reply.text().contains("numTotalResults"), "{path}");
            if path.starts_with("/beacon") {
                assert_eq!(
                    reply.json()["error"]["errorCode"],
                    503,
                    "{path}: the error must have the Beacon format"
                );
            }
        }
    });
    let ready = client.get("/readyz", None).expect(503);
    assert!(ready.text().contains("audit"), "{}", ready.text());
    assert_eq!(client.get("/healthz", None).status, 200);
    assert_eq!(
        client.get(&public, None).status,
        503,
        "an answer that cannot be recorded is refused"
    );

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
    assert_eq!(
        of("ask-individuals"),
        9,
        "the rows of the refused answers must be written later: {rows:?}"
    );
}

#[test]
fn a_thousand_anonymous_requests_are_counted_in_one_row_per_minute() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let path = format!("/beacon/g_variants?{SHARED_VARIANT}");
    for _ in 0..1_000 {
        let _ = served.client.get(&path, None).expect(200);
    }
    drop(served);
    let rows = store(&programme, "list")["rows"].as_array().unwrap().clone();
    let counted: Vec<&Value> = rows.iter().filter(|row| row["action"] == "count-anonymous-questions").collect();
    // Anonymous requests are counted in one row for each minute, and one row at the end.
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
    // `audit verify` detects a changed count like any other changed row.
    let changed = python(
        "tamper.py",
        &json!({"database": programme.path("gateway.db"), "how": "update", "sequence": 1}),
    );
    assert!(changed["rows"].as_u64().unwrap() >= 1);
    assert!(programme.run(&["audit", "verify"]).refused().err.contains("row 1: altered"));
}
