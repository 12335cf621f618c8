//! Tests comparisons in filters over a synthetic cohort (CINECA UK1). The counts must equal those of a loop over the cohort's JSON.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use ga4gh_beacon::{EntryType, parse_post};
use gemj_access::{
    AccessRequest, Action, Caller, ControlledAccess, DecisionId, Grant, Granularity, Mandate, Policy, Resource, WriteAction, decide,
};
use gemj_catalogue::{Catalogue, NewConsent, PolicyWatch, UnknownParticipant};
use gemj_model::fact::{CaseRecord, Fact, FactKind, FactSource, FactStatus};
use gemj_model::*;
use gemj_objects::{ObjectSettings, ObjectStore};
use gemj_services::beacon::filtering_terms::FilteringTerms;
use gemj_services::beacon::{self, BeaconFinding, Finding};
use gemj_services::{ServiceError, Stores};
use gemj_variants::{CarrierIndex, CarrierReader};
use serde_json::{Value, json};

const VISA: &str = "https://committee.example/approvals/A-1";

fn individuals() -> Option<Vec<Value>> {
    let shared =
        std::env::var_os("GEMJ_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join("standards/beacon-v2-testdata/cineca-uk1/individuals.json");
    let Ok(text) = std::fs::read(&path) else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{} is not readable", path.display());
        eprintln!("SKIPPED: {} is not readable", path.display());
        return None;
    };
    let all: Vec<Value> = serde_json::from_slice(&text).unwrap();
    // A fifth of the individuals is enough for several occurrences of every kind of value.
    Some(all.into_iter().step_by(5).collect())
}

fn dataset() -> DatasetId {
    DatasetId::parse("uk1").unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn list<'a>(person: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    person[name].as_array().into_iter().flatten()
}

fn record(dataset: &DatasetId, person: &Value) -> CaseRecord {
    let fact = |kind, code: &Value, value| Fact {
        kind,
        code: text(&code["id"]),
        label: text(&code["label"]),
        status: FactStatus::Present,
        onset: None,
        value,
        observed: None,
        details: Vec::new(),
    };
    let diseases = list(person, "diseases").map(|d| fact(FactKind::Disease, &d["diseaseCode"], None));
    let measures = list(person, "measures").map(|m| {
        let value = &m["measurementValue"];
        let quantity = MeasuredValue::Quantity {
            comparator: None,
            number: value["value"].to_string(),
            unit: text(&value["unit"]["label"]),
        };
        fact(FactKind::Measurement, &m["assayCode"], Some(quantity))
    });
    let id = text(&person["id"]);
    CaseRecord {
        dataset: dataset.clone(),
        participant: ParticipantId::parse(&id).unwrap(),
        family: None,
        sex: Sex::parse(person["sex"]["label"].as_str().unwrap()).unwrap(),
        born: None,
        age_at_last_encounter: None,
        facts: diseases.chain(measures).collect(),
        carriers: Vec::new(),
        specimens: Vec::new(),
        source: FactSource {
            site: None,
            profile: "cohort".to_owned(),
            unit: String::new(),
            earlier_unit: None,
            version: String::new(),
            sha256: format!("{id:0>64}"),
            mapping_version: "1".to_owned(),
        },
    }
}

fn approval(dataset: &DatasetId, until: Timestamp) -> Approval {
    Approval {
        visa_value: VISA.to_owned(),
        project: "A project".to_owned(),
        organisation: "kyoto.example".to_owned(),
        datasets: vec![dataset.clone()],
        not_after: until,
        ..gemj_fixtures::approval("A-1")
    }
}

/// The filters of a request, and the condition that selects the matching individuals of the cohort.
type Asked = (Value, Box<dyn Fn(&Value) -> bool>);

type Comparison = fn(f64, f64) -> bool;

fn questions() -> Vec<Asked> {
    let height = |p: &Value| p["measures"][0]["measurementValue"]["value"].as_f64().unwrap();
    let has = |p: &Value, code: &str| list(p, "diseases").any(|d| d["diseaseCode"]["id"] == code);
    let sick = |p: &Value| list(p, "diseases").count() > 0;
    let one = |id: &str, operator: &str, value: &str| json!([{"id": id, "operator": operator, "value": value}]);
    let mut asked: Vec<Asked> = vec![
        (one("sex", "=", "NCIT:C16576"), Box::new(|p| p["sex"]["label"] == "female")),
        (one("sex.label", "!", "female"), Box::new(|p| p["sex"]["label"] == "male")),
        (json!([{"id": "NCIT:C20197"}]), Box::new(|p| p["sex"]["label"] == "male")),
        (
            one("diseases.diseaseCode.id", "=", "ICD10:I83"),
            Box::new(move |p| has(p, "ICD10:I83")),
        ),
        (
            one("diseases.diseaseCode.id", "!", "ICD10:I83"),
            Box::new(move |p| sick(p) && !has(p, "ICD10:I83")),
        ),
        (
            one("individual.diseases.diseaseCode.id", "=", "ICD10:I%"),
            Box::new(|p| list(p, "diseases").any(|d| d["diseaseCode"]["id"].as_str().unwrap().starts_with("ICD10:I"))),
        ),
        (
            one("diseases.diseaseCode.label", "=", "%CARDIO%"),
            Box::new(|p| list(p, "diseases").any(|d| d["diseaseCode"]["label"].as_str().unwrap().contains("cardio"))),
        ),
        (
            json!([{"id": "ICD10:K64", "scope": "individuals"}]),
            Box::new(move |p| has(p, "ICD10:K64")),
        ),
        (json!([{"id": "LOINC:8308-9"}]), Box::new(|p| list(p, "measures").count() > 0)),
        (
            json!([{"id": "LOINC:8308-9", "operator": ">=", "value": "170"}, {"id": "ICD10:K64"}, {"id": "sex", "operator": "=", "value": "male"}]),
            Box::new(move |p| height(p) >= 170.0 && has(p, "ICD10:K64") && p["sex"]["label"] == "male"),
        ),
        (one("LOINC:8308-9", "<", "180 Inch"), Box::new(|_| false)),
        (one("age", ">", "P0D"), Box::new(|_| false)),
    ];
    let compare: [(&str, Comparison); 6] = [
        ("=", |a, b| a == b),
        ("!", |a, b| a != b),
        ("<", |a, b| a < b),
        (">", |a, b| a > b),
        ("<=", |a, b| a <= b),
        (">=", |a, b| a >= b),
    ];
    for (operator, holds) in compare {
        for bound in ["150", "165.5", "179.2973", "179.2973 Centimeter", "-1", "1000.000"] {
            let number: f64 = bound.split(' ').next().unwrap().parse().unwrap();
            asked.push((one("LOINC:8308-9", operator, bound), Box::new(move |p| holds(height(p), number))));
        }
    }
    asked
}

/// A test programme of these individuals, who all have given consent to every clause, with a Grant for a project that is approved for the
/// whole dataset. k is 10.
struct World {
    stores: Stores,
    carriers: CarrierReader,
    grant: Grant,
    _folder: tempfile::TempDir,
}

impl World {
    async fn of(records: &[CaseRecord]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().display();
        let catalogue = Catalogue::open(&format!("sqlite:{at}/catalogue.db"), 4).await.unwrap();
        let settings = ObjectSettings {
            url: format!("file://{at}/store"),
            ..ObjectSettings::default()
        };
        let objects = ObjectStore::open(&settings).await.unwrap();
        let carriers = CarrierIndex::open(catalogue.clone(), objects.clone(), 1 << 20);
        let stores = Stores {
            catalogue,
            objects,
            carriers,
        };
        let now = SystemClock::default().now();
        for record in records {
            let mandate = Mandate::operator(WriteAction::Ingest);
            stores.catalogue.commit_case(&mandate, record).await.unwrap();
        }
        let mut participants: Vec<&ParticipantId> = records.iter().map(|record| &record.participant).collect();
        participants.dedup();
        let events: Vec<NewConsent> = participants
            .into_iter()
            .map(|participant| NewConsent {
                participant: participant.clone(),
                kind: ConsentKind::Given,
                form: FormId::parse("unified-1").ok(),
                clauses: Clause::ALL.into_iter().collect(),
                effective: now.plus_seconds(-60),
                ground: gemj_model::Ground::Consent,
                corrects: None,
            })
            .collect();
        let mandate = Mandate::operator(WriteAction::RecordConsent);
        let appended = stores.catalogue.append_consent(&mandate, &events, now, UnknownParticipant::Refuse);
        appended.await.unwrap();
        let later = now.plus_seconds(3_600);
        let mandate = Mandate::operator(WriteAction::RecordApproval);
        stores
            .catalogue
            .record_approval(&mandate, &approval(&dataset(), later))
            .await
            .unwrap();

        let clock = SystemClock::default().shared();
        let watch = PolicyWatch::new(
            stores.catalogue.clone(),
            vec![gemj_fixtures::form("unified-1")],
            vec![dataset()],
            clock,
        );
        let current = watch.current().await.unwrap();
        let caller = Caller {
            pseudonym: "researcher".to_owned(),
            controlled: vec![ControlledAccess {
                subject: Default::default(),
                value: VISA.to_owned(),
                jti: None,
                not_after: later,
            }],
            not_after: Some(later),
            ..Caller::default()
        };
        let policy = gemj_fixtures::dataset_policy(dataset().as_str());
        let university = gemj_fixtures::university("kyoto.example");
        let question = AccessRequest {
            decision: DecisionId(1),
            caller: &caller,
            action: Action::AskIndividuals,
            resource: Resource::Population(&[]),
            declared: None,
            now: SystemClock::default().now(),
        };
        let grant = decide(&question, &Policy::new(vec![policy], vec![university], 10), &current.view).unwrap();
        let carriers = stores.carriers.at(current.generation).await.unwrap();
        Self {
            stores,
            carriers,
            grant,
            _folder: folder,
        }
    }

    async fn ask(&self, filters: &Value) -> Result<BeaconFinding, ServiceError> {
        let body = json!({"meta": {"apiVersion": "v2.1.1"}, "query": {"filters": filters, "requestedGranularity": "count"}});
        let request = parse_post(EntryType::Individual, body.to_string().as_bytes()).unwrap();
        beacon::count(&self.stores, &self.carriers, &self.grant, &request, Granularity::Count).await
    }

    async fn count(&self, filters: Value) -> Finding {
        self.ask(&filters)
            .await
            .unwrap_or_else(|error| panic!("{filters}: {error}"))
            .finding
    }

    /// The unknown term for which a request is refused; empty if the request is refused for an invalid filter.
    async fn refused(&self, filters: Value) -> String {
        match self.ask(&filters).await {
            Err(ServiceError::UnknownTerm { id }) => id,
            Err(ServiceError::Filter { .. }) => String::new(),
            other => panic!("{filters}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn counts_of_comparisons_agree_with_a_loop_over_the_cohort() {
    let Some(people) = individuals() else { return };
    let records: Vec<CaseRecord> = people.iter().map(|person| record(&dataset(), person)).collect();
    let world = World::of(&records).await;
    let mut some = 0;
    for (filters, means) in questions() {
        let expected = people.iter().filter(|p| means(p)).count() as u64;
        some += usize::from(expected > 0 && (expected as usize) < people.len());
        assert_eq!(world.count(filters.clone()).await, Finding::Exact(expected), "{filters}");
    }
    assert!(some > 20, "{some}: too few requests match only some individuals");
    assert_eq!(world.refused(json!([{"id": "CINECA:1"}])).await, "CINECA:1");
}

/// The packets of one participant with these stated ages (one packet each, in the order of ingest) and with these codes and labels.
fn somebody(number: usize, ages: &[&str], codes: &[(&str, &str)]) -> Vec<CaseRecord> {
    let facts = || {
        codes.iter().map(|(code, label)| Fact {
            kind: FactKind::Disease,
            code: (*code).to_owned(),
            label: (*label).to_owned(),
            status: FactStatus::Present,
            onset: Some(ages.last().unwrap().to_string()),
            value: None,
            observed: None,
            details: Vec::new(),
        })
    };
    let packets = ages.iter().enumerate();
    let records = packets.map(|(packet, age)| CaseRecord {
        dataset: dataset(),
        participant: ParticipantId::parse(&format!("P-{number:03}")).unwrap(),
        family: None,
        sex: Sex::Female,
        born: None,
        age_at_last_encounter: Some((*age).to_owned()),
        facts: facts().collect(),
        carriers: Vec::new(),
        specimens: Vec::new(),
        source: FactSource {
            site: None,
            profile: "packets".to_owned(),
            unit: format!("{number}-{packet}"),
            earlier_unit: None,
            version: String::new(),
            sha256: format!("{:0>64}", number * 10 + packet),
            mapping_version: "1".to_owned(),
        },
    });
    records.collect()
}

#[tokio::test]
async fn filters_and_terms_do_not_reveal_values_that_records_withhold() {
    let mut records = Vec::new();
    for number in 0..40 {
        let age = format!("P{}Y", 60 + number);
        let mut codes = vec![("OMIM:310200", "Words of the hospital")];
        if number < 12 {
            codes.push(("hospital-a.disease:7", "Ward 7"));
        }
        if number < 5 {
            codes.push(("hospital-b.disease:7", "Ward 8"));
            codes.push(("OMIM:1", "Few"));
        }
        records.extend(somebody(number, &[age.as_str()], &codes));
    }
    // Participant 40 has two packets with different ages. The age in the later packet counts.
    records.extend(somebody(40, &["P70Y", "P65Y"], &[]));
    let world = World::of(&records).await;
    let one = |id: &str, operator: &str, value: &str| json!([{"id": id, "operator": operator, "value": value}]);
    let exactly = Finding::Exact;

    // Ten participants are ninety or older. Their ages are equal in comparisons.
    assert_eq!(world.count(one("age", ">=", "P90Y")).await, exactly(10));
    assert_eq!(world.count(one("age", "=", "P90Y")).await, exactly(10));
    assert_eq!(world.count(one("age", ">", "P90Y")).await, exactly(0));
    assert_eq!(world.count(one("age", ">", "P89Y")).await, exactly(10));
    assert_eq!(world.count(one("age", "!", "P90Y")).await, exactly(31));
    assert_eq!(world.count(one("diseases.ageOfOnset", ">=", "P90Y")).await, exactly(10));
    assert_eq!(world.count(one("OMIM:310200", "=", "P90Y")).await, exactly(10));
    for finer in ["P91Y", "P90Y1D", "P1081M"] {
        assert_eq!(world.refused(one("age", ">=", finer)).await, "");
        assert_eq!(world.refused(one("OMIM:310200", "<", finer)).await, "");
    }
    assert_eq!(world.count(one("age", "=", "P65Y")).await, exactly(2));
    assert_eq!(world.count(one("age", "=", "P70Y")).await, exactly(1));

    // A filter by an institution's own code is answered only if ten families have the code. A comparison with such a code is never
    // answered.
    assert_eq!(world.count(json!([{"id": "hospital-a.disease:7"}])).await, exactly(12));
    assert_eq!(world.refused(json!([{"id": "hospital-b.disease:7"}])).await, "hospital-b.disease:7");
    for own in ["hospital-a.disease:7", "hospital-b.disease:7", "hospital-c.disease:7"] {
        assert_eq!(world.refused(one("diseases.diseaseCode.id", "=", own)).await, own);
        assert_eq!(world.refused(one("diseases.diseaseCode.id", "!", own)).await, own);
    }
    assert_eq!(world.count(one("diseases.diseaseCode.id", "=", "hospital%")).await, exactly(0));
    assert_eq!(world.count(one("diseases.diseaseCode.id", "=", "OMIM:%")).await, exactly(40));
    assert_eq!(world.count(one("diseases.diseaseCode.id", "!", "OMIM:1")).await, exactly(35));
    assert_eq!(world.count(one("diseases.diseaseCode.label", "=", "ward%")).await, exactly(0));
    assert_eq!(world.count(one("diseases.diseaseCode.label", "=", "few")).await, exactly(5));
    let listed = FilteringTerms::of(&world.stores, &world.grant).await.unwrap().terms;
    let listed: Vec<(String, Value)> = listed
        .iter()
        .map(|term| serde_json::to_value(term).unwrap())
        .map(|term| (text(&term["id"]), term["label"].clone()))
        .filter(|(id, _)| id.contains(".disease:") || id.starts_with("OMIM"))
        .collect();
    let expected = [
        ("OMIM:1".to_owned(), Value::Null),
        ("OMIM:310200".to_owned(), Value::from("Words of the hospital")),
        ("hospital-a.disease:7".to_owned(), Value::Null),
    ];
    assert_eq!(listed, expected);

    // The number of filters is limited, and repeated filters count once.
    let many = |most: usize| Value::from((0..most).map(|n| json!({"id": format!("OMIM:{n}")})).collect::<Vec<_>>());
    assert_eq!(world.count(many(20)).await, exactly(0));
    assert_eq!(world.refused(many(21)).await, "");
    assert_eq!(world.count(Value::from(vec![json!({"id": "OMIM:310200"}); 100])).await, exactly(40));
    let without =
        |id: &str, operator: &str, value: &str| json!([{"id": id, "operator": operator, "value": value, "includeDescendantTerms": false}]);
    for meaningless in [
        without("age", ">", "P70Y"),
        without("sex", "=", "female"),
        without("diseases.diseaseCode.label", "=", "few"),
    ] {
        assert_eq!(world.refused(meaningless).await, "");
    }
    assert_eq!(world.count(without("OMIM:310200", "=", "P90Y")).await, exactly(10));
    assert_eq!(world.count(without("diseases.diseaseCode", "=", "OMIM:1")).await, exactly(5));
}
