//! Speed of filters by terms: `prepare DATABASE ONTOLOGY` makes a catalogue, `measure DATABASE QUESTIONS` answers questions from it. Between the two,
//! `scripts/bench-beacon-filters` fills in participants and facts. Prints JSON.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::time::Instant;

use gemj_access::{Action, Caller, ControlledAccess, DecisionId, Grant, Mandate, Policy, Question, Resource, WriteAction, decide};
use gemj_catalogue::{Catalogue, NewConsent, PolicyWatch, UnknownParticipant};
use gemj_model::consent::{Bilingual, FormClause};
use gemj_model::{
    Approval, ApprovalId, Clause, Clock as _, ConsentForm, ConsentKind, DatasetId, DatasetPolicy, Delivery, FormId, OntologyRelease,
    OntologyTerm, Organisation, OrganisationKind, ParticipantId, Purpose, SystemClock, Timestamp,
};
use roaring::RoaringBitmap;
use serde_json::{Value, json};

const VISA: &str = "https://committee.example/approvals/A-1";
/// How often each question is asked.
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

fn dataset() -> DatasetId {
    DatasetId::parse("bench").unwrap()
}

/// Loads the ontology: a list of lists of parents, by position.
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
    let approval = Mandate::operator(WriteAction::RecordApproval);
    catalogue.record_approval(&approval, &approved()).await.unwrap();
}

/// Answers questions, each a list of terms, of the participants who consent: every third does not.
async fn measure(catalogue: &Catalogue, asked: &Value) {
    let now = SystemClock::default().now();
    let people = asked["people"].as_u64().unwrap();
    let events: Vec<NewConsent> = (0..people)
        .filter(|person| person % 3 != 0)
        .map(|person| NewConsent {
            participant: ParticipantId::parse(&format!("P{person}")).unwrap(),
            kind: ConsentKind::Given,
            form: FormId::parse("unified-1").ok(),
            clauses: Clause::ALL.into_iter().collect(),
            effective: now.plus_seconds(-60),
            ground: gemj_model::Ground::Consent,
            corrects: None,
        })
        .collect();
    let mandate = Mandate::operator(WriteAction::RecordConsent);
    catalogue
        .append_consent(&mandate, &events, now, UnknownParticipant::Refuse)
        .await
        .unwrap();
    let grant = granted(catalogue, now).await;

    let begun = Instant::now();
    catalogue.warm_terms(&dataset()).await.unwrap();
    let fold_ms = begun.elapsed().as_millis() as u64;
    let resident_kb = resident_kb();
    let mut answers = Vec::new();
    for terms in asked["questions"].as_array().unwrap() {
        let terms: Vec<&str> = terms.as_array().unwrap().iter().map(|term| term.as_str().unwrap()).collect();
        let mut times = Vec::with_capacity(TIMES);
        let mut found = 0;
        for _ in 0..TIMES {
            let begun = Instant::now();
            let all = catalogue
                .show_terms(&grant, &dataset(), |view| {
                    let each = terms.iter().map(|term| view.with_facts(term, true));
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

fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kb| kb.parse().ok()).unwrap_or(0)
}

async fn granted(catalogue: &Catalogue, now: Timestamp) -> Grant {
    let text = Bilingual {
        ja: String::new(),
        en: String::new(),
    };
    let form = ConsentForm {
        id: FormId::parse("unified-1").unwrap(),
        title: text.clone(),
        issuer: String::new(),
        particulars: Default::default(),
        effective_from: "2024-04-01".into(),
        overseas_countries: Vec::new(),
        clauses: Clause::ALL
            .into_iter()
            .map(|clause| FormClause {
                clause,
                text: text.clone(),
            })
            .collect(),
    };
    let watch = PolicyWatch::new(catalogue.clone(), vec![form], vec![dataset()], SystemClock::default().shared());
    let later = now.plus_seconds(3_600);
    let caller = Caller {
        pseudonym: "researcher".into(),
        controlled: vec![ControlledAccess {
            subject: Default::default(),
            value: VISA.into(),
            jti: None,
            not_after: later,
        }],
        not_after: Some(later),
        ..Caller::default()
    };
    let policy = DatasetPolicy {
        id: dataset(),
        name: String::new(),
        description: String::new(),
        data_use: vec!["DUO:0000042".into()],
        public_boolean: false,
    };
    let university = Organisation {
        domain: "kyoto.example".into(),
        country: "JP".into(),
        kind: OrganisationKind::Academic,
    };
    let question = Question {
        decision: DecisionId(1),
        caller: &caller,
        action: Action::AskIndividuals,
        resource: Resource::Population(&[]),
        declared: None,
        now: SystemClock::default().now(),
    };
    let view = watch.current().await.unwrap().view;
    decide(&question, &Policy::new(vec![policy], vec![university], 10), &view).unwrap()
}

fn approved() -> Approval {
    Approval {
        id: ApprovalId::parse("A-1").unwrap(),
        visa_value: VISA.into(),
        project: "Bench".into(),
        organisation: "kyoto.example".into(),
        datasets: vec![dataset()],
        purposes: vec![Purpose::GeneralResearch],
        commercial: false,
        applicant: String::new(),
        users: Vec::new(),
        country: None,
        release: None,
        diseases: Vec::new(),
        meets: Vec::new(),
        region_budget_bp: None,
        regions: None,
        not_before: None,
        delivery: Delivery::Download,
        not_after: SystemClock::default().now().plus_seconds(86_400),
        revoked: None,
    }
}
