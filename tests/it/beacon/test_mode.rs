//! `testMode`: every caller gets answers about synthetic participants, valid by the official schemas.

use gemj_tests::small_data::SHARED_VARIANT;
use serde_json::json;

use super::official::{official, records};
use crate::small::small;

#[test]
fn every_caller_gets_synthetic_data_at_every_granularity() {
    let Some(official) = official() else { return };
    let client = &small().served.client;
    let range = "assemblyId=GRCh38&referenceName=22&start=16050000&end=16060000";
    for (path, parameters, total) in [
        ("g_variants", range, 2),
        ("g_variants/GRCh38.22.16050074.16050075.A.G", "", 1),
        ("individuals", "", 3),
        ("individuals/synthetic-person-2", "", 1),
        ("individuals/synthetic-person-2/g_variants", range, 2),
        ("biosamples", "", 3),
        ("runs", "", 3),
        ("runs/synthetic-run-1/analyses", "", 1),
        ("analyses", "", 3),
        ("datasets", "", 1),
        ("datasets/synthetic-test-data/individuals", "", 3),
        ("cohorts", "", 1),
        ("cohorts/synthetic-test-cohort/individuals", "", 3),
        // In test mode, queries find no data of the programme.
        ("g_variants", SHARED_VARIANT, 0),
        ("datasets/cancer", "", 0),
        ("datasets/cancer/individuals", "", 0),
        ("individuals/TST-01", "", 0),
    ] {
        for asked in ["boolean", "count", "record"] {
            let query = format!("{parameters}&testMode=true&requestedGranularity={asked}&limit=0");
            let answer = client.get(&format!("/beacon/{path}?{query}"), None).expect(200).json();
            official.assert_right(&answer);
            assert_eq!(answer["meta"]["returnedGranularity"], asked);
            assert_eq!(answer["meta"]["testMode"], true);
            assert_eq!(answer["responseSummary"]["exists"], total > 0, "{path} {answer:#}");
            if asked != "boolean" {
                assert_eq!(answer["responseSummary"]["numTotalResults"], total, "{path}");
            }
            assert_eq!(records(&answer).len(), if asked == "record" { total } else { 0 });
            assert!(!answer.to_string().contains("cancer"), "{answer:#}");
        }
    }
    let body = json!({"meta": {"apiVersion": "v2.1.1"}, "query": {"testMode": true, "requestedGranularity": "record", "pagination": {"skip": 1, "limit": 2}}});
    let page = client.post("/beacon/individuals", None, &body).expect(200).json();
    assert_eq!(records(&page).len(), 1);
    assert_eq!(page["response"]["resultSets"][0]["id"], "synthetic-test-data");
    assert_eq!(page["response"]["resultSets"][0]["resultsCount"], 3);
}

#[test]
fn an_invalid_query_is_refused_in_test_mode_too() {
    let client = &small().served.client;
    for path in [
        "g_variants?testMode=true",
        "individuals?testMode=true&nothing=1",
        "individuals?testMode=yes",
    ] {
        let _ = client.get(&format!("/beacon/{path}"), None).expect(400);
    }
}
