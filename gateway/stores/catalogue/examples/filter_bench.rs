//! Measures the speed of filters by terms. `prepare DATABASE ONTOLOGY` creates a catalogue with an ontology. `measure DATABASE QUESTIONS`
//! answers queries from the catalogue. Between the two calls, `scripts/bench-beacon-filters` adds participants and facts. The output is JSON.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::time::Instant;

use gemj_access::{Action, Mandate, Resource, WriteAction};
use gemj_catalogue::{Catalogue, NewConsent, StatedValue, TermKind, TermsView, UnknownParticipant};
use gemj_model::{OntologyRelease, OntologyTerm};
use roaring::RoaringBitmap;
use serde_json::{Value, json};

#[path = "../tests/contract/programme.rs"]
mod programme;

use programme::{VISA, approval, dataset, decided, given, now, watch_of};

/// The id of the only dataset. All participants of the benchmark belong to it.
const DATASET: &str = "cancer";

/// The number of times that each query is measured.
const TIMES: usize = 200;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let catalogue = Catalogue::open(&format!("sqlite:{}", arguments[2]), 4).await.unwrap();
    match arguments[1].as_str() {
        "prepare" => prepare(&catalogue, &read(&arguments[3])).await,
        _ => measure(&catalogue, &read(&arguments[3])).await,
    }
    catalogue.close().await;
}

fn read(path: &str) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Loads the ontology into the catalogue. `parents` contains, for each term, the positions of the term's parents.
async fn prepare(catalogue: &Catalogue, parents: &Value) {
    let terms = parents.as_array().unwrap().iter().enumerate().map(|(at, parents)| OntologyTerm {
        id: format!("HP:{at}"),
        label: format!("Term {at}"),
        parents: parents.as_array().unwrap().iter().map(|parent| format!("HP:{parent}")).collect(),
        alternative_ids: Vec::new(),
        obsolete: false,
        replaced_by: None,
    });
    let release = OntologyRelease {
        prefix: "HP".into(),
        version: "bench".into(),
        terms: terms.collect(),
    };
    catalogue
        .load_ontology(&Mandate::operator(WriteAction::LoadOntology), &release)
        .await
        .unwrap();
    let mandate = Mandate::operator(WriteAction::RecordApproval);
    catalogue.record_approval(&mandate, &approval("A-1", VISA)).await.unwrap();
}

/// Measures the queries and prints the results. Each query is a list of conditions that must all hold. Every third participant does not consent
/// and is excluded.
async fn measure(catalogue: &Catalogue, asked: &Value) {
    let people = asked["people"].as_u64().unwrap();
    let consenting = (0..people).filter(|person| person % 3 != 0);
    let events: Vec<NewConsent> = consenting.map(|person| given(&format!("P{person}"))).collect();
    let mandate = Mandate::operator(WriteAction::RecordConsent);
    catalogue
        .append_consent(&mandate, &events, now(), UnknownParticipant::Refuse)
        .await
        .unwrap();
    let dataset = dataset(DATASET);
    let view = watch_of(catalogue).current().await.unwrap().view;
    let population = [dataset.clone()];
    let grant = decided(&view, Action::AskIndividuals, Resource::Population(&population)).unwrap();

    let begun = Instant::now();
    catalogue.warm_terms(&dataset).await.unwrap();
    let fold_ms = begun.elapsed().as_millis() as u64;
    let resident_kb = resident_kb();
    let mut answers = Vec::new();
    for conditions in asked["questions"].as_array().unwrap() {
        let conditions: Vec<&str> = conditions
            .as_array()
            .unwrap()
            .iter()
            .map(|condition| condition.as_str().unwrap())
            .collect();
        let mut times = Vec::with_capacity(TIMES);
        let mut found = 0;
        for _ in 0..TIMES {
            let begun = Instant::now();
            let all = catalogue
                .show_terms(&grant, &dataset, |view| {
                    let each = conditions.iter().map(|condition| matching(view, condition));
                    each.reduce(|all, some| all & some).unwrap_or_else(RoaringBitmap::new)
                })
                .await
                .unwrap()
                .unwrap();
            times.push(begun.elapsed().as_nanos() as u64);
            found = all.len();
        }
        times.sort_unstable();
        answers.push(json!({"found": found, "p50_us": times[TIMES / 2] as f64 / 1e3, "p99_us": times[TIMES * 99 / 100] as f64 / 1e3}));
    }
    println!("{}", json!({"fold_ms": fold_ms, "resident_kb": resident_kb, "answers": answers}));
}

/// The participants that match a condition: `HP:1` (a term with its descendants), `onset<60` (onset of any phenotype, in months) or `age<600`
/// (in months).
fn matching(view: &TermsView<'_>, condition: &str) -> RoaringBitmap {
    let Some((field, months)) = condition.split_once('<') else {
        return view.with_facts(condition, true);
    };
    let months: u64 = months.parse().unwrap();
    let split = match field {
        "age" => view.by_age(|_| None, |age| age.below_months <= months),
        _ => view.by_value(TermKind::Phenotype, None, |value: &StatedValue| {
            let onset = value.onset.as_deref()?.strip_prefix('P')?.strip_suffix('M')?;
            Some(onset.parse::<u64>().ok()? < months)
        }),
    };
    split.wanted
}

fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kb| kb.parse().ok()).unwrap_or(0)
}
