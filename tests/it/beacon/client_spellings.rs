//! Spellings of requests that real Beacon clients send, the paging information of answers, and the public explanation of answers.

use gemj_demo::Persona;
use serde_json::json;

use crate::small::small;

#[test]
fn a_trailing_slash_in_a_path_does_not_change_the_answer() {
    let small = small();
    let client = &small.served.client;
    let token = small.programme.passport(Persona::DomesticAcademic);
    for path in [
        "info",
        "service-info",
        "configuration",
        "map",
        "entry_types",
        "filtering_terms",
        "individuals",
        "individuals/filtering_terms",
        "individuals/nobody",
        "individuals/nobody/biosamples",
        "datasets",
        "datasets/cancer",
        "datasets/cancer/individuals",
        "cohorts",
    ] {
        let of = |path: &str| {
            let reply = client.get(&format!("/beacon/{path}"), Some(&token));
            (reply.status, reply.json())
        };
        assert_eq!(of(path), of(&format!("{path}/")), "{path}");
    }
    let place = "assemblyId=GRCh38&referenceName=1&start=999&alternateBases=G";
    let _ = client.get(&format!("/beacon/g_variants/?{place}"), None).expect(200);
    let _ = client.get(&format!("/federation/g_variants/?{place}"), None).expect(200);
    let _ = client.send("DELETE", "/beacon/individuals/", &[], None).expect(405);
    let _ = client.get("/beacon/individuals//", None).expect(404);
}

#[test]
fn request_bodies_of_portals_are_answered_like_those_of_the_specification() {
    let small = small();
    let token = small.programme.passport(Persona::DomesticAcademic);
    let ask = |query: serde_json::Value| {
        let body = json!({"meta": {"apiVersion": "v2.0"}, "query": query});
        let reply = small.served.client.post("/beacon/individuals", Some(&token), &body).expect(200);
        reply.json()["responseSummary"].clone()
    };
    let plain = ask(json!({"filters": [{"id": "HP:0001250"}], "requestedGranularity": "count"}));
    assert_eq!(plain["exists"], true);
    for same in [
        json!({"filters": [{"id": "HP:0001250"}], "requestedGranularity": "count", "requestParameters": []}),
        json!({"filters": [{"id": "HP:0001250", "scope": "individuals"}], "requestedGranularity": "count"}),
        json!({"filters": [{"id": "HP:0001250", "scopes": ["individuals", "biosamples"]}], "requestedGranularity": "count"}),
        json!({"filters": [{"id": "phenotypicFeatures.featureType.id", "value": "HP:0001250"}], "requestedGranularity": "count"}),
        json!({"filters": [{"id": "phenotypicFeatures.featureType", "operator": "=", "value": "Seizure"}], "requestedGranularity": "count"}),
    ] {
        assert_eq!(ask(same.clone()), plain, "{same}");
    }
}

#[test]
fn a_cut_page_states_that_it_is_cut_and_names_the_next_page() {
    let small = small();
    let token = small.programme.passport(Persona::DomesticAcademic);
    let page = |query: &str| {
        let path = format!("/beacon/individuals?requestedGranularity=record&{query}");
        small.served.client.get(&path, Some(&token)).expect(200).json()
    };
    let first = page("limit=2");
    let set = &first["response"]["resultSets"][0];
    assert_eq!(set["results"].as_array().unwrap().len(), 2);
    assert_eq!(set["info"]["pageIsCut"], true);
    assert_eq!(set["info"]["nextPage"], json!({"skip": 1, "limit": 2}));
    let (mut names, mut skip) = (Vec::new(), 0);
    loop {
        let answer = page(&format!("limit=2&skip={skip}"));
        let set = &answer["response"]["resultSets"][0];
        names.extend(
            set["results"]
                .as_array()
                .unwrap()
                .iter()
                .map(|r| r["id"].as_str().unwrap().to_owned()),
        );
        if set["info"]["pageIsCut"] == false {
            assert!(set["info"].get("nextPage").is_none());
            break;
        }
        skip = set["info"]["nextPage"]["skip"].as_u64().unwrap();
    }
    let all = page("limit=10000");
    let set = &all["response"]["resultSets"][0];
    assert_eq!(set["info"]["pageIsCut"], false);
    assert_eq!(names.len(), set["results"].as_array().unwrap().len());
    assert_eq!(names.len() as u64, set["resultsCount"].as_u64().unwrap());
    let refused = small.served.client.get("/beacon/individuals?limit=10001", Some(&token)).expect(400);
    assert!(refused.text().contains("`limit`"), "{}", refused.text());
    let collections = small.served.client.get("/beacon/datasets?limit=1", Some(&token)).expect(200).json();
    assert_eq!(collections["info"]["pageIsCut"], true);
}

#[test]
fn the_public_pages_state_the_meaning_of_yes_and_no() {
    let small = small();
    let info = small.served.client.get("/beacon/info", None).expect(200).json();
    let said = info["response"]["description"].as_str().unwrap();
    assert!(said.contains("at least 10 families") && said.contains("1 to 9"), "{said}");
    let page = small.served.client.get("/", None).expect(200).text();
    assert!(
        page.contains("at least 10 families of one dataset") && page.contains("10家族以上"),
        "{page}"
    );
}
