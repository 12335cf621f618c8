//! Checks every kind of answer against the official schemas of Beacon v2.1.1 (and the differences of v2.2.0).
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "official/tree.rs"]
mod tree;

use ga4gh_beacon::{
    BeaconError, BeaconInfo, BeaconOrganization, BeaconRequest, BooleanResponse, CountAdjustment, CountPrecision, CountResponse,
    CountSummary, EntryType, Environment, ErrorResponse, Excerpt, InfoResponse, parse_get, parse_post,
};
use serde_json::{Map, Value, json};
use tree::{answer, assert_valid, overlay, shared, validator};

const BEACON: &str = "org.example.beacon";

fn get(entry: EntryType, query: &[(&str, &str)]) -> BeaconRequest {
    let pairs: Vec<(String, String)> = query.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    parse_get(entry, &pairs).unwrap()
}

fn requests() -> Vec<BeaconRequest> {
    let full = json!({
        "meta": {"apiVersion": "v2.0.0", "requestedSchemas": [{"entityType": "individual", "schema": "ga4gh-beacon-individual-v2.0.0"}, {}]},
        "query": {
            "filters": [{"id": "HP:0001250"}, {"id": "age", "operator": ">", "value": "P70Y"}, {"id": "demographic.ethnicity:asian"}],
            "includeResultsetResponses": "ALL", "pagination": {"skip": 2, "limit": 0},
            "requestedGranularity": "record", "testMode": true
        }
    });
    let mut list = vec![
        get(
            EntryType::GenomicVariant,
            &[("referenceName", "NC_000022.11"), ("start", "10"), ("end", "20")],
        ),
        get(
            EntryType::Individual,
            &[("filters", "HP:0001250,NCIT:C16576"), ("requestedGranularity", "count")],
        ),
        parse_post(EntryType::Individual, full.to_string().as_bytes()).unwrap(),
    ];
    list.extend(EntryType::ALL.map(|entry| get(entry, &[])));
    list
}

fn statements() -> Map<String, Value> {
    let mut info = Map::new();
    info.insert("ontologies".to_owned(), json!([{"prefix": "HP", "release": "2025-01-16"}]));
    info
}

#[test]
fn boolean_answers_are_valid() {
    let Some(tree) = shared() else { return };
    let validator = answer(&tree, "beaconBooleanResponse");
    for request in requests() {
        for exists in [true, false] {
            assert_valid(&validator, &BooleanResponse::new(BEACON, &request, exists));
            assert_valid(&validator, &BooleanResponse::new(BEACON, &request, exists).with_info(statements()));
        }
    }
    assert!(
        !validator.is_valid(&json!({"meta": {}, "responseSummary": {"exists": true}})),
        "the validator did not follow the schema tree"
    );
}

#[test]
fn count_answers_are_valid_in_both_versions() {
    let Some(tree) = shared() else { return };
    let validator = answer(&tree, "beaconCountResponse");
    let added = overlay("count");
    let adjusted = vec![CountAdjustment::Number(10), CountAdjustment::Words("10-29".to_owned())];
    for request in requests() {
        for summary in [
            CountSummary::exact(0),
            CountSummary::exact(u64::from(u32::MAX)),
            CountSummary::adjusted(10, CountPrecision::Rounded, adjusted.clone()),
            CountSummary::adjusted(0, CountPrecision::Imprecise, Vec::new()),
        ] {
            let answer = CountResponse::new(BEACON, &request, summary).with_info(statements());
            assert_valid(&validator, &answer);
            assert_valid(&added, &answer);
        }
    }
    let false_word = json!({"meta": {}, "responseSummary": {"exists": true, "countPrecision": "about"}});
    assert!(!added.is_valid(&false_word), "the overlay accepts every document");
}

#[test]
fn every_error_is_valid_and_contains_its_status_as_an_integer() {
    let Some(tree) = shared() else { return };
    let validator = answer(&tree, "beaconErrorResponse");
    let text = || "because".to_owned();
    let errors = [
        (400, BeaconError::EmptyBody),
        (400, BeaconError::NotJson { line: 1, column: 2 }),
        (400, BeaconError::DuplicateMember { line: 1, column: 2 }),
        (
            400,
            BeaconError::UnknownParameter {
                name: Excerpt::of("<x>"),
                hint: "",
            },
        ),
        (
            400,
            BeaconError::DuplicateParameter {
                name: Excerpt::of("start"),
            },
        ),
        (
            400,
            BeaconError::MissingParameter {
                name: "start",
                because: "it is needed",
            },
        ),
        (
            400,
            BeaconError::InvalidValue {
                name: "start",
                expected: "a number",
            },
        ),
        (
            400,
            BeaconError::Contradiction {
                name: "start",
                other: "itself",
            },
        ),
        (
            400,
            BeaconError::NotSupportedYet {
                feature: "a bracket query",
            },
        ),
        (
            400,
            BeaconError::UnknownFilteringTerm {
                id: Excerpt::of("HP:9999999"),
            },
        ),
        (400, BeaconError::UnboundedQuery),
        (400, BeaconError::NamesNotLoaded),
        (401, BeaconError::Unauthenticated { explanation: text() }),
        (403, BeaconError::Forbidden { explanation: text() }),
        (404, BeaconError::NotFound),
        (405, BeaconError::MethodNotAllowed),
        (413, BeaconError::PayloadTooLarge { limit_bytes: 1 }),
        (415, BeaconError::UnsupportedMediaType),
        (429, BeaconError::TooManyRequests { retry_after_s: 3 }),
        (500, BeaconError::Internal),
        (503, BeaconError::Unavailable),
    ];
    for (status, error) in errors {
        for answer in [
            ErrorResponse::answering(BEACON, &requests()[1], &error),
            ErrorResponse::before_parsing(BEACON, Some(EntryType::Individual), &error),
            ErrorResponse::before_parsing(BEACON, None, &error),
        ] {
            assert_eq!(answer.status(), status);
            assert_eq!(serde_json::to_value(&answer).unwrap()["error"]["errorCode"], json!(status));
            assert_valid(&validator, &answer);
        }
    }
}

#[test]
fn info_answers_are_valid() {
    let Some(tree) = shared() else { return };
    let validator = answer(&tree, "beaconInfoResponse");
    let organization = BeaconOrganization {
        id: "org.example".to_owned(),
        name: "Example".to_owned(),
        welcome_url: None,
        contact_url: Some("mailto:a@example.org".to_owned()),
    };
    for environment in [Environment::Prod, Environment::Test, Environment::Dev, Environment::Staging] {
        let mut info = BeaconInfo::new(BEACON, "Example Beacon", environment, organization.clone());
        assert_valid(&validator, &InfoResponse::new(info.clone()));
        info.description = Some("What it is".to_owned());
        info.welcome_url = Some("https://example.org/".to_owned());
        info.create_date_time = Some("2025-01-01T00:00:00Z".to_owned());
        assert_valid(&validator, &InfoResponse::new(info));
    }
}

#[test]
fn supported_request_documents_are_valid_and_parse() {
    let Some(tree) = shared() else { return };
    let validator = validator(&tree, "framework/json/requests/beaconRequestBody.json");
    let body = json!({"meta": {"apiVersion": "v2.1.1"}, "query": {"requestParameters": {"g_variant": {
        "referenceName": "chr22", "assemblyId": "GRCh38", "start": [100], "referenceBases": "A", "alternateBases": "T"}},
        "requestedGranularity": "count"}});
    assert!(validator.is_valid(&body));
    parse_post(EntryType::GenomicVariant, body.to_string().as_bytes()).unwrap();
}

#[test]
fn the_entry_types_match_the_official_schemas() {
    let Some(tree) = shared() else { return };
    let file = tree.join("2.1.1/models/json/beacon-v2-default-model/beaconConfiguration.json");
    let configuration: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let types = configuration["entryTypes"].as_object().unwrap();
    assert_eq!(types.len(), EntryType::ALL.len());
    for entry in EntryType::ALL {
        assert_eq!(types[entry.entity_id()]["defaultSchema"]["id"], json!(entry.default_schema()));
    }
}
