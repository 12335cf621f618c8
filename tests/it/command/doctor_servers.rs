//! `doctor` with real servers that fail: PostgreSQL, S3, and an issuer's discovery document.

use gemj_tests::oracle::run;
use gemj_tests::postgres::PostgresDatabase;
use gemj_tests::programme::{free_address, private};
use gemj_tests::s3_server::{S3Server, SECRET_ACCESS_KEY};
use gemj_tests::{Backend, Programme};
use serde_json::json;

use super::doctor::assert_named;
use super::new_installation::NewInstallation;
use crate::federation::fake_partner::{FakePartner, http};

const OFFLINE: [&str; 3] = ["doctor", "--json", "--offline"];

fn change(programme: &Programme, from: &str, to: &str) {
    let text = std::fs::read_to_string(programme.config()).unwrap();
    assert!(text.contains(from), "{from}: {text}");
    std::fs::write(programme.config(), text.replace(from, to)).unwrap();
}

#[test]
fn a_clock_that_differs_from_the_database_servers_clock_is_named() {
    let Some(database) = PostgresDatabase::create() else { return };
    let programme = Programme::new(Backend::Postgres(&database.url));
    let ran = programme.run(&["doctor", "--offline"]);
    assert!(
        ran.out.contains("good     clock: this machine's clock agrees with the database's"),
        "{}",
        ran.out
    );
    // The server's clock is two minutes ahead: a function of the database hides the server's own.
    let (_, name) = database.url.rsplit_once('/').unwrap();
    let ahead = format!(
        "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS \
         'SELECT pg_catalog.clock_timestamp() + interval ''2 minutes'''; ALTER DATABASE {name} SET search_path = public, pg_catalog"
    );
    run("psql", ["-q", &database.url, "-c", &ahead], b"");
    let (said, remedy) = ("differs by -120 s from the database's", "set-ntp");
    assert_named(&programme.run(&OFFLINE), "fault", "clock", said, remedy);
}

#[test]
fn a_database_server_that_does_not_answer_or_lacks_the_database_is_named() {
    let Some(database) = PostgresDatabase::create() else { return };
    let programme = Programme::new(Backend::Postgres(&database.url));
    let (server, name) = database.url.rsplit_once('/').unwrap();
    let host = server.rsplit_once('@').unwrap().1;
    let nowhere = free_address().to_string();
    change(&programme, host, &nowhere);
    assert_named(
        &programme.run(&OFFLINE),
        "fault",
        "database",
        "no server listens at the address",
        "check that the database server runs",
    );
    change(&programme, &nowhere, host);
    change(&programme, name, "gemj_no_such_database");
    assert_named(
        &programme.run(&OFFLINE),
        "fault",
        "database",
        "the server has no database of this name",
        "database.url names it",
    );
}

#[test]
fn a_bucket_that_does_not_answer_or_refuses_the_key_is_named() {
    let Some(database) = PostgresDatabase::create() else { return };
    let root = tempfile::tempdir().unwrap();
    let s3 = S3Server::start(root.path());
    let programme = Programme::new(Backend::PostgresAndS3(&database.url, &s3, root.path()));
    let ran = programme.run(&["doctor", "--offline"]);
    assert!(
        ran.out.contains("good     objects: the folder or bucket can be read"),
        "{}",
        ran.out
    );
    let keys = "the bucket's address, region and keys";
    private(&programme.path("s3.key"), &format!("{SECRET_ACCESS_KEY}-old"));
    assert_named(&programme.run(&OFFLINE), "fault", "objects", "", keys);
    private(&programme.path("s3.key"), SECRET_ACCESS_KEY);
    drop(s3);
    assert_named(&programme.run(&OFFLINE), "fault", "objects", "", keys);
}

#[test]
fn an_endpoint_of_discovery_on_a_host_that_the_entry_lacks_is_named() {
    let new = NewInstallation::make();
    let issuer = FakePartner::judging(|request| {
        let head = request.to_ascii_lowercase();
        let host = head.lines().find_map(|line| line.strip_prefix("host: "))?;
        let issuer = format!("http://{}/beacon", host.trim());
        let document = json!({
            "issuer": issuer,
            "jwks_uri": format!("{issuer}/jwks"),
            "userinfo_endpoint": "https://userinfo.example/me",
            "authorization_endpoint": format!("{issuer}/authorize"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        });
        let is_keys = request.starts_with("GET /beacon/jwks");
        let body = if is_keys { json!({"keys": []}) } else { document };
        Some(http("200 OK", &body.to_string()))
    });
    let entry = format!(
        "{}\n[[authentication.issuer]]\nissuer = \"{}\"\nkinds = [\"broker\", \"access-token\"]\nbearer = [\"access-token\"]\n\
         audiences = [\"gateway\"]\n",
        new.text(),
        issuer.url
    );
    new.write(&entry);
    let doctor = ["doctor", "--json", "--pause-s", "0"];
    let said = "places an endpoint on userinfo.example, which endpoint_hosts does not name";
    let remedy = "add \"userinfo.example\" to endpoint_hosts";
    assert_named(&new.run(&doctor), "fault", "issuers", said, remedy);
    new.write(&format!("{entry}endpoint_hosts = [\"userinfo.example\"]\n"));
    let ran = new.run(&doctor);
    assert!(!ran.out.contains("places an endpoint"), "{}", ran.out);
}
