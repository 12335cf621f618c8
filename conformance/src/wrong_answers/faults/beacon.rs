//! Wrong answers that the checks of Beacon must detect.

use serde_json::json;

use super::{Of, edit, html, of};
use crate::check::Standard::Beacon;
use crate::wrong_answers::Response;

pub(super) fn faults() -> Vec<Of> {
    let check = |id| of(Beacon, id);
    let (info, variants) = ("/beacon/info", "/beacon/g_variants");
    vec![
        check("get_beacon_info_root-names-the-beacon")
            .unset(info, "/response/organization")
            .set(info, "/meta/beaconId", json!("another"))
            .set(info, "/response/environment", json!("production")),
        check("get_beacon_info_root-schema")
            .unset(info, "/meta/returnedSchemas")
            .set(info, "/response/organization/id", json!(7)),
        check("get_beacon_service_info-artifact-is-beacon")
            .set("/beacon/service-info", "/type/artifact", json!("Beacon"))
            .set("/beacon/service-info", "/type/group", json!("org.example")),
        check("get_beacon_map-names-endpoints")
            .set("/beacon/map", "/response/endpointSets", json!({}))
            .set("/beacon/map", "/response/endpointSets/genomicVariant/rootUrl", json!("/g_variants"))
            .status("/beacon/map", 200, 500),
        check("get_genomic_variations-boolean")
            .set(variants, "/responseSummary/exists", json!("true"))
            .set(variants, "/responseSummary/exists", json!(false))
            .set(variants, "/meta/returnedGranularity", json!("count"))
            .set(variants, "/meta/returnedGranularity", json!("yes"))
            .unset(variants, "/meta/receivedRequestSummary/pagination")
            .unset(variants, "/responseSummary"),
        check("get_genomic_variations-granularity-not-finer-than-asked")
            .set(variants, "/meta/returnedGranularity", json!("record"))
            .set(variants, "/meta/returnedGranularity", json!("count"))
            .set(variants, "/response", json!({"resultSets": []}))
            .with("a number in a boolean answer", |request, response| {
                if request.query("requestedGranularity") == Some("boolean") {
                    edit(response, "/responseSummary/numTotalResults", Some(json!(3)));
                }
            }),
        check("get_genomic_variations-schema").set(variants, "/meta/returnedSchemas", json!([{"entityType": 7}])),
        check("post_genomic_variations_request-answers-as-get")
            .with("another answer", |request, response| {
                if request.method == "POST" {
                    edit(response, "/responseSummary/exists", Some(json!(false)));
                }
            })
            .with("no POST", |request, response| {
                if request.method == "POST" {
                    *response = html(405);
                }
            }),
        check("get_genomic_variations-bad-start")
            .status(variants, 400, 200)
            .status(variants, 400, 500)
            .set(variants, "/error", json!({"errorCode": "400"}))
            .unset(variants, "/meta"),
        check("get_genomic_variations-absent-allele").set(variants, "/responseSummary/exists", json!(true)),
        check("get_genomic_variations-differences-of-2_2-schema")
            .set(variants, "/responseSummary/countPrecision", json!("about"))
            .set(variants, "/responseSummary/countAdjustedTo", json!(10))
            .set(variants, "/response/resultSets/0/countAdjustedTo", json!([1.5])),
        check("get_beacon_map-urls-answer")
            .set("/beacon/map", "/response/endpointSets/genomicVariant/rootUrl", json!("/g_variants"))
            .unset(
                "/beacon/map",
                "/response/endpointSets/genomicVariant/endpoints/individualLookup/returnedEntryType",
            )
            .with("no {id}", |request, response| {
                if request.path == "/beacon/map" {
                    let url = json!(format!("{}/beacon/g_variants", request.url()));
                    edit(response, "/response/endpointSets/genomicVariant/singleEntryUrl", Some(url));
                }
            })
            .answer(variants, html(404))
            .with("a nested path that is not served", |request, response| {
                if request.path.ends_with("/individuals") {
                    *response = html(405);
                }
            })
            .with("an invented id is there", |request, response| {
                if request.path.starts_with("/beacon/g_variants/") {
                    *response = Response::json(200, &json!({"responseSummary": {"exists": true}}));
                }
            }),
        check("get_genomic_variations-bracket")
            .with("inclusive starts", |request, response| {
                if request.query("start") == Some("6,7") {
                    edit(response, "/responseSummary/exists", Some(json!(true)));
                }
            })
            .with("inclusive ends", |request, response| {
                if request.query("end") == Some("7,8") {
                    edit(response, "/responseSummary/exists", Some(json!(true)));
                }
            })
            .with("nothing found", |request, response| {
                if request.query("end").is_some() {
                    edit(response, "/responseSummary/exists", Some(json!(false)));
                }
            }),
        check("get_genomic_variations-skip-counts-pages")
            .with("skip counts records", |request, response| {
                if request.query("skip") == Some("1") {
                    let records = json!([{"variantInternalId": "v2"}, {"variantInternalId": "v3"}]);
                    edit(response, "/response/resultSets/0/results", Some(records));
                }
            })
            .with("the number of the page", |request, response| {
                if request.query("skip") == Some("1") {
                    edit(response, "/responseSummary/numTotalResults", Some(json!(1)));
                }
            })
            .with("every page is the first", |request, response| {
                if request.query("limit") == Some("2") {
                    let records = json!([{"variantInternalId": "v3"}]);
                    edit(response, "/response/resultSets/0/results", Some(records));
                }
            }),
        check("get_genomic_variations-include-resultset-responses")
            .with("everything always", |request, response| {
                if request.query("includeResultsetResponses") == Some("NONE") {
                    let set = json!([{"id": "d1", "setType": "dataset", "exists": true}]);
                    edit(response, "/response/resultSets", Some(set));
                }
            })
            .with("misses hidden", |request, response| {
                if request.query("includeResultsetResponses") == Some("MISS") {
                    edit(response, "/response/resultSets", Some(json!([])));
                }
            })
            .with("the summary covers only the listed sets", |request, response| {
                if request.query("includeResultsetResponses") == Some("MISS") {
                    edit(response, "/responseSummary/exists", Some(json!(false)));
                }
            }),
        check("get_one_genomic_variation-is-found-by-its-id")
            .set("/beacon/g_variants/v1", "/responseSummary/exists", json!(false))
            .set("/beacon/g_variants/v1", "/response/resultSets/0/results", json!([]))
            .set(
                "/beacon/g_variants/v1",
                "/response/resultSets/0/results/0/variantInternalId",
                json!("v2"),
            )
            .status("/beacon/g_variants/v1", 200, 500),
        check("get_individuals-test-mode")
            .with("test mode is rejected", |request, response| {
                if request.query("testMode").is_some() {
                    response.status = 400;
                }
            })
            .with("another mode", |request, response| {
                if request.query("testMode").is_some() {
                    edit(response, "/meta/receivedRequestSummary/testMode", Some(json!(false)));
                }
            })
            .with("no answer in it", |request, response| {
                if request.query("testMode").is_some() {
                    edit(response, "/responseSummary/exists", None);
                }
            }),
        check("post_individuals_request-filter-as-get")
            .with("another answer", |request, response| {
                if request.method == "POST" && request.path == "/beacon/individuals" {
                    edit(response, "/responseSummary/exists", Some(json!(false)));
                }
            })
            .status("/beacon/individuals", 200, 500)
            .set(
                "/beacon/individuals",
                "/meta/receivedRequestSummary/filters",
                json!([{"id": "HP:0001250"}]),
            ),
        check("post_individuals_request-unknown-term")
            .status("/beacon/individuals", 400, 500)
            .set("/beacon/individuals", "/error/errorCode", json!("400"))
            .answer(
                "/beacon/individuals",
                Response::json(200, &json!({"responseSummary": {"exists": true}})),
            ),
    ]
}
