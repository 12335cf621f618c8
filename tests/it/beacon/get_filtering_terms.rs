//! `GET /filtering_terms`: the stored terms of the participants that the caller may query, and no other terms.

use std::collections::{BTreeMap, BTreeSet};

use gemj_demo::Persona;
use gemj_tests::oracle::python;
use gemj_tests::small_data::person;
use gemj_tests::{Backend, Client};
use serde_json::{Value, json};

use crate::real::real;
use crate::registry::official;
use crate::small::{loaded, small};

fn terms(client: &Client, path: &str, token: Option<&str>) -> BTreeMap<String, Value> {
    let reply = client.get(&format!("/beacon/{path}"), token).expect(200);
    let answer = reply.json();
    if let Some(schema) = official::beacon_filtering_terms() {
        let faults: Vec<String> = schema.iter_errors(&answer).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(faults.is_empty(), "{path}: {faults:#?}");
    }
    let list = answer["response"]["filteringTerms"].as_array().unwrap();
    let terms: BTreeMap<String, Value> = list.iter().map(|t| (t["id"].as_str().unwrap().to_owned(), t.clone())).collect();
    assert_eq!(terms.len(), list.len(), "no term is listed twice");
    terms
}

/// The ids of the stored terms of participants. The list's field names (`alphanumeric`) are left out.
fn stored(terms: &BTreeMap<String, Value>) -> BTreeSet<String> {
    terms.keys().filter(|id| id.contains(':')).cloned().collect()
}

#[test]
fn approved_callers_see_all_terms_of_the_packets_and_the_public_sees_terms_of_ten_families() {
    let Some(real) = real() else { return };
    let packets = real.file("phenopackets/phenopacket-store.tar.gz");
    let oracle = python("filtering_terms.py", &json!({"packets": packets, "ontology": real.ontology}));
    let counts: BTreeMap<String, u64> = oracle
        .as_object()
        .unwrap()
        .iter()
        .map(|(t, n)| (t.clone(), n.as_u64().unwrap()))
        .collect();
    let at_least = |least: u64| -> BTreeSet<String> { counts.iter().filter(|(_, n)| **n >= least).map(|(t, _)| t.clone()).collect() };
    let path = "datasets/rare-disease/filtering_terms";
    let controlled = terms(real.client(), path, Some(&real.token));
    // A term that is newer than the gateway's list of official names, with a name that denies, is kept as not understood.
    let mut expected = at_least(1);
    assert!(expected.remove("HP:0025805"));
    assert_eq!(stored(&controlled), expected);
    let public = terms(real.client(), path, None);
    assert_eq!(stored(&public), at_least(10));
    assert!(at_least(10).len() > 500 && at_least(1).len() > at_least(10).len() + 1000);
    let seizure = &public["HP:0001250"];
    assert_eq!(seizure["type"], "Human Phenotype Ontology");
    assert_eq!(seizure["label"], "Seizure");
    assert_eq!(seizure["scopes"], json!(["individual"]));
    assert_eq!(public["sex"]["type"], "alphanumeric");
}

#[test]
fn every_listed_term_is_answered_and_pages_are_parts_of_the_list() {
    let Some(real) = real() else { return };
    let client = real.client();
    let public = terms(client, "datasets/rare-disease/filtering_terms", None);
    for id in stored(&public).iter().step_by(37) {
        let answer = client
            .get(&format!("/beacon/individuals?datasets=rare-disease&filters={id}"), None)
            .expect(200)
            .json();
        assert_eq!(answer["responseSummary"]["exists"], true, "{id}");
    }
    let list = |query: &str| {
        let answer = client.get(&format!("/beacon/filtering_terms{query}"), None).expect(200).json();
        answer["response"]["filteringTerms"].as_array().unwrap().clone()
    };
    let all = list("");
    assert_eq!(list("?limit=0"), all);
    assert_eq!(list("?skip=2&limit=30"), all[60..90]);
    assert_eq!(list("?skip=1000000&limit=30"), Vec::<Value>::new());
    assert_eq!(client.get("/beacon/filtering_terms?filters=HP:1", None).status, 400);
    let resources = client.get("/beacon/filtering_terms?limit=1", None).expect(200).json()["response"]["resources"].clone();
    let hp = resources.as_array().unwrap().iter().find(|r| r["id"] == "hp").unwrap().clone();
    assert_eq!(hp["nameSpacePrefix"], "HP");
    assert_eq!(hp["version"].is_string(), real.ontology.is_some(), "{hp}");
}

#[test]
fn after_a_withdrawal_the_terms_of_the_participant_are_absent_at_once() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let approved = programme.passport(Persona::DomesticAcademic);
    let seen = |token: Option<&str>| stored(&terms(&served.client, "individuals/filtering_terms", token));
    let both: BTreeSet<String> = ["HP:0000707".to_owned(), "HP:0001250".to_owned()].into();
    let nervous: BTreeSet<String> = ["HP:0000707".to_owned()].into();
    assert_eq!(seen(Some(&approved)), both);
    assert_eq!(
        seen(None),
        nervous,
        "six families with seizures are too few; twelve families have the other term"
    );
    for number in 1..=2 {
        let _ = programme.run(&["consent", "withdraw", &person(number)]).good();
    }
    assert_eq!(seen(None), nervous, "ten families remain");
    let _ = programme.run(&["consent", "withdraw", &person(3)]).good();
    assert_eq!(seen(None), BTreeSet::new(), "nine families are too few");
    assert_eq!(seen(Some(&approved)), both);
    for number in 4..=6 {
        let _ = programme.run(&["consent", "withdraw", &person(number)]).good();
    }
    assert_eq!(seen(Some(&approved)), nervous, "no participant with seizures remains");
}

#[test]
fn a_post_gets_the_answer_of_a_get_and_test_mode_reads_no_stored_data() {
    let client = &small().served.client;
    let token = small().programme.passport(Persona::DomesticAcademic);
    let by_post = |query: Value| {
        let body = json!({"meta": {"apiVersion": "v2.1.1"}, "query": query});
        let answer = client
            .post("/beacon/individuals/filtering_terms", Some(&token), &body)
            .expect(200)
            .json();
        answer["response"]["filteringTerms"].clone()
    };
    let by_get = |query: &str| {
        let path = format!("/beacon/individuals/filtering_terms{query}");
        client.get(&path, Some(&token)).expect(200).json()["response"]["filteringTerms"].clone()
    };
    assert_eq!(by_post(json!({})), by_get(""));
    for limit in [9, 10, 11] {
        let page = by_post(json!({"pagination": {"skip": 1, "limit": limit}}));
        assert_eq!(page, by_get(&format!("?skip=1&limit={limit}")));
        assert_eq!(
            by_post(json!({"pagination": {"skip": 0, "limit": limit}}))
                .as_array()
                .unwrap()
                .len(),
            limit
        );
    }
    let synthetic = by_post(json!({"testMode": true}));
    assert_eq!(synthetic, by_get("?testMode=true"));
    let ids: Vec<&str> = synthetic
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|term| term["id"].as_str())
        .collect();
    assert!(ids.contains(&"HP:0001251") && !ids.contains(&"HP:0000707"), "{ids:?}");
    assert_eq!(terms(client, "filtering_terms?testMode=true", None).len(), ids.len());
}

#[test]
fn a_dataset_that_is_not_open_lists_no_terms() {
    let client = &small().served.client;
    let unknown = client.get("/beacon/datasets/nothing/filtering_terms", None);
    assert!(matches!(unknown.status, 401 | 403 | 404), "{}", unknown.text());
    assert!(unknown.json()["error"]["errorCode"].is_number());
    assert_eq!(client.get("/beacon/filtering_terms", Some("nonsense")).status, 401);
}
