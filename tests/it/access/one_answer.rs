//! A caller without a right to an id gets the same status, headers and body for an unknown id, an id of another caller, and an id of a withdrawn
//! participant.

use gemj_demo::Persona;
use gemj_tests::small_data::person;
use gemj_tests::{Backend, Client, Programme, Reply};

use super::configure;
use crate::drs::get_object::without_decision;
use crate::small::loaded;

const UNKNOWN: &str = "gemj.00000000000000000000000000000000";

/// Method, path and body of each request that names the id of a file.
const OF_FILES: [(&str, &str, Option<&str>); 9] = [
    ("GET", "/htsget/reads/ID", None),
    ("GET", "/htsget/variants/ID?class=header", None),
    ("POST", "/htsget/reads/ID", Some("{}")),
    ("POST", "/htsget/variants/ID", Some("{}")),
    ("GET", "/ga4gh/drs/v1/objects/ID", None),
    ("POST", "/ga4gh/drs/v1/objects/ID", Some("{}")),
    ("GET", "/ga4gh/drs/v1/objects/ID/access/https", None),
    ("GET", "/ga4gh/drs/v1/objects/ID/access/other", None),
    ("POST", "/ga4gh/drs/v1/objects/ID/access/https", Some("{}")),
];

/// Method and path of each request that names an id of another kind than a file.
const OF_OTHERS: [(&str, &str); 9] = [
    ("GET", "/ga4gh/wes/v1/runs/ID"),
    ("GET", "/ga4gh/wes/v1/runs/ID/status"),
    ("GET", "/ga4gh/wes/v1/runs/ID/tasks"),
    ("GET", "/ga4gh/wes/v1/runs/ID/tasks/workflow"),
    ("POST", "/ga4gh/wes/v1/runs/ID/cancel"),
    ("GET", "/airlock/outputs/ID"),
    ("GET", "/recontact/requests/ID"),
    ("GET", "/access/v1/disclosures/ID"),
    ("GET", "/fhir/Patient/ID"),
];

struct World {
    programme: Programme,
    /// The ids of the VCF and the BAM of a participant who withdrew.
    withdrawn: [String; 2],
    /// The ids of the VCF and the BAM of a participant who has not withdrawn.
    open: [String; 2],
    joint: String,
}

fn world(hidden_status: u16) -> World {
    let programme = loaded(Backend::Embedded);
    configure(&programme, &format!("[policy]\nhidden_status = {hidden_status}\n"));
    let files = |number| ["VCF", "BAM"].map(|format| programme.object_of(&person(number), format));
    let (withdrawn, open, joint) = (files(2), files(1), programme.joint_object());
    let _ = programme.run(&["consent", "withdraw", &person(2)]).good();
    World {
        programme,
        withdrawn,
        open,
        joint,
    }
}

fn ask(client: &Client, token: Option<&str>, method: &str, path: &str, body: Option<&str>) -> Reply {
    let authorization = token.map(|token| format!("Bearer {token}"));
    let mut headers: Vec<(&str, &str)> = authorization.iter().map(|a| ("Authorization", a.as_str())).collect();
    if body.is_some() {
        headers.push(("Content-Type", "application/json"));
    }
    client.send(method, path, &headers, body.map(str::as_bytes))
}

/// The status, headers and body of an answer, without the time, the id of the request and the id of its decision.
fn seen(reply: &Reply) -> (u16, Vec<(String, String)>, String) {
    let mut headers: Vec<(String, String)> = reply
        .headers
        .iter()
        .filter(|(name, _)| *name != "date" && *name != "x-request-id")
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    (reply.status, headers, without_decision(&reply.text()))
}

#[test]
fn without_a_right_every_file_id_gets_the_same_answer_on_every_route_with_either_status() {
    for hidden in [404, 403] {
        let world = world(hidden);
        let served = world.programme.serve();
        let client = &served.client;
        let researcher = world.programme.passport(Persona::DomesticAcademic);
        let without = [Persona::RegisteredOnly, Persona::Steward].map(|persona| world.programme.passport(persona));
        for (method, path, body) in OF_FILES {
            let of = |id: &str, token: &str| seen(&ask(client, Some(token), method, &path.replace("ID", id), body));
            let unknown = of(UNKNOWN, &researcher);
            assert_eq!(unknown.0, hidden, "{method} {path}: {}", unknown.2);
            for id in world
                .withdrawn
                .iter()
                .map(String::as_str)
                .chain(["nothing", "a%20b", "%00", "%C3%A9", "..x"])
            {
                assert_eq!(of(id, &researcher), unknown, "{method} {path} {id}");
            }
            for token in &without {
                let hidden_ones = world.withdrawn.iter().chain(&world.open).chain([&world.joint]);
                for id in hidden_ones.map(String::as_str).chain([UNKNOWN]) {
                    assert_eq!(of(id, token), unknown, "{method} {path} {id}");
                }
            }
        }
    }
}

#[test]
fn an_anonymous_caller_gets_401_before_the_answer_depends_on_an_id() {
    let world = world(404);
    let served = world.programme.serve();
    let client = &served.client;
    let ids = [
        world.withdrawn[0].as_str(),
        &world.open[0],
        &world.open[1],
        UNKNOWN,
        "nothing",
        "a%20b",
        "%00",
    ];
    let others = OF_OTHERS.iter().map(|(method, path)| (*method, *path, None));
    for (method, path, body) in OF_FILES.into_iter().chain(others) {
        let of = |id: &str| seen(&ask(client, None, method, &path.replace("ID", id), body));
        let first = of(UNKNOWN);
        assert_eq!(first.0, 401, "{method} {path}: {}", first.2);
        for id in ids {
            assert_eq!(of(id), first, "{method} {path} {id}");
        }
    }
}

#[test]
fn options_of_an_object_is_open_to_every_caller_and_equal_for_every_id() {
    let world = world(403);
    let served = world.programme.serve();
    let client = &served.client;
    let of = |id: &str| seen(&client.send("OPTIONS", &format!("/ga4gh/drs/v1/objects/{id}"), &[], None));
    let unknown = of(UNKNOWN);
    assert_eq!(unknown.0, 200);
    for id in [world.open[0].as_str(), &world.withdrawn[0], &world.joint, "nothing", "a%20b", "%00"] {
        assert_eq!(of(id), unknown, "{id}");
    }
    let told: serde_json::Value = serde_json::from_str(&unknown.2).unwrap();
    assert_eq!(told["supported_types"], serde_json::json!(["BearerAuth", "PassportAuth"]));
    let broker = world.programme.broker();
    assert_eq!(told["passport_auth_issuers"], serde_json::json!([broker.visa_issuer()]));
    assert_eq!(told["bearer_auth_issuers"], serde_json::json!([broker.passport_issuer()]));
    for path in ["/htsget/reads/", "/htsget/variants/", "/ga4gh/wes/v1/runs/"] {
        let of = |id: &str| seen(&client.send("OPTIONS", &format!("{path}{id}"), &[], None));
        assert_eq!(of(&world.open[1]), of(UNKNOWN), "{path}");
    }
}

#[test]
fn signed_urls_of_a_withdrawn_participant_are_answered_like_unknown_ids() {
    for hidden in [404, 403] {
        let world = world(hidden);
        let served = world.programme.serve();
        let client = &served.client;
        let token = world.programme.passport(Persona::DomesticAcademic);
        let ticket = client
            .get(&format!("/htsget/reads/{}", world.open[1]), Some(&token))
            .expect(200)
            .json();
        let block = gemj_tests::htsget_client::block_urls(&ticket).remove(0);
        let access = format!("/ga4gh/drs/v1/objects/{}/access/https", world.open[0]);
        let bytes = client.get(&access, Some(&token)).expect(200).json()["url"]
            .as_str()
            .unwrap()
            .to_owned();
        let _ = world.programme.run(&["consent", "withdraw", &person(1)]).good();
        for (url, like) in [
            (block, format!("/htsget/reads/{UNKNOWN}")),
            (bytes, access.replace(&world.open[0], UNKNOWN)),
        ] {
            let (now, unknown) = (client.get(&url, None), client.get(&like, Some(&token)));
            assert_eq!(seen(&now), seen(&unknown), "{like}");
            assert_eq!(now.status, hidden);
        }
    }
}

#[test]
fn runs_requests_and_outputs_of_another_caller_are_answered_like_unknown_ids() {
    for hidden in [404, 403] {
        let world = world(hidden);
        let served = world.programme.serve();
        let token = world.programme.passport(Persona::DomesticAcademic);
        for (method, path) in &OF_OTHERS[..7] {
            let of = |id: &str| seen(&ask(&served.client, Some(&token), method, &path.replace("ID", id), None));
            let unknown = of("00000000000000000000000000000000");
            assert_eq!(unknown.0, hidden, "{method} {path}: {}", unknown.2);
            for id in ["x", "ffffffffffffffffffffffffffffffff", "%00", "a%20b"] {
                assert_eq!(of(id), unknown, "{method} {path} {id}");
            }
        }
    }
}

#[test]
fn a_patient_of_another_hospital_is_answered_like_an_unknown_patient() {
    let Some(programme) = crate::fhir::hospital::hospitals() else {
        return;
    };
    for hidden in [404, 403] {
        let text = std::fs::read_to_string(programme.config()).unwrap();
        let text = text.split("\n[policy]").next().unwrap().to_owned();
        std::fs::write(programme.config(), text).unwrap();
        configure(&programme, &format!("[policy]\nhidden_status = {hidden}\n"));
        let served = programme.serve();
        let a = crate::fhir::hospital::Hospital::new(&programme, &served.client, "hospital-a");
        let b = crate::fhir::hospital::Hospital::new(&programme, &served.client, "hospital-b");
        let others = b.patient(crate::fhir::hospital::OF_A + 1);
        let nobody = "0".repeat(32);
        for path in [
            "/fhir/Patient/ID",
            "/fhir/DiagnosticReport/genomic-ID",
            "/fhir/Observation/x-ID",
            "/fhir/$find-subject-variants?subject=Patient/ID&ranges=NC_000001.11:1-2000",
            "/access/v1/disclosures/ID",
        ] {
            let of = |id: &str| seen(&served.client.get(&path.replace("ID", id), Some(&a.token)));
            let unknown = of(&nobody);
            assert!(unknown.0 >= 400, "{path}");
            assert_eq!(of(&others), unknown, "{path}");
        }
        let unknown = served.client.get(&format!("/fhir/Patient/{nobody}"), Some(&a.token));
        assert_eq!(unknown.status, hidden);
        let nothing = a.get(&format!("Observation?patient={nobody}")).expect(200).json();
        assert_eq!(
            nothing["total"], 0,
            "a search for an unknown patient finds nothing with either status"
        );
    }
}
