//! Queries by the names and genes in case reports. An oracle in Python recounts the answers from the packets by brute force.

use std::collections::{BTreeMap, BTreeSet};

use gemj_demo::Persona;
use gemj_tests::oracle::python;
use gemj_tests::postgres::PostgresDatabase;
use gemj_tests::{Backend, Client, Programme};
use serde_json::{Value, json};

use super::official::{official, records};

/// Loads the files, the gene model and the phenopackets that the Python oracle (`reported_names.py`) generates, without any consent. Returns the
/// oracle's expected answers too.
fn loaded(backend: Backend<'_>, seed: u64) -> (Programme, Value) {
    let programme = Programme::new(backend);
    let text = std::fs::read_to_string(programme.config()).unwrap();
    std::fs::write(
        programme.config(),
        text + "\n[limits]\nrequests_per_minute = 0\nanonymous_work_ms_per_minute = 0\n",
    )
    .unwrap();
    let folder = programme.path("reported");
    std::fs::create_dir(&folder).unwrap();
    let made = python("reported_names.py", &json!({"folder": folder, "seed": seed}));
    let _ = programme.run(&["load", "--register", made["sheet"].as_str().unwrap()]).good();
    let genes = ["gene-model", "load", "--assembly", "GRCh38", made["genes"].as_str().unwrap()];
    let _ = programme.run(&genes).good();
    let _ = programme.ingest_packets("cancer", &folder.join("packets")).good();
    (programme, made)
}

/// The differences between the gateway's answers to a query and the recount.
fn differences(client: &Client, token: Option<&str>, question: &Value) -> Vec<String> {
    let (path, expected) = (question["path"].as_str().unwrap(), &question["expected"]);
    let ask = |entry: &str, granularity: &str| {
        let path = format!("/beacon/{entry}?{path}&assemblyId=GRCh38&datasets=cancer&limit=0&requestedGranularity={granularity}");
        let reply = client.get(&path, token);
        (reply.status, reply.json())
    };
    let mut found = Vec::new();
    let mut check = |what: &str, told: Value, wanted: Value| {
        if told != wanted {
            found.push(format!("{path} of {}: {what} is {told}, not {wanted}", question["caller"]));
        }
    };
    if expected["refused"] == true {
        for entry in ["individuals", "g_variants"] {
            let (status, answer) = ask(entry, "boolean");
            let message = answer["error"]["errorMessage"].as_str().unwrap_or_default();
            check(
                "the refusal",
                json!([status, message.contains("names an allele")]),
                json!([400, true]),
            );
        }
        return found;
    }
    if token.is_none() {
        for entry in ["individuals", "g_variants"] {
            let (status, answer) = ask(entry, "boolean");
            check(
                "the answer",
                json!([status, answer["responseSummary"]["exists"]]),
                json!([200, expected["exists"]]),
            );
        }
        return found;
    }
    let (status, answer) = ask("individuals", "count");
    check(
        "the number of participants",
        json!([status, answer["responseSummary"]["numTotalResults"]]),
        json!([200, expected["people"]]),
    );
    let (status, answer) = ask("g_variants", "record");
    check(
        "the number of variants",
        json!([status, answer["responseSummary"]["numTotalResults"]]),
        json!([200, expected["variants"]]),
    );
    check(
        "the statement of missing names",
        answer["info"]["datasetsWithoutNames"].clone(),
        Value::Null,
    );
    if let Some(official) = official().filter(|_| expected["exists"] == true) {
        official.assert_right(&answer);
    }
    let listed = if expected["exists"] == true { records(&answer) } else { Vec::new() };
    let (conclusions, people) = told(&listed);
    check("the conclusions", json!(conclusions), expected["records"].clone());
    check("the number of named participants", json!(people), expected["people"].clone());
    found
}

/// The clinical interpretations of each variant in the records (condition, class, status and progress, sorted), and the number of participants whom
/// the records name.
fn told(records: &[&Value]) -> (BTreeMap<String, Vec<Value>>, usize) {
    let (mut conclusions, mut people) = (BTreeMap::new(), BTreeSet::new());
    for record in records {
        let cases = record["caseLevelData"].as_array().unwrap();
        people.extend(cases.iter().map(|case| case["individualId"].as_str().unwrap()));
        let interpretations = cases.iter().filter_map(|case| case["clinicalInterpretations"].as_array()).flatten();
        let mut of_variant: Vec<Value> = interpretations
            .map(|one| {
                assert_eq!(one["effect"]["id"], one["conditionId"]);
                let info = &one["info"];
                json!([
                    one["conditionId"],
                    one["clinicalRelevance"],
                    info["interpretationStatus"],
                    info["progressStatus"]
                ])
            })
            .collect();
        of_variant.sort_by_key(Value::to_string);
        let id = record["variantInternalId"].as_str().unwrap().to_owned();
        assert!(conclusions.insert(id, of_variant).is_none(), "a variant is listed twice");
    }
    (conclusions, people.len())
}

fn answered_as_recounted(backend: Backend<'_>, seed: u64) {
    let (programme, made) = loaded(backend, seed);
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let mut all = Vec::new();
    for round in made["rounds"].as_array().unwrap() {
        let consents = round["consents"].as_array().unwrap();
        if !consents.is_empty() {
            let rows: Vec<&str> = consents.iter().map(|row| row.as_str().unwrap()).collect();
            let _ = programme.import_consents(&(rows.join("\n") + "\n")).good();
        }
        for question in round["questions"].as_array().unwrap() {
            let token = (question["caller"] == "approved").then_some(token.as_str());
            all.extend(differences(&served.client, token, question));
        }
    }
    assert!(all.is_empty(), "seed {seed}, {} differences: {all:#?}", all.len());
}

#[test]
fn queries_by_reported_names_equal_a_recount_of_the_packets() {
    answered_as_recounted(Backend::Embedded, 20_261_122);
}

#[test]
fn queries_by_reported_names_equal_a_recount_of_the_packets_on_postgresql() {
    let Some(database) = PostgresDatabase::create() else { return };
    answered_as_recounted(Backend::Postgres(&database.url), 20_261_123);
}

/// One dataset has names of alleles loaded and the other has none. The answer must state that the other dataset was not answered.
#[test]
fn a_dataset_without_names_is_reported_as_not_answered() {
    let (programme, made) = loaded(Backend::Embedded, 20_261_124);
    let agreed: Vec<String> = (1..=16).map(|number| format!("RPN-{number:02}")).collect();
    programme.everybody_agrees(agreed.iter().map(String::as_str));
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let ask = |entry: &str, datasets: &str| {
        let question = "aminoacidChange=V600E&geneId=BRAF&assemblyId=GRCh38&requestedGranularity=count&includeResultsetResponses=ALL";
        let reply = served
            .client
            .get(&format!("/beacon/{entry}?{question}&datasets={datasets}"), Some(&token));
        (reply.status, reply.json())
    };
    assert!(made["rounds"].is_array());
    for entry in ["individuals", "g_variants"] {
        let (status, answer) = ask(entry, "cancer,rare-disease");
        assert_eq!(status, 200, "{answer:#}");
        assert_eq!(answer["responseSummary"]["exists"], true);
        assert_eq!(answer["info"]["datasetsWithoutNames"], json!(["rare-disease"]));
        for set in answer["response"]["resultSets"].as_array().unwrap() {
            let expected = if set["id"] == "cancer" {
                Value::Null
            } else {
                "names-not-loaded".into()
            };
            assert_eq!(set["info"]["notAnswered"], expected, "{set}");
        }
        if let Some(official) = official() {
            official.assert_right(&answer);
        }
        let (status, answer) = ask(entry, "rare-disease");
        assert_eq!(status, 400, "{answer:#}");
        let told = answer["error"]["errorMessage"].as_str().unwrap();
        assert!(told.contains("names an allele") && told.contains("case reports"), "{told}");
        let (_, answer) = ask(entry, "cancer");
        assert_eq!(answer["info"]["datasetsWithoutNames"], Value::Null);
    }
}
