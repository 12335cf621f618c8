//! `POST /auth/token` of the binary: an assertion is accepted once, and the scopes of a token limit the client's rights.

use gemj_demo::hospital_clients::client_assertion;
use gemj_model::{Clock as _, SystemClock};
use gemj_tests::programme::Programme;
use gemj_tests::small_data::person;

use super::hospital::{Hospital, observation, shared_hospitals};

fn form(assertion: &str, scope: &str) -> String {
    format!(
        "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion={assertion}&scope={scope}"
    )
}

const FORM: [(&str, &str); 1] = [("Content-Type", "application/x-www-form-urlencoded")];

/// The number of audit rows of requests that were denied because of a token's scopes.
fn refused_by_scope(programme: &Programme) -> u64 {
    let database = programme.path("gateway.db");
    let count = "import sqlite3,sys;print(sqlite3.connect(sys.argv[1]).execute(\"select count(*) from audit_row where verdict='deny' and rule='scope'\").fetchone()[0],end='')";
    let found = gemj_tests::oracle::run("python3", ["-c", count, database.to_str().unwrap()], b"");
    String::from_utf8(found).unwrap().parse().unwrap()
}

#[test]
fn an_assertion_is_accepted_once_and_a_scope_narrows_the_role() {
    let Some(shared) = shared_hospitals() else { return };
    let client = &shared.served.client;
    let endpoint = format!("{}/auth/token", client.base);
    let folder = shared.programme.path("");
    let assertion = client_assertion(&folder, "ehr-hospital-a", &endpoint, SystemClock::default().now()).unwrap();
    let body = form(&assertion, "system/Patient.crs");
    let reply = client.send("POST", "/auth/token", &FORM, Some(body.as_bytes())).expect(200);
    assert_eq!(reply.header("cache-control"), "no-store");
    let answer = reply.json();
    assert_eq!(
        (answer["token_type"].as_str(), answer["expires_in"].as_i64()),
        (Some("bearer"), Some(300))
    );
    assert_eq!(answer["scope"], "system/Patient.crs");
    let again = client.send("POST", "/auth/token", &FORM, Some(body.as_bytes()));
    assert_eq!((again.status, again.json()["error"].as_str()), (401, Some("invalid_client")));

    let narrow = Hospital {
        client,
        token: answer["access_token"].as_str().unwrap().to_owned(),
    };
    let patient = narrow.patient(3);
    let before = refused_by_scope(&shared.programme);
    assert_eq!(narrow.get("Observation").status, 403);
    assert_eq!(narrow.post(&observation(&patient)).status, 403);
    // This request succeeds and waits for its audit row. The rows of the earlier denials are then written too.
    assert_eq!(narrow.patient(3), patient);
    assert_eq!(refused_by_scope(&shared.programme), before + 2, "each refusal is audited");
    let bam = shared.programme.object_of(&person(1), "BAM");
    let reply = client.get(&format!("/ga4gh/drs/v1/objects/{bam}"), Some(&narrow.token));
    assert_eq!(reply.status, 404, "a right under the basis `care` gives no right to research");
}

#[test]
fn an_invalid_token_request_is_refused_with_an_oauth_error() {
    let Some(shared) = shared_hospitals() else { return };
    let client = &shared.served.client;
    let endpoint = format!("{}/auth/token", client.base);
    let assert_for =
        |endpoint: &str| client_assertion(&shared.programme.path(""), "ehr-hospital-a", endpoint, SystemClock::default().now()).unwrap();
    for (body, status, error) in [
        (form(&assert_for("https://elsewhere.example/token"), ""), 401, "invalid_client"),
        (form("a.b.c", ""), 401, "invalid_client"),
        (form(&assert_for(&endpoint), "system/*.cruds"), 400, "invalid_scope"),
        (form(&assert_for(&endpoint), "system/Patient.cruds"), 400, "invalid_scope"),
        ("grant_type=password".to_owned(), 400, "unsupported_grant_type"),
        (String::new(), 400, "invalid_request"),
    ] {
        let reply = client.send("POST", "/auth/token", &FORM, Some(body.as_bytes()));
        assert_eq!((reply.status, reply.json()["error"].as_str()), (status, Some(error)));
    }
    assert_eq!(client.get("/auth/token", None).status, 405);
}
