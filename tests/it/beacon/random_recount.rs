//! Random Beacon queries under random consents. An oracle in Python recounts each answer from the files by brute force, and no answer may differ.
//!
//! The test sends 600 queries under 6 states of the consents. `GEMJ_RECOUNT_QUESTIONS=10000` selects the long run (`scripts/recount-beacon`). Its
//! report is written to the file of `GEMJ_RECOUNT_REPORT`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use gemj_demo::Persona;
use gemj_tests::oracle::python;
use gemj_tests::{Backend, Client, Programme};
use serde_json::{Value, json};

/// The number of queries between two changes of the participants' consents, if the run has at most 5,000 queries. A longer run has 50 rounds with
/// more queries each.
const QUESTIONS_OF_A_MASK: usize = 100;

/// The number of concurrent requests.
const CLIENTS: usize = 4;

fn count() -> usize {
    std::env::var("GEMJ_RECOUNT_QUESTIONS").map_or(600, |count| count.parse().unwrap())
}

fn load(programme: &Programme, seed: u64) -> Value {
    let folder = programme.path("recount");
    std::fs::create_dir(&folder).unwrap();
    let questions = count();
    let rounds = questions.div_ceil(QUESTIONS_OF_A_MASK).min(50);
    let made = python(
        "recount.py",
        &json!({"folder": folder, "seed": seed, "questions": questions, "rounds": rounds}),
    );
    let sheet = folder.join("recount-sheet.csv");
    let loaded = programme.run(&["load", "--register", sheet.to_str().unwrap()]).good();
    assert!(
        loaded
            .out
            .contains(&format!("{} loaded, 0 already there, 0 refused", made["files"])),
        "{}",
        loaded.out
    );
    let genes = ["gene-model", "load", "--assembly", "GRCh38", made["genes"].as_str().unwrap()];
    let _ = programme.run(&genes).good();
    for dataset in ["cancer", "rare-disease"] {
        let packets = folder.join(format!("packets-{dataset}"));
        let _ = programme.ingest_packets(dataset, &packets).good();
    }
    made
}

/// The id of a returned variant, and the number of carriers that its record names.
fn record(record: &Value) -> Value {
    let cases = record["caseLevelData"].as_array().unwrap();
    let people: BTreeSet<&str> = cases.iter().map(|case| case["individualId"].as_str().unwrap()).collect();
    json!([record["variantInternalId"], people.len()])
}

/// The difference between the gateway's answer and the recount. `None` if they are equal.
fn difference(client: &Client, token: Option<&str>, question: &Value) -> Option<String> {
    let path = question["path"].as_str().unwrap();
    let expected = &question["expected"];
    let reply = client.get(&format!("/beacon/{path}"), token);
    if reply.status != 200 {
        return Some(format!("{question}: {} {}", reply.status, reply.text()));
    }
    let answer = reply.json();
    let mut told = json!({"exists": answer["responseSummary"]["exists"]});
    for (name, value) in [
        ("count", &answer["responseSummary"]["numTotalResults"]),
        ("individuals", &answer["info"]["distinctIndividuals"]),
    ] {
        if !value.is_null() {
            told[name] = value.clone();
        }
    }
    if let Some(sets) = answer["response"]["resultSets"].as_array() {
        let (mut numbers, mut records) = (serde_json::Map::new(), serde_json::Map::new());
        for set in sets {
            let number = set["resultsCount"].as_u64().unwrap();
            if set["exists"] != (number > 0) {
                return Some(format!("{question}: {set}"));
            }
            let _ = numbers.insert(set["id"].as_str().unwrap().to_owned(), number.into());
            let listed = set["results"].as_array().unwrap().iter().map(record).collect();
            let _ = records.insert(set["id"].as_str().unwrap().to_owned(), listed);
        }
        if numbers.len() != sets.len() {
            return Some(format!("{question}: a dataset has two result sets"));
        }
        told["sets"] = Value::Object(numbers);
        match expected.get("records") {
            Some(_) => told["records"] = Value::Object(records),
            None if records.values().any(|listed| listed != &json!([])) => return Some(format!("{question}: records were not requested")),
            None => {}
        }
    }
    (told != *expected).then(|| format!("{question}: answered {told}"))
}

#[test]
fn random_queries_under_random_consents_equal_a_recount_of_the_files() {
    let programme = Programme::new(Backend::Embedded);
    let text = std::fs::read_to_string(programme.config()).unwrap();
    std::fs::write(
        programme.config(),
        text + "\n[policy]\nregistered_questions = 1000000\n\n[limits]\nrequests_per_minute = 1000000\nanonymous_work_ms_per_minute = 0\n",
    )
    .unwrap();
    let seed = std::env::var("GEMJ_RECOUNT_SEED").map_or(20_261_122, |seed| seed.parse().unwrap());
    let made = load(&programme, seed);
    let served = programme.serve();
    let tokens: BTreeMap<&str, Option<String>> = [
        ("public", None),
        ("registered", Some(Persona::RegisteredOnly)),
        ("domestic", Some(Persona::DomesticAcademic)),
        ("overseas", Some(Persona::OverseasTre)),
    ]
    .into_iter()
    .map(|(name, persona)| (name, persona.map(|p| programme.passport(p))))
    .collect();
    let (mut asked, mut differences) = (BTreeMap::<(String, String, bool), u64>::new(), Vec::new());
    for round in made["rounds"].as_array().unwrap() {
        let consents = round["consents"].as_array().unwrap();
        if !consents.is_empty() {
            let rows: Vec<&str> = consents.iter().map(|row| row.as_str().unwrap()).collect();
            let _ = programme.import_consents(&(rows.join("\n") + "\n")).good();
        }
        let questions = round["questions"].as_array().unwrap();
        let next = AtomicUsize::new(0);
        let found: Vec<String> = std::thread::scope(|scope| {
            let work = || {
                let mut found = Vec::new();
                loop {
                    let Some(question) = questions.get(next.fetch_add(1, Ordering::Relaxed)) else {
                        return found;
                    };
                    let token = tokens[question["caller"].as_str().unwrap()].as_deref();
                    found.extend(difference(&served.client, token, question));
                }
            };
            let working: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(work)).collect();
            working.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        differences.extend(found);
        for question in questions {
            let word = |name: &str| question[name].as_str().unwrap().to_owned();
            let yes = question["expected"]["exists"] == true;
            *asked.entry((word("caller"), word("kind"), yes)).or_default() += 1;
        }
    }
    report(&made, &asked, differences.len());
    let shown: Vec<&String> = differences.iter().take(5).collect();
    assert!(differences.is_empty(), "{} differences: {shown:#?}", differences.len());
    let total = |yes: bool| asked.iter().filter(|(key, _)| key.2 == yes).map(|(_, n)| n).sum::<u64>();
    assert!(
        total(true) * 4 > total(false) && total(false) * 4 > total(true),
        "the test is too weak: {asked:?}"
    );
}

/// Writes the report of the long run as a table.
fn report(made: &Value, asked: &BTreeMap<(String, String, bool), u64>, differences: usize) {
    let Some(path) = std::env::var_os("GEMJ_RECOUNT_REPORT") else {
        return;
    };
    let total: u64 = asked.values().sum();
    let mut text = format!(
        "{total} questions under {} masks of consents, over {} files with {} different carried alleles: **{differences} differences**.\n\n\
         | caller | kind of question | answered yes | answered no |\n| --- | --- | ---: | ---: |\n",
        made["rounds"].as_array().unwrap().len(),
        made["files"],
        made["alleles"]
    );
    let mut lines: BTreeMap<(&str, &str), [u64; 2]> = BTreeMap::new();
    for ((caller, kind, yes), count) in asked {
        lines.entry((caller, kind)).or_default()[usize::from(!yes)] += count;
    }
    for ((caller, kind), [yes, no]) in lines {
        text.push_str(&format!("| {caller} | {kind} | {yes} | {no} |\n"));
    }
    std::fs::write(path, text).unwrap();
}
