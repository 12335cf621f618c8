//! A refusal contains a stable code, a title in the caller's language and the decision. It contains nothing that depends on hidden data.

use gemj_demo::Persona;
use gemj_tests::small_data::person;
use serde_json::Value;

use super::with;
use crate::small::small;

fn is_decision(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[test]
fn a_denial_has_the_same_code_in_every_format_and_a_title_in_the_requested_language() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let authorization = format!("Bearer {}", programme.passport(Persona::OverseasTre));
    let id = programme.object_of(&person(1), "VCF");
    type Inner = fn(&Value) -> &Value;
    let routes: [(String, Inner); 2] = [
        (
            format!("/htsget/variants/{id}?referenceName=chr1&start=0&end=9"),
            |body| &body["htsget"],
        ),
        (format!("/ga4gh/drs/v1/objects/{id}/access/https"), |body| body),
    ];
    for (path, inner) in routes {
        let ask = |language: &str| {
            let headers = with(&authorization, &[("Accept-Language", language)]);
            inner(&client.send("GET", &path, &headers, None).expect(403).json()).clone()
        };
        let (english, japanese) = (ask("en"), ask("ja-JP,ja;q=0.9,en;q=0.1"));
        for told in [&english, &japanese, &ask("de")] {
            assert_eq!(told["code"], "delivery", "{path}: {told}");
            assert!(is_decision(&told["decision"]), "{told}");
        }
        let title = |told: &Value| told["title"].as_str().unwrap().to_owned();
        assert!(title(&english).is_ascii() && !title(&japanese).is_ascii(), "{english} {japanese}");
        assert_eq!(title(&ask("")), title(&english));
    }
}

#[test]
fn errors_outside_the_standards_are_problem_documents_whose_type_links_to_the_list_of_codes() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let token = programme.passport(Persona::DomesticAcademic);
    let reply = client.get("/recontact/requests/nothing", Some(&token)).expect(404);
    assert_eq!(reply.header("content-type"), "application/problem+json");
    let problem = reply.json();
    assert_eq!(
        (problem["code"].as_str(), problem["status"].as_u64()),
        (Some("not-visible"), Some(404))
    );
    assert!(is_decision(&problem["decision"]) && problem.get("visa").is_none());
    let (list, code) = problem["type"].as_str().unwrap().split_once('#').unwrap();
    let listed = client.get(list, None).expect(200).json();
    let entry = listed["denials"].as_array().unwrap().iter().find(|d| d["code"] == code).unwrap();
    assert_eq!(entry["title"]["en"], problem["title"]);
    assert_eq!(entry["status"], 404);
    for language in ["ja", "en"] {
        assert!(entry["remedy"][language].as_str().is_some_and(|text| !text.is_empty()), "{entry}");
    }
    let codes: Vec<&str> = listed["denials"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["code"].as_str().unwrap())
        .collect();
    assert!(
        codes.windows(2).all(|pair| pair[0] < pair[1]),
        "each code is listed once: {codes:?}"
    );
}

#[test]
fn an_invalid_credential_gets_an_error_code_and_a_challenge() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let expired = programme.passport(Persona::Expired);
    for (path, inner) in [
        ("/htsget/reads/x", "/htsget"),
        ("/ga4gh/drs/v1/objects/x", ""),
        ("/ga4gh/wes/v1/runs/x", ""),
        ("/beacon/individuals", "/error"),
        ("/access/v1/explain", ""),
    ] {
        let reply = client.get(path, Some(&expired)).expect(401);
        let body = reply.json();
        let told = body.pointer(inner).unwrap();
        assert!(told["code"].as_str().is_some_and(|code| code.contains("expired")), "{path}: {body}");
        assert_eq!(told["claim"], "exp", "{path}: {body}");
        assert!(reply.header("www-authenticate").contains("error=\"invalid_token\""), "{path}");
        let nobody = client.get(path, None);
        assert!(!nobody.header("www-authenticate").contains("error="), "{path}");
    }
}
