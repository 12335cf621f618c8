//! Tests that every check passes on right answers and fails on wrong answers. A check that cannot fail is a defect.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use url::Url;

use crate::check::{Check, Standard, Stop, make};
use crate::client::Client;
use crate::credentials::Token;
use crate::discover;
use crate::schemas::Schemas;
use crate::settings::Settings;
use crate::target::{Target, Tokens};

mod faults;
mod right;
mod server;
mod whole_runs;

use server::{Request, Response, Server};

/// The official schemas. If they are missing, the tests print that checks are skipped; in CI the tests fail.
fn official() -> Option<Rc<Schemas>> {
    thread_local!(static SCHEMAS: Option<Rc<Schemas>> = open());
    fn open() -> Option<Rc<Schemas>> {
        let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
        let folder = std::env::var_os("GEMJ_SHARED").map_or(default, PathBuf::from).join("standards");
        match Schemas::open(&folder) {
            Ok(schemas) => Some(Rc::new(schemas)),
            Err(error) => {
                assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "{error}");
                eprintln!("SKIPPED: the checks with official schemas, {error}");
                None
            }
        }
    }
    SCHEMAS.with(Clone::clone)
}

fn settings() -> Settings {
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let text = format!(
        "[htsget]\nreads_id = \"x\"\nreference_name = \"chr1\"\nstart = 5\nend = 9\nminimum_records = 3\n\
         [beacon]\nassembly = \"GRCh38\"\nreference_name = \"chr1\"\nstart = 7\nreference_bases = \"G\"\nalternate_bases = \"T\"\n\
         exists = true\n[drs]\nobject_id = \"o/1\"\n[wes]\nworkflow_file = {workflow:?}\npoll_ms = 1\nwait_seconds = 1\n\
         [fhir]\npatient_identifier = \"urn:x|1\"\n"
    );
    toml::from_str(&text).unwrap()
}

fn target(server: &Server) -> Target {
    let base = Url::parse(&server.url).unwrap();
    let settings = settings();
    let mut client = Client::new(Duration::from_secs(20));
    client.trust(&base);
    let places = discover::discover(&base, &mut client, &settings).unwrap();
    let token = |text: &str| Some(Token::new(text));
    Target {
        base,
        client,
        settings,
        tokens: Tokens {
            own: token(right::GOOD),
            fhir: token(right::FHIR),
            expired: token(right::EXPIRED),
            visaless: token(right::VISALESS),
        },
        schemas: official(),
        places,
        finished_run: None.into(),
    }
}

fn checks() -> impl Iterator<Item = (Standard, &'static Check)> {
    Standard::ALL
        .into_iter()
        .flat_map(|standard| standard.checks().iter().map(move |check| (standard, check)))
}

fn needs_schemas(check: &Check) -> bool {
    check.id.ends_with("-schema")
}

#[test]
fn every_check_passes_on_right_answers() {
    let server = Server::start(right::answer);
    let target = target(&server);
    for (standard, check) in checks() {
        let made = make(*check, &target);
        if needs_schemas(check) && target.schemas.is_none() {
            assert_eq!(made.finding, Err(Stop::Skip("no schemas folder".to_owned())));
        } else {
            assert!(
                made.finding.is_ok(),
                "{standard:?} {}: {:?} after {:?}",
                check.id,
                made.finding,
                made.sent
            );
        }
    }
}

#[test]
fn every_check_fails_on_wrong_answers() {
    let mut shown = Vec::new();
    for fault in faults::all() {
        let check = fault.standard.checks().iter().find(|check| check.id == fault.check);
        let check = check.unwrap_or_else(|| panic!("no check {}", fault.check));
        shown.push((fault.standard, fault.check));
        if needs_schemas(check) && official().is_none() {
            continue;
        }
        let name = fault.name;
        let make_wrong = fault.make_wrong;
        let server = Server::start(move |request| {
            let mut response = right::answer(request);
            // A fault at a path that discovery reads, such as `/services`, also changes what discovery finds.
            make_wrong(request, &mut response);
            response
        });
        let finding = make(*check, &target(&server)).finding;
        assert!(
            matches!(finding, Err(Stop::Fail(_))),
            "{:?} {} on \"{name}\": {finding:?}",
            fault.standard,
            fault.check
        );
    }
    for (standard, check) in checks() {
        assert!(
            shown.contains(&(standard, check.id)),
            "{standard:?} {} has no fault that makes it fail",
            check.id
        );
    }
}

#[test]
fn behaviour_that_the_specifications_leave_open_does_not_fail() {
    type Change = fn(&Request, &mut Response);
    let left_open: [(Standard, &str, Change); 11] = [
        (Standard::Htsget, "search_read_id-header-class", |request, response| {
            if request.path == "/htsget/blocks/header" {
                // The blocks of a header request need not end with the end marker of the format.
                response.body.truncate(response.body.len() - 28);
            }
        }),
        (Standard::Htsget, "search_read_id-region-is-one-file", |request, response| {
            if request.path == "/htsget/blocks/region" && request.query("moved").is_none() {
                *response = Response::bytes(307, "text/plain", Vec::new()).with("Location", "/htsget/blocks/region?moved=1");
            }
        }),
        (Standard::Htsget, "search_read_id_post-regions-are-one-file", |request, response| {
            if request.method == "POST" {
                response.status = 405;
            }
        }),
        (Standard::Beacon, "get_beacon_map-names-endpoints", |request, response| {
            if request.path == "/beacon/map" {
                response.status = 404;
            }
        }),
        (Standard::Beacon, "get_beacon_map-urls-answer", |request, response| {
            if request.path == "/beacon/map" {
                response.status = 404;
            }
        }),
        (Standard::Beacon, "get_genomic_variations-bracket", |request, response| {
            if request.query("end").is_some() {
                response.status = 400;
            }
        }),
        (Standard::Beacon, "post_individuals_request-unknown-term", |request, response| {
            if request.path == "/beacon/individuals" {
                *response = Response::json(200, &serde_json::json!({"responseSummary": {"exists": false}}));
            }
        }),
        (Standard::Beacon, "post_individuals_request-filter-as-get", |request, response| {
            if request.path == "/beacon/filtering_terms" {
                response.status = 404;
            }
        }),
        (Standard::Drs, "get_access_url-range", |request, response| {
            if request.path == "/bytes" {
                *response = Response::bytes(200, "text/plain", right::DATA.to_vec());
            }
        }),
        (Standard::Drs, "options_object-authorizations", |request, response| {
            if request.method == "OPTIONS" {
                *response = Response::bytes(204, "text/plain", Vec::new());
            }
        }),
        (Standard::Fhir, "read-unauthenticated", |request, response| {
            if request.path.starts_with("/fhir/Patient") {
                response.status = 404;
            }
        }),
    ];
    for (standard, id, change) in left_open {
        let server = Server::start(move |request| {
            let mut response = right::answer(request);
            change(request, &mut response);
            response
        });
        let check = standard.checks().iter().find(|check| check.id == id).unwrap();
        let finding = make(*check, &target(&server)).finding;
        assert!(
            matches!(finding, Ok(_) | Err(Stop::NotOffered(_))),
            "{standard:?} {id}: {finding:?}"
        );
    }
}

#[test]
fn services_beyond_the_limit_of_visits_are_not_reported_as_on_other_hosts() {
    let server = Server::start(|request| {
        let mut response = right::answer(request);
        if request.path == "/services" {
            let listed: Vec<serde_json::Value> = serde_json::from_slice(&response.body).unwrap();
            let mut many: Vec<serde_json::Value> = listed.iter().cycle().take(23).cloned().collect();
            many.push(listed[0].clone());
            many[23]["url"] = "https://elsewhere.example/beacon".into();
            response = Response::json(200, &many.into());
        }
        response
    });
    let id = "get_services-urls-lead-to-descriptions";
    let check = Standard::ServiceRegistry.checks().iter().find(|check| check.id == id).unwrap();
    assert_eq!(
        make(*check, &target(&server)).finding,
        Ok("20 described, 3 beyond the first 20 and 1 on other hosts not requested".to_owned())
    );
}

#[test]
fn without_a_token_checks_that_need_one_are_skipped_and_do_not_fail() {
    let server = Server::start(right::answer);
    let mut target = target(&server);
    target.tokens = Tokens::default();
    for (standard, id) in [
        (Standard::Htsget, "search_read_id-ticket"),
        (Standard::Drs, "get_object-unknown-id"),
        (Standard::Passport, "tampered-claims-401"),
        (Standard::Passport, "expired-token-401"),
        (Standard::Wes, "list_runs-shape"),
        (Standard::Fhir, "search_type-bundle"),
    ] {
        let check = standard.checks().iter().find(|check| check.id == id).unwrap();
        assert!(matches!(make(*check, &target).finding, Err(Stop::Skip(_))), "{standard:?} {id}");
    }
}
